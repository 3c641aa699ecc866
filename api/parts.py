"""What the REST interface is built from; `bot/app.py` puts it together once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from contacts.models import Contact
from content.revisions import Revisions
from core.clock import Clock
from core.db import Database
from questionnaires.versions import Versions
from segmentation.current import Lineups
from segmentation.models import Segment
from segmentation.segments import Segments
from staff.models import StaffUser


@dataclass(frozen=True, slots=True)
class Told:
    """Why somebody is in a segment or is not, in words: one line of the rule, and what is inside it."""

    says: Literal["all", "any", "not", "leaf"]
    words: str
    holds: bool
    because: str
    """What the verdict was decided by; empty where nothing but what is inside decided it."""
    inside: "tuple[Told, ...]" = ()
    fact: Mapping[str, Any] | None = None
    """The fact behind the verdict; None where nothing was seen."""
    proof: str = ""
    """The key of the event behind it, where the words do not name it."""


class Explain(Protocol):
    """Puts a verdict into words."""

    def __call__(
        self,
        session: Session,
        segment: Segment,
        contact: Contact,
        *,
        reader: StaffUser | None,
        language: str,
        zone: ZoneInfo,
        now: datetime,
    ) -> Told: ...


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Passed to every module's `routes`."""

    database: Database
    clock: Clock
    channel_id: int
    time_zone: ZoneInfo
    """Of the shop, until a playbook says otherwise."""
    explain: Explain
    languages: tuple[str, ...] = ("en",)
    """In which it can explain; the first where none of them is asked for."""
    trusted_proxies: int = 0
    """How many proxies in front of us are believed in what they say about who is asking."""
    segments: Segments = field(default_factory=Segments)
    revisions: Revisions = field(default_factory=Revisions)
    versions: Versions = field(default_factory=Versions)

    @cached_property
    def lineups(self) -> Lineups:
        """The segments that are kept current, for who changes what they read."""
        return Lineups(self.segments)
