"""What a rule comes to before anybody saves it: how many people, how many of them a message can reach, and some."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from pyroaring import BitMap
from sqlalchemy.orm import Session

from contacts.models import Contact
from segmentation import whom
from segmentation.days import At
from segmentation.joining import all_of
from segmentation.kinds.standing import FOLLOWING
from segmentation.kinds.tags import CONSENT
from segmentation.rules import Rule
from segmentation.segments import Segments


@dataclass(frozen=True, slots=True)
class Asked:
    """A rule, with all that its meaning hangs on."""

    segments: Segments
    rule: Rule
    """Resolved, where it names other segments."""
    channel_id: int
    now: datetime
    zone: ZoneInfo

    def people(self, session: Session) -> BitMap:
        """Return the contact ids of all whom it means."""
        meant = self.segments.meant(self.rule, now=self.now, zone=self.zone)
        return whom.fulfilling(session, self.channel_id, meant)


@dataclass(frozen=True, slots=True)
class Reach:
    """How many people a rule means."""

    all: int
    reachable: int
    """Those who follow the account, and agreed to the purpose if there is one: a push can reach them."""

    @property
    def share(self) -> float:
        return self.reachable / self.all if self.all else 0.0


def reach(session: Session, asked: Asked, *, purpose: str | None = None) -> Reach:
    """Count them."""
    return _reach(session, asked, asked.people(session), purpose)


def look(
    session: Session, asked: Asked, *, purpose: str | None = None, limit: int
) -> tuple[Reach, Sequence[Contact]]:
    """Count them and return some, those seen last before others."""
    ids = asked.people(session)
    return _reach(session, asked, ids, purpose), whom.newest(session, asked.channel_id, ids, limit=limit)


def _reach(session: Session, asked: Asked, ids: BitMap, purpose: str | None) -> Reach:
    at = At(asked.now, asked.zone)
    reached = [FOLLOWING.sql(True, at)]
    if purpose is not None:
        reached.append(CONSENT.sql(purpose, at))
    return Reach(len(ids), len(whom.fulfilling(session, asked.channel_id, all_of(*reached), among=ids)))
