"""Rich menus on LINE's side: what should exist there, what does, and the way from one to the other.

A menu at LINE never changes, so another look is another row. A row walks WANTED → CREATED → READY;
one that is no longer wanted walks RETIRED → DELETED. Every step is one claim, calls to LINE outside
any transaction, and one result; what is not finished is due again when its lease runs out.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.db import Base, BigId, stored_enum
from core.inserts import insert_or_skip
from line.channels import Channel

LEASE = timedelta(minutes=1)
GRACE = timedelta(minutes=2)
"""A replaced menu is left this long: phones show the new one only when the chat is opened again."""
_CHECKSUM_SHOWN = 12


class MenuStatus(StrEnum):
    WANTED = "wanted"
    CREATED = "created"
    """LINE knows it but has no picture yet."""
    READY = "ready"
    RETIRED = "retired"
    """No longer wanted: to be deleted at LINE."""
    DELETED = "deleted"
    FAILED = "failed"


LIVE = (MenuStatus.WANTED, MenuStatus.CREATED, MenuStatus.READY, MenuStatus.FAILED)
"""What a published revision wants, whether or not it is there yet."""


class LineMenu(Base):
    """One menu at LINE: it cannot be changed there, so another look is another row."""

    __tablename__ = "line_menus"
    __table_args__ = (
        sa.UniqueConstraint("channel_id", "name", "checksum"),
        sa.Index("ix__line_menus__due", "due_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    channel_id: Mapped[int] = mapped_column(sa.ForeignKey("channels.id"))
    name: Mapped[str] = mapped_column(sa.String(80))
    """`key/language`, e.g. `main/zh-TW`."""
    alias: Mapped[str] = mapped_column(sa.String(32))
    checksum: Mapped[str] = mapped_column(sa.String(64))
    body: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    picture_sha256: Mapped[str] = mapped_column(sa.String(64))
    is_default: Mapped[bool] = mapped_column(default=False)
    status: Mapped[MenuStatus] = mapped_column(stored_enum(MenuStatus))
    line_menu_id: Mapped[str | None] = mapped_column(sa.String(60))
    due_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    """Tries of the present step, counted before they begin."""
    error: Mapped[str | None] = mapped_column(sa.String(300))


@dataclass(frozen=True)
class WantedMenu:
    """A menu that a published revision has, in one language."""

    name: str
    body: Mapping[str, Any]
    """LINE's rich menu object without its `name`."""
    picture_sha256: str
    is_default: bool = False

    @cached_property
    def checksum(self) -> str:
        look = orjson.dumps([self.body, self.picture_sha256], option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(look).hexdigest()

    @property
    def full_body(self) -> dict[str, Any]:
        """Return what is sent: the name, which only we see, tells our menus from each other in LINE's list."""
        return {**self.body, "name": f"{self.name} {self.checksum[:_CHECKSUM_SHOWN]}"}


@dataclass(frozen=True, slots=True)
class MenuTask:
    """A leased row, detached from any session."""

    id: int
    channel_id: int
    name: str
    alias: str
    body: Mapping[str, Any]
    picture_sha256: str
    is_default: bool
    status: MenuStatus
    line_menu_id: str | None
    attempts: int
    lease: datetime


def alias_of(name: str) -> str:
    """Return the alias that tabs switch to: the same for ever, and within LINE's letters and 32 places."""
    readable = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:23]
    return f"{readable}-{hashlib.blake2s(name.encode(), digest_size=4).hexdigest()}"


def sync(session: Session, channel_id: int, wanted: Sequence[WantedMenu], *, now: datetime) -> int:
    """Write down which menus should exist from now on; twice changes nothing. Returns how many rows changed.

    What failed before is tried once more.
    """
    rows = {
        (row.name, row.checksum): row
        for row in session.scalars(sa.select(LineMenu).where(LineMenu.channel_id == channel_id))
    }
    names = {menu.name for menu in wanted}
    changed = 0
    for menu in wanted:
        row = rows.pop((menu.name, menu.checksum), None)
        if row is None:
            session.execute(insert_or_skip(session, LineMenu).values(**_fresh(channel_id, menu, now)))
            changed += 1
        else:
            changed += _want(row, is_default=menu.is_default, now=now)
    for row in rows.values():
        if row.status in LIVE:
            row.status, row.attempts = MenuStatus.RETIRED, 0
            # One that is being replaced stays until its successor is there (`finished`).
            row.due_at = None if row.name in names else now + GRACE
            changed += 1
    return changed


def _fresh(channel_id: int, menu: WantedMenu, now: datetime) -> dict[str, Any]:
    return {
        "channel_id": channel_id,
        "name": menu.name,
        "alias": alias_of(menu.name),
        "checksum": menu.checksum,
        "body": menu.full_body,
        "picture_sha256": menu.picture_sha256,
        "is_default": menu.is_default,
        "status": MenuStatus.WANTED,
        "due_at": now,
        "attempts": 0,
    }


