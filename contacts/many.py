"""Knowing many people at once, as files and LINE's list of followers tell of them."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts.models import Contact, Erasure, Following
from core.by_engine import among
from core.db import changed
from core.ids import new_public_id, shard_of
from core.inserts import insert_new


def meet_all(
    session: Session, channel_id: int, seen: Mapping[str, datetime | None], *, now: datetime
) -> Mapping[str, int]:
    """Return the contacts of LINE user ids, making those we did not know; to them nobody has said a word.

    :param seen: by user id, when they were last heard of elsewhere.
    """
    known = ids_of(session, channel_id, seen)
    unknown = {user_id: at for user_id, at in seen.items() if user_id not in known}
    return {**known, **meet_new(session, channel_id, unknown, now=now).ids}


class Met(NamedTuple):
    """Contacts by LINE user id, and which of them were made; others, somebody made at the same moment."""

    ids: Mapping[str, int]
    made: Collection[int]


def meet_new(session: Session, channel_id: int, seen: Mapping[str, datetime | None], *, now: datetime) -> Met:
    """Make the contacts of LINE user ids for which there was none, and return them."""
    if not seen:
        return Met({}, ())
    # Of whoever did something here, the first time is the last one or before it. These did nothing yet.
    latest = now - timedelta(seconds=1)
    new = [
        {
            "public_id": new_public_id(),
            "line_user_id": user_id,
            "shard": shard_of(user_id),
            "last_seen_at": min(at or latest, latest),
        }
        for user_id, at in seen.items()
    ]
    same = {
        "channel_id": channel_id,
        "following": Following.UNKNOWN,
        "times_followed": 0,
        "misses": 0,
        "is_demo": False,
        "first_seen_at": now,
    }
    count = insert_new(session.connection(), Contact, new, same)
    ids = ids_of(session, channel_id, seen)
    if count == len(new):
        return Met(ids, set(ids.values()))
    public_ids = [one["public_id"] for one in new]
    return Met(ids, set(session.scalars(sa.select(Contact.id).where(Contact.public_id.in_(public_ids)))))


def list_as_following(
    session: Session, channel_id: int, line_user_ids: Collection[str], *, asked_at: datetime, now: datetime
) -> int:
    """Know those whom LINE lists as followers; return how many of them did not count as such before.

    Since when they follow is not told. A block that we heard of after LINE was asked stands.
    """
    contact_ids = meet_all(session, channel_id, dict.fromkeys(line_user_ids), now=now).values()
    unheard = sa.or_(Contact.following_since_at.is_(None), Contact.following_since_at < asked_at)
    listed = changed(
        session.execute(
            sa.update(Contact)
            .where(
                Contact.id.in_(sorted(contact_ids)),
                sa.or_(
                    Contact.following == Following.UNKNOWN,
                    sa.and_(Contact.following == Following.BLOCKED, unheard),
                ),
            )
            .values(
                following=Following.FOLLOWING,
                following_since_at=None,
                times_followed=sa.case((Contact.times_followed < 1, 1), else_=Contact.times_followed),
            )
            .execution_options(synchronize_session=False)
        )
    )
    session.execute(
        sa.update(Contact)
        .where(
            Contact.id.in_(sorted(contact_ids)),
            Contact.profile_fetched_at.is_(None),
            Contact.profile_due_at.is_(None),
        )
        .values(profile_due_at=now)
        .execution_options(synchronize_session=False)
    )
    return listed


def ids_of(session: Session, channel_id: int, line_user_ids: Collection[str]) -> Mapping[str, int]:
    """Return the contacts of LINE user ids, where we know one."""
    # All at once: gone through one by one, each row is a call of its own.
    rows = session.connection().execute(_IDS, {"channel": channel_id, "users": list(line_user_ids)}).all()
    return {user_id: id_ for user_id, id_ in rows}  # noqa: C416 - dict() knows no rows


_IDS = sa.select(Contact.line_user_id, Contact.id).where(
    Contact.channel_id == sa.bindparam("channel"),
    among(Contact.line_user_id, "users"),
)


def hold(session: Session, contact_ids: Collection[int]) -> Collection[int]:
    """Lock contacts in ascending order; return those that were not erased since they were found."""
    return set(session.connection().scalars(_HOLD, {"ids": sorted(contact_ids)}).all())


def stay(session: Session, contact_ids: Collection[int]) -> Collection[int]:
    """Keep contacts from being erased until this transaction ends; return those that were not yet.

    Their turns need not wait for that.
    """
    return set(session.connection().scalars(_STAY, {"ids": sorted(contact_ids)}).all())


_THERE = (
    sa.select(Contact.id).where(among(Contact.id, "ids"), Contact.erased_at.is_(None)).order_by(Contact.id)
)
_HOLD = _THERE.with_for_update(key_share=True)
_STAY = _THERE.with_for_update(read=True, key_share=True)


def erased_at(session: Session, channel_id: int, user_hashes: Collection[str]) -> Mapping[str, datetime]:
    """Return when those of the people were erased who were."""
    rows = session.connection().execute(
        sa.select(Erasure.user_hash, Erasure.erased_at).where(
            Erasure.channel_id == channel_id, Erasure.user_hash.in_(user_hashes)
        )
    )
    return {row.user_hash: row.erased_at for row in rows}


def is_anybody_erased(session: Session, channel_id: int) -> bool:
    """Say whether there was any erasure."""
    return session.connection().scalar(_ANY_ERASURE, {"channel": channel_id}) is not None


_ANY_ERASURE = sa.select(Erasure.id).where(Erasure.channel_id == sa.bindparam("channel")).limit(1)
