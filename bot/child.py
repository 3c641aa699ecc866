"""What both children of a worker begin with: their connections, and an ear for whoever ends them."""

import signal
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

from config import Settings
from core.clock import system_clock
from core.db import Database
from core.leases import Owner, new_owner
from line.governor import Governor
from line.messenger import LineMessenger


@dataclass(frozen=True)
class Connections:
    """The database and LINE, as one process of a worker knows them."""

    database: Database
    owner: Owner
    governor: Governor
    messenger: LineMessenger


def connect(settings: Settings) -> Connections:
    """Open them under a name that no other process has."""
    database = Database.connect(settings.database_url)
    governor = Governor(database, system_clock)
    messenger = LineMessenger(
        settings.access_token,
        api_base=settings.line_api_base,
        data_api_base=settings.line_data_api_base,
        heed=governor.heed,
    )
    return Connections(database, new_owner(), governor, messenger)


def stop_on_signals(stop: Callable[[], object]) -> None:
    """Call something when this process is told to end."""

    def heard(_number: int, _frame: FrameType | None) -> None:
        stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, heard)
