"""That facts changed: said in the transaction that changes them, worked in by whoever keeps segments current."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts.models import Contact
from core.by_engine import among
from segmentation import current
from segmentation.memberships import NIGHT
from segmentation.models import Segment, Touch
from segmentation.segments import Segments

EVERY_SEGMENT = None
"""Instead of facts: all of them have to look again."""


@dataclass(frozen=True, slots=True)
class Touched:
    """One touch that waits, detached from any session."""

    id: int
    channel_id: int
    contact_id: int
    fact: str
    event_key: str | None


def touch(
    session: Session, contact: Contact, facts: Iterable[str], *, at: datetime, event_key: str | None = None
) -> None:
    """Say that facts about a contact change in this transaction, as leaves name what they read.

    A fact that no segment reads does no harm; where many turns would say it, ask first (`current.Lineup`).
    """
    for fact in facts:
        session.add(Touch(**contact.as_owner, fact=fact, event_key=event_key, at=at))


def touch_many(
    session: Session,
    facts: Iterable[tuple[int, str]],
    *,
    at: datetime,
    event_keys: Mapping[int, str | None] | None = None,
) -> None:
    """Say it of many contacts: pairs of a contact's id and a fact."""
    keys = event_keys or {}
    rows = [{"contact_id": id_, "fact": fact, "event_key": keys.get(id_), "at": at} for id_, fact in facts]
    if rows:
        session.connection().execute(sa.insert(Touch), rows)


def want_sweep(
    session: Session,
    segments: Segments,
    channel_id: int,
    facts: Collection[str] | None,
    *,
    because: str,
    now: datetime,
) -> int:
    """Have every contact asked again by the segments that read any of the facts; return how many these are.

    For changes of so many people that a touch for each would take longer than one query over all.

    :param facts: `EVERY_SEGMENT`: all of them.
    :param because: what stands as the reason of those who enter and leave: `import:list.csv`.
    """
    lineup = current.read(session, segments, channel_id)
    reading = lineup.kept if facts is None else lineup.reading(facts)
    if not reading:
        return 0
    session.execute(
        sa.update(Segment)
        .where(Segment.id.in_([one.id for one in reading]))
        # What is wanted already keeps its reason: a rule that changed says more than a file, the night says nothing.
        .values(
            sweep_due_at=now,
            sweep_because=sa.func.coalesce(sa.func.nullif(Segment.sweep_because, NIGHT), because[:160]),
        )
        .execution_options(synchronize_session=False)
    )
    return len(reading)


def waiting(session: Session, *, limit: int) -> Sequence[Touched]:
    """Return the oldest touches."""
    return [Touched(*row) for row in session.connection().execute(_WAITING, {"limit": limit})]


_WAITING = (
    sa.select(Touch.id, Contact.channel_id, Touch.contact_id, Touch.fact, Touch.event_key)
    .join(Contact, Contact.id == Touch.contact_id)
    .order_by(Touch.id)
    .limit(sa.bindparam("limit", type_=sa.Integer))
)


def who_waits(session: Session, facts: Collection[str]) -> Collection[int]:
    """Return the contacts about whom one of the facts has changed and is not worked in yet."""
    return set(session.scalars(sa.select(Touch.contact_id).where(Touch.fact.in_(facts))))


def forget(session: Session, ids: Sequence[int]) -> None:
    """Take away touches that are worked in."""
    session.connection().execute(_FORGET, {"ids": list(ids)})


_FORGET = sa.delete(Touch).where(among(Touch.id, "ids"))
