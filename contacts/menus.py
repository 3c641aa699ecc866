"""Which rich menu each contact should have, and which one LINE last accepted for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts.models import Contact, Following
from line.channels import Channel

LEASE = timedelta(minutes=1)
PAGE = 2000
"""Rows changed in one transaction, which holds SQLite's write lock."""


@dataclass(frozen=True, slots=True)
class DueLink:
    """A leased contact whose menu is to be brought in line, detached from any session."""

    contact_id: int
    channel_id: int
    line_user_id: str
    wanted: str | None
    """The name of a menu; None: the default one."""
    lease: datetime


@dataclass(frozen=True, slots=True)
class Sweep:
    """That everybody's wanted menu is to be looked at again."""

    channel_id: int
    asked_at: datetime


def want_sweep(session: Session, channel_id: int, *, now: datetime) -> None:
    """Have everybody's wanted menu looked at again, a page at a time."""
    session.execute(
        sa.update(Channel).where(Channel.id == channel_id).values(menus_sweep_at=now),
        execution_options={"synchronize_session": False},
    )


def turn(session: Session, channel_id: int, *, is_open: bool, now: datetime) -> None:
    """Have everybody's wanted menu looked at again because the shop has opened or closed."""
    session.execute(
        sa.update(Channel).where(Channel.id == channel_id).values(menus_sweep_at=now, menus_open=is_open),
        execution_options={"synchronize_session": False},
    )


def due_sweep(session: Session) -> Sweep | None:
    """Return a sweep that somebody has asked for."""
    row = session.execute(
        sa.select(Channel.id, Channel.menus_sweep_at)
        .where(Channel.menus_sweep_at.is_not(None))
        .order_by(Channel.menus_sweep_at)
        .limit(1)
    ).first()
    return None if row is None or row.menus_sweep_at is None else Sweep(row.id, row.menus_sweep_at)


def finish_sweep(session: Session, done: Sweep) -> None:
    """Take note that everybody was looked at; who asked again meanwhile gets another round."""
    session.execute(
        sa.update(Channel)
        .where(Channel.id == done.channel_id, Channel.menus_sweep_at == done.asked_at)
        .values(menus_sweep_at=None),
        execution_options={"synchronize_session": False},
    )


def some_due(session: Session, *, now: datetime) -> bool:
    """Say whether `claim` may find a contact, without taking a lock."""
    return session.scalar(sa.select(Contact.id).where(Contact.menu_due_at <= now).limit(1)) is not None


def claim(session: Session, *, limit: int, now: datetime) -> Sequence[DueLink]:
    """Lease due contacts, the longest due first; who has blocked us is left out until they follow again."""
    lease = now + LEASE
    stopped = sa.select(Channel.id).where(Channel.sending_stopped_at.is_not(None))
    due = session.execute(
        sa.select(
            Contact.id, Contact.channel_id, Contact.line_user_id, Contact.menu_wanted, Contact.following
        )
        .where(Contact.menu_due_at <= now, Contact.channel_id.not_in(stopped))
        .order_by(Contact.menu_due_at, Contact.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    blocked = [row.id for row in due if row.following is Following.BLOCKED]
    open_ = [row for row in due if row.following is not Following.BLOCKED]
    _update(session, blocked, menu_due_at=None)
    _update(session, [row.id for row in open_], menu_due_at=lease)
    return [DueLink(row.id, row.channel_id, row.line_user_id, row.menu_wanted, lease) for row in open_]


def linked(session: Session, done: Sequence[DueLink], line_menu_id: str | None, *, now: datetime) -> None:
    """Take note of what LINE accepted for contacts who all wanted the same.

    Whoever wants something else by now, or was leased anew, is due at once: of two calls that
    overlapped nobody knows which came last.
    """
    if not done:
        return
    settled = sa.and_(
        Contact.menu_due_at == done[0].lease, Contact.menu_wanted.is_not_distinct_from(done[0].wanted)
    )
    _update(
        session,
        [link.contact_id for link in done],
        menu_linked=line_menu_id,
        menu_due_at=sa.case((settled, sa.null()), else_=sa.literal(now, Contact.menu_due_at.type)),
    )


def want(session: Session, ids: Sequence[int], name: str | None, *, now: datetime) -> None:
    """Have these contacts, who want another menu so far, linked to the one of this name; None: the default one."""
    _update(session, ids, menu_wanted=name, menu_due_at=now)


def postpone(session: Session, links: Sequence[DueLink], *, until: datetime | None) -> None:
    """Try again later, or not before something changes; who was leased anew is left alone."""
    for lease in {link.lease for link in links}:
        ids = [link.contact_id for link in links if link.lease == lease]
        _update(session, ids, Contact.menu_due_at == lease, menu_due_at=until)


# What follows looks through all contacts: read without a lock first, then written in pages.


def find_unmoved(session: Session, channel_id: int, line_menu_id: str) -> Sequence[int]:
    """Return a page of contacts who are linked to a menu that goes, and not yet due to be linked anew."""
    unmoved = _linked_to(channel_id, line_menu_id).where(
        Contact.following != Following.BLOCKED, Contact.menu_due_at.is_(None)
    )
    return session.scalars(unmoved.limit(PAGE)).all()


def is_shown(session: Session, channel_id: int, line_menu_id: str) -> bool:
    """Say whether anybody who can see menus still has this one."""
    seen = _linked_to(channel_id, line_menu_id).where(Contact.following != Following.BLOCKED)
    return session.scalar(seen.limit(1)) is not None


def find_linked(session: Session, channel_id: int, line_menu_id: str) -> Sequence[int]:
    """Return a page of contacts who are linked to a menu."""
    return session.scalars(_linked_to(channel_id, line_menu_id).limit(PAGE)).all()


def find_wanting(session: Session, channel_id: int, name: str) -> Sequence[int]:
    """Return a page of contacts who should have the menu of this name."""
    return session.scalars(
        sa.select(Contact.id)
        .where(Contact.channel_id == channel_id, Contact.menu_wanted == name, Contact.erased_at.is_(None))
        .limit(PAGE)
    ).all()


def _linked_to(channel_id: int, line_menu_id: str) -> sa.Select[int]:
    return sa.select(Contact.id).where(
        Contact.channel_id == channel_id, Contact.menu_linked == line_menu_id, Contact.erased_at.is_(None)
    )


def make_due(session: Session, ids: Sequence[int], *, now: datetime) -> None:
    """Link these contacts anew, unless they are due already."""
    _update(session, ids, Contact.menu_due_at.is_(None), menu_due_at=now)


def forget_link(session: Session, ids: Sequence[int], line_menu_id: str) -> None:
    """Forget links to a menu that is gone."""
    _update(session, ids, Contact.menu_linked == line_menu_id, menu_linked=None)


def forget_wish(session: Session, ids: Sequence[int], name: str, *, now: datetime) -> None:
    """Give the default menu to those who want one that is no longer published."""
    _update(session, ids, Contact.menu_wanted == name, menu_wanted=None, menu_due_at=now)


def _update(session: Session, ids: Sequence[int], *still: sa.ColumnElement[bool], **values: object) -> None:
    if ids:
        session.execute(
            sa.update(Contact)
            .where(Contact.id.in_(ids), Contact.erased_at.is_(None), *still)
            .values(**values),
            execution_options={"synchronize_session": False},
        )