def _want(row: LineMenu, *, is_default: bool, now: datetime) -> bool:
    """Take a known menu up again; say whether there was anything to change."""
    if row.status in (MenuStatus.WANTED, MenuStatus.CREATED, MenuStatus.READY):
        if row.is_default == is_default and row.error is None:
            return False
        row.is_default, row.due_at = is_default, now
        return True
    if row.status is MenuStatus.DELETED:
        row.line_menu_id = None
    row.status = MenuStatus.WANTED if row.line_menu_id is None else MenuStatus.CREATED
    row.is_default, row.due_at, row.attempts, row.error = is_default, now, 0, None
    return True


def some_due(session: Session, *, now: datetime) -> bool:
    """Say whether `claim` may find a row, without taking a lock."""
    return session.scalar(sa.select(LineMenu.id).where(LineMenu.due_at <= now).limit(1)) is not None


def claim(session: Session, *, now: datetime) -> MenuTask | None:
    """Lease the menu that has been due for longest, unless its channel's token is refused."""
    stopped = sa.select(Channel.id).where(Channel.sending_stopped_at.is_not(None))
    row = session.scalars(
        sa.select(LineMenu)
        .where(LineMenu.due_at <= now, LineMenu.channel_id.not_in(stopped))
        .order_by(LineMenu.due_at, LineMenu.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if row is None:
        return None
    row.due_at = now + LEASE
    row.attempts += 1
    return MenuTask(
        id=row.id,
        channel_id=row.channel_id,
        name=row.name,
        alias=row.alias,
        body=row.body,
        picture_sha256=row.picture_sha256,
        is_default=row.is_default,
        status=row.status,
        line_menu_id=row.line_menu_id,
        attempts=row.attempts,
        lease=row.due_at,
    )


def created(session: Session, task: MenuTask, line_menu_id: str, *, now: datetime) -> None:
    """Remember what LINE calls the menu, whatever else has happened to the row meanwhile."""
    session.execute(
        sa.update(LineMenu)
        .where(LineMenu.id == task.id, LineMenu.line_menu_id.is_(None))
        .values(line_menu_id=line_menu_id)
    )
    move(session, task, MenuStatus.CREATED, due_at=now)


def finished(session: Session, task: MenuTask, *, error: str | None, now: datetime) -> None:
    """Take note that a menu is in its place, and let the ones that it replaces go.

    :param error: what LINE refused all the same; it is tried again when the menus are next synced.
    """
    if move(session, task, MenuStatus.READY, due_at=None, error=error):
        session.execute(
            sa.update(LineMenu)
            .where(
                LineMenu.channel_id == task.channel_id,
                LineMenu.name == task.name,
                LineMenu.status == MenuStatus.RETIRED,
                LineMenu.due_at.is_(None),
            )
            .values(due_at=now + GRACE)
        )


def move(
    session: Session, task: MenuTask, status: MenuStatus, *, due_at: datetime | None, error: str | None = None
) -> bool:
    """Write the outcome of a step; False if the row was changed by somebody else meanwhile."""
    return _change(session, task, status=status, due_at=due_at, attempts=0, error=error)


def postpone(session: Session, task: MenuTask, *, until: datetime, reason: str | None) -> bool:
    """Try the same step again later; without a reason it was no attempt."""
    attempts = task.attempts if reason is not None else task.attempts - 1
    return _change(session, task, due_at=until, attempts=attempts, error=reason)


def _change(session: Session, task: MenuTask, **values: Any) -> bool:
    result = session.execute(
        sa.update(LineMenu)
        .where(LineMenu.id == task.id, LineMenu.due_at == task.lease, LineMenu.status == task.status)
        .values(**values)
    )
    return result.rowcount == 1  # type: ignore[attr-defined,no-any-return]


def lost(session: Session, channel_id: int, line_menu_id: str, *, now: datetime) -> None:
    """Make a menu again that somebody has deleted at LINE."""
    session.execute(
        sa.update(LineMenu)
        .where(
            LineMenu.channel_id == channel_id,
            LineMenu.line_menu_id == line_menu_id,
            LineMenu.status.in_((MenuStatus.CREATED, MenuStatus.READY)),
        )
        .values(status=MenuStatus.WANTED, line_menu_id=None, due_at=now, attempts=0)
    )


def live_menus(session: Session, channel_id: int) -> Mapping[str, LineMenu]:
    """Return the wanted menus by name, whether or not they are there yet."""
    rows = session.scalars(
        sa.select(LineMenu).where(LineMenu.channel_id == channel_id, LineMenu.status.in_(LIVE))
    )
    return {row.name: row for row in rows}


def known_ids(session: Session, channel_id: int) -> set[str]:
    """Return every id at LINE that a row of ours stands for."""
    ids = session.scalars(
        sa.select(LineMenu.line_menu_id).where(
            LineMenu.channel_id == channel_id, LineMenu.status != MenuStatus.DELETED
        )
    )
    return {id_ for id_ in ids if id_ is not None}
