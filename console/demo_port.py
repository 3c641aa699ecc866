"""The invented shop, as its ribbon needs it."""

from datetime import datetime
from typing import Protocol

from staff.audit import Actor


class DemoShop(Protocol):
    """Everything in the database that was invented."""

    def remove(self, *, by: Actor, now: datetime) -> None:
        """Take it away; what real people did stays."""
