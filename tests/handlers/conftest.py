"""The workshop, open for everybody who comes."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.handlers.workshop import FILES
from tests.playbook.folders import write
from tests.shop import Shop
from tests.stories.customer import Customer

TUESDAY_NOON = datetime(2027, 2, 23, 12, tzinfo=ZoneInfo("Asia/Taipei"))


@pytest.fixture
def workshop(shop: Shop, tmp_path: Path) -> Shop:
    shop.clock.set(TUESDAY_NOON)
    shop.publishes(write(tmp_path / "workshop", FILES))
    return shop


@pytest.fixture
def rider(workshop: Shop) -> Customer:
    customer = Customer(workshop, "Ann", language="en")
    customer.follows()
    return customer
