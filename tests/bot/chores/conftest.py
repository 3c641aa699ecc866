"""The world that chores work in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.db import Database
from tests.bot.chores.world import World


@pytest.fixture
def world(database: Database, tmp_path: Path) -> Iterator[World]:
    made = World(database, tmp_path / "media")
    yield made
    made.close()
