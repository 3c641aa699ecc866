"""One shop for all stories of a file: everybody in them is somebody new, so they do not disturb each other."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from core.db import Database
from tests import databases
from tests.shop import EXAMPLES, TAIPEI, Shop
from tests.stories.customer import Customer


@pytest.fixture(scope="module", params=databases.ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Each story happens on both databases."""
    databases.skip_unless_available(request.param)
    return str(request.param)


@contextmanager
def _open_shop(engine: str, request: pytest.FixtureRequest, folder: Path, playbook: str) -> Iterator[Shop]:
    """Open a shop with a migrated database of its own: of two playbooks in one, one would not be live."""
    template = request.getfixturevalue(f"{'sqlite' if engine == 'sqlite' else 'postgres'}_template")
    with template.copied(*[folder] if engine == "sqlite" else []) as url:
        database = Database.connect(url)
        shop = Shop(database, media_dir=folder / "media")
        shop.publishes(EXAMPLES / playbook)
        yield shop
        shop.closes()
        database.dispose()


@pytest.fixture(scope="module")
def rental_shop(
    engine: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    with _open_shop(engine, request, tmp_path_factory.mktemp("rental"), "rental") as shop:
        yield shop


@pytest.fixture(scope="module")
def tea_shop(
    engine: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    with _open_shop(engine, request, tmp_path_factory.mktemp("tea"), "tea_shop") as shop:
        yield shop


def _opens(shop: Shop) -> Shop:
    """Go on to the next day when a story before this one ran into the evening; LINE is well again."""
    shop.simulator.line.faults.clear()
    now = shop.clock.now().astimezone(TAIPEI)
    if not 10 <= now.hour < 18:
        shop.clock.set((now + timedelta(days=1)).replace(hour=14, minute=0))
    return shop


@pytest.fixture
def agency(rental_shop: Shop) -> Shop:
    """好窩租屋, in the afternoon."""
    return _opens(rental_shop)


@pytest.fixture
def mina(agency: Shop) -> Customer:
    """Somebody who has not added 好窩租屋 yet."""
    return Customer(agency)


@pytest.fixture
def searcher(mina: Customer) -> Customer:
    """Somebody at the first question of 找房."""
    mina.follows()
    mina.taps("開始找房")
    return mina


@pytest.fixture
def tea(tea_shop: Shop) -> Shop:
    """日日茶, in the afternoon."""
    return _opens(tea_shop)


@pytest.fixture
def guest(tea: Shop) -> Customer:
    """Somebody who has not added 日日茶 yet."""
    return Customer(tea, "陳小安")
