"""What friends do is written for several turns at once, and is what each turn by itself would have left."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa

from bot import tables
from bot.demo import shop
from bot.demo.shops import SHOPS, Shop
from bot.demo.town import Friend, Town
from bot.segmenting import SEGMENTS
from core.db import Database
from core.migrating import upgrade
from playbook.check import check

NOW = datetime(2026, 11, 21, 18, 14, tzinfo=UTC)
PEOPLE = 30
COUNTED_DIFFERENTLY = {("contact_tags", "id")}
"""A tag that is put on and taken off again before it is written uses up no number."""


@contextmanager
def a_filled_shop(folder: Path, shown: Shop, patch: pytest.MonkeyPatch) -> Iterator[Database]:
    patch.setattr(secrets, "randbelow", Random(7).randrange)
    database = Database.connect(f"sqlite:///{folder}/shop.db")
    upgrade(database)
    playbook = check(shown.folder, segments=SEGMENTS).playbook
    assert playbook is not None
    shop.fill(database, playbook, base_url="http://127.0.0.1:8000", now=NOW, people=PEOPLE)
    yield database
    database.dispose()


def contents(database: Database) -> Mapping[str, list[dict[str, Any]]]:
    found = {}
    with database.read() as session:
        for name, table in tables.TABLES.items():
            rows = session.execute(sa.select(table).order_by(*table.primary_key.columns)).mappings()
            told = [{c: v for c, v in row.items() if (name, c) not in COUNTED_DIFFERENTLY} for row in rows]
            found[name] = told if told and "id" in told[0] else sorted(told, key=str)
    return found


@pytest.mark.parametrize("shown", SHOPS.values(), ids=SHOPS)
def test_turns_that_go_on_leave_what_single_turns_leave(shown: Shop, tmp_path: Path) -> None:
    happens = Town.happens

    def by_itself(town: Town, friend: Friend, event: Mapping[str, Any]) -> None:
        happens(town, friend, event)
        town._session.flush()
        town.closes_books()

    with pytest.MonkeyPatch.context() as patch, a_filled_shop(tmp_path / "together", shown, patch) as one:
        together = contents(one)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Town, "happens", by_itself)
        with a_filled_shop(tmp_path / "single", shown, patch) as one:
            single = contents(one)
    assert len(together["runs"]) > 5
    assert len(together["timeline_entries"]) > PEOPLE * 5
    for name, rows in single.items():
        assert together[name] == rows, name
