"""What the staff's pages are built from; `bot/app.py` puts it together once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaigns.exclusions import Exclusions
from console.demo_port import DemoShop
from console.stage_port import Phones
from content.revisions import Revisions
from core.clock import Clock
from core.db import Database
from segmentation.segments import Segments
from staff.passwords import Passwords


class WakeUps(Protocol):
    """Tells that something may have changed."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


class Scoring(Protocol):
    """Scores customers out of turn; the work is another process's."""

    def is_under_way(self, session: Session) -> bool: ...

    def begin(self, session: Session, *, now: datetime) -> None: ...


Listen = Callable[[Callable[[], None]], WakeUps]
"""Makes wake-ups that call what they are given."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Passed to every page module's `pages`."""

    database: Database
    clock: Clock
    channel_id: int
    secret_key: str
    """Signs the cookie that keeps a form's token and what is to be said on the next page."""
    base_url: str
    time_zone: ZoneInfo
    """Of the shop, until a playbook says otherwise."""
    simulator_url: str | None = None
    """Where the simulated phone is; None when the program talks to LINE."""
    phones: Phones | None = None
    """The simulated phones, for the stage."""
    demo: DemoShop | None = None
    """Takes the invented shop away; None when there can be none."""
    trusted_proxies: int = 0
    """How many proxies in front of us are believed in what they say about who is asking."""
    media_dir: Path = Path("var/media")
    """Where the files lie that customers sent."""
    listen: Listen | None = None
    """Makes what tells that something may have changed; without it pages look once a second."""
    exclusions: Exclusions = field(default_factory=lambda: Exclusions(in_ticket=sa.false()))
    """Who is left out of campaigns; whoever knows tickets says who talks with a person."""
    segments: Segments = field(default_factory=Segments)
    scoring: Scoring | None = None
    """None: nobody scores customers by a button."""
    revisions: Revisions = field(default_factory=Revisions)
    passwords: Passwords = field(default_factory=Passwords)

    @property
    def is_https(self) -> bool:
        return self.base_url.startswith("https://")
