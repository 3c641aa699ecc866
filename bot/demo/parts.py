"""What the console is given while LINE is simulated; light, for the web process imports it at its start."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.demo.elsewhere import Books
from bot.demo.phones import Scenes, Simulator, Stage
from bot.demo.shops import shown
from core.clock import system_clock
from core.db import Database
from staff.audit import Actor


def stage(simulator_url: str, database: Database) -> Stage:
    """Return the phones and the scenes of the shop that is there."""

    def folder() -> Path:
        with database.read() as session:
            return shown(session).folder

    return Stage(Simulator(simulator_url), Scenes.of_folder(folder), Books(database, system_clock))


@dataclass(frozen=True)
class InventedShop:
    """See `console.demo_port.DemoShop`."""

    database: Database

    def remove(self, *, by: Actor, now: datetime) -> None:
        from bot.demo import shop

        shop.remove(self.database, by=by, now=now)
