"""What the console is given while LINE is simulated; light, for the web process imports it at its start."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.demo.phones import Scenes, Simulator, Stage
from core.db import Database

FOLDER = Path(__file__).parent.parent.parent / "examples/rental"


def stage(simulator_url: str) -> Stage:
    """Return the phones and the scenes of the example."""
    return Stage(Simulator(simulator_url), Scenes.of_folder(FOLDER))


@dataclass(frozen=True)
class InventedShop:
    """See `console.demo_port.DemoShop`."""

    database: Database

    def remove(self, *, now: datetime) -> None:
        from bot.demo import shop

        shop.remove(self.database, now=now)
