"""What tests of campaigns may ask for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.db import Database
from tests.campaigns.office import Office
from tests.shop import Shop


@pytest.fixture
def shop(database: Database, tmp_path: Path) -> Iterator[Shop]:
    """A simulated LINE where any well-formed user id is a friend."""
    shop = Shop(database, media_dir=tmp_path / "media", knows_everyone=True, ledger_size=None)
    yield shop
    shop.closes()


@pytest.fixture
def office(shop: Shop) -> Office:
    """A tea shop there."""
    return Office(shop)
