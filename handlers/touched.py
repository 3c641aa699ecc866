"""Which facts a turn changed, so that the segments that read them look again."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts.models import Contact, ContactField
from facts.models import ContactEvent
from questionnaires.models import Answer, Run
from segmentation.current import SEEN, Lineup
from segmentation.models import TagChange
from segmentation.people import NEW
from segmentation.touches import touch

LANGUAGE = "language"
_OF_CONTACT = {
    "following": "following",
    "following_since_at": "following",
    "times_followed": "following",
    "language": LANGUAGE,
    "entry_source": "entry",
}
"""Columns of a contact, and what leaves call what they say."""
ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class Changed:
    """What of a turn cannot be seen in its rows."""

    is_active: bool = False
    """It notes an hour at which the contact was here."""
    forgets: bool = False
    """Something was taken back, and with it what was recorded of it."""
    more: tuple[str, ...] = ()
    """Facts that it changes by statement."""
    seen_before: datetime | None = None
    """When somebody whom this turn saw was seen last before it."""


def leave_touches(
    session: Session,
    contact: Contact,
    lineup: Lineup,
    changed: Changed,
    *,
    event_key: str,
    zone: ZoneInfo,
    now: datetime,
) -> None:
    """Say what this turn changed, as far as any segment reads it; costs no query.

    Called when the turn has decided and nothing of it is written yet.
    """
    if not lineup.kept:
        return
    facts = dict.fromkeys(_facts(session, contact, lineup, changed, zone, now))
    read = [fact for fact in facts if fact in lineup.readers]
    touch(session, contact, read, at=now, event_key=event_key)


def _facts(
    session: Session, contact: Contact, lineup: Lineup, changed: Changed, zone: ZoneInfo, now: datetime
) -> Iterator[str]:
    """Yield facts, first what tells most to somebody who asks why."""
    rows = [*session.new, *session.dirty, *session.deleted]
    yield from (f"tag:{row.tag.name}" for row in rows if isinstance(row, TagChange))
    yield from (f"field:{row.name}" for row in rows if isinstance(row, ContactField))
    yield from (f"answer:{_questionnaire(row)}" for row in rows if isinstance(row, Run | Answer))
    yield from (f"event:{_name(row)}" for row in rows if isinstance(row, ContactEvent))
    yield from changed.more
    yield from _about(contact)
    if changed.forgets:
        yield from (fact for fact in lineup.readers if fact.startswith("event:"))
    if changed.is_active:
        yield ACTIVE
    before = _seen_before(contact, changed)
    if before is None or lineup.is_told_by(before, contact.last_seen_at, now=now, zone=zone):
        yield SEEN
    if before is None:
        yield NEW


def _about(contact: Contact) -> Iterable[str]:
    if not contact.is_stored:
        return dict.fromkeys(_OF_CONTACT.values())
    state = sa.inspect(contact)
    return [fact for column, fact in _OF_CONTACT.items() if column in state.committed_state]


def _seen_before(contact: Contact, changed: Changed) -> datetime | None:
    """Return when the contact was seen before this turn; None of somebody new."""
    return (changed.seen_before or contact.last_seen_at) if contact.is_stored else None


def _questionnaire(row: Run | Answer) -> str:
    return row.questionnaire if isinstance(row, Run) else row.run.questionnaire


def _name(row: ContactEvent) -> str:
    """Return the name that the key ends with (`facts.events.occurred`)."""
    return row.key.rpartition("/")[2]
