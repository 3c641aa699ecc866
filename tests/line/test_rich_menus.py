"""The rows that say which menus LINE should have: written once, walked step by step, fenced."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from core.db import Database
from line import rich_menus
from line.channels import Channel, ensure_channel
from line.rich_menus import GRACE, LEASE, LineMenu, MenuStatus, MenuTask, WantedMenu, alias_of

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def a_menu(
    name: str = "main/zh-TW", bar: str = "選單", *, picture: str = "aa", default: bool = False
) -> WantedMenu:
    return WantedMenu(name, {"chatBarText": bar, "areas": []}, picture, default)


@pytest.fixture
def channel_id(database: Database) -> int:
    with database.write() as session:
        return ensure_channel(session, now=NOON).id


def sync(database: Database, channel_id: int, *wanted: WantedMenu, now: datetime = NOON) -> int:
    with database.write() as session:
        return rich_menus.sync(session, channel_id, wanted, now=now)


def claim(database: Database, *, now: datetime = NOON) -> MenuTask:
    with database.write() as session:
        task = rich_menus.claim(session, now=now)
    assert task is not None
    return task


def brought_up(database: Database, id_: str, *, now: datetime = NOON) -> MenuTask:
    """Walk the due menu to its place."""
    with database.write() as session:
        task = rich_menus.claim(session, now=now)
        assert task is not None
        rich_menus.created(session, task, id_, now=now)
    with database.write() as session:
        task = rich_menus.claim(session, now=now)
        assert task is not None
        assert task.status is MenuStatus.CREATED
        rich_menus.move(session, task, MenuStatus.READY, due_at=now)
    task = claim(database, now=now)
    with database.write() as session:
        rich_menus.finished(session, task, error=None, now=now)
    return task


@given(st.text(max_size=80))
def test_an_alias_is_what_line_takes(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9_-]{1,32}", alias_of(name))
    assert alias_of(name) == alias_of(name)


def test_names_that_read_alike_have_different_aliases() -> None:
    assert alias_of("main/zh-TW") == "main-zh-tw-04782297"
    assert (
        len({alias_of(name) for name in ("main/zh-TW", "main-zh/TW", "main/zh_TW", "選單/ja", "菜單/ja")})
        == 5
    )


def test_another_bar_or_picture_is_another_menu() -> None:
    assert a_menu().checksum == a_menu(default=True).checksum
    assert len({m.checksum for m in (a_menu(), a_menu(bar="菜單"), a_menu(picture="bb"))}) == 3
    assert a_menu().full_body["name"] == f"main/zh-TW {a_menu().checksum[:12]}"


def test_the_same_revision_again_changes_nothing(database: Database, channel_id: int) -> None:
    assert sync(database, channel_id, a_menu(), a_menu("main/ja")) == 2
    assert sync(database, channel_id, a_menu(), a_menu("main/ja")) == 0


def test_a_menu_is_replaced_only_when_its_successor_is_there(database: Database, channel_id: int) -> None:
    sync(database, channel_id, a_menu())
    brought_up(database, "richmenu-1")
    sync(database, channel_id, a_menu(picture="bb"))
    later = NOON + timedelta(days=1)
    task = claim(database, now=later)
    assert (task.status, task.picture_sha256) == (MenuStatus.WANTED, "bb")
    with database.read() as session:
        assert not rich_menus.some_due(session, now=later), "the old one waits"
    with database.write() as session:
        rich_menus.created(session, task, "richmenu-2", now=later)
    claim(database, now=later)  # its picture
    with database.write() as session:
        rich_menus.lost(session, channel_id, "richmenu-2", now=later)
    brought_up(database, "richmenu-3", now=later)
    old = claim(database, now=later + GRACE)
    assert (old.status, old.line_menu_id) == (MenuStatus.RETIRED, "richmenu-1")


def test_a_menu_that_goes_without_a_successor_is_due_after_a_while(
    database: Database, channel_id: int
) -> None:
    sync(database, channel_id, a_menu())
    brought_up(database, "richmenu-1")
    sync(database, channel_id)
    with database.read() as session:
        assert not rich_menus.some_due(session, now=NOON)
    assert claim(database, now=NOON + GRACE).status is MenuStatus.RETIRED


def test_an_id_is_remembered_even_if_nobody_wants_the_menu_any_more(
    database: Database, channel_id: int
) -> None:
    sync(database, channel_id, a_menu())
    task = claim(database)
    sync(database, channel_id)
    with database.write() as session:
        rich_menus.created(session, task, "richmenu-1", now=NOON)
    with database.read() as session:
        row = session.scalars(sa.select(LineMenu)).one()
        assert (row.status, row.line_menu_id) == (MenuStatus.RETIRED, "richmenu-1")
        assert rich_menus.known_ids(session, channel_id) == {"richmenu-1"}


def test_a_lease_keeps_others_away_and_fences_who_overslept(database: Database, channel_id: int) -> None:
    sync(database, channel_id, a_menu())
    sleeper = claim(database)
    with database.write() as session:
        assert rich_menus.claim(session, now=NOON + LEASE / 2) is None
    awake = claim(database, now=NOON + LEASE)
    assert awake.attempts == 2
    with database.write() as session:
        assert not rich_menus.move(session, sleeper, MenuStatus.FAILED, due_at=None)
        assert rich_menus.move(session, awake, MenuStatus.FAILED, due_at=None, error="no")


def test_a_wait_without_a_reason_was_no_attempt(database: Database, channel_id: int) -> None:
    sync(database, channel_id, a_menu())
    with database.write() as session:
        task = rich_menus.claim(session, now=NOON)
        assert task is not None
        rich_menus.postpone(session, task, until=NOON, reason=None)
    task = claim(database)
    assert task.attempts == 1
    with database.write() as session:
        rich_menus.postpone(session, task, until=NOON, reason="500")
    assert claim(database).attempts == 2


def test_what_was_deleted_or_failed_is_made_when_it_is_wanted_again(
    database: Database, channel_id: int
) -> None:
    sync(database, channel_id, a_menu(), a_menu("main/ja"))
    for status in (MenuStatus.FAILED, MenuStatus.DELETED):
        with database.write() as session:
            task = rich_menus.claim(session, now=NOON)
            assert task is not None
            rich_menus.move(session, task, status, due_at=None, error="no")
    assert sync(database, channel_id, a_menu(), a_menu("main/ja")) == 2
    with database.read() as session:
        rows = session.scalars(sa.select(LineMenu)).all()
        assert {(row.status, row.error, row.due_at) for row in rows} == {(MenuStatus.WANTED, None, NOON)}


def test_a_stopped_channel_rests(database: Database, channel_id: int) -> None:
    sync(database, channel_id, a_menu())
    with database.write() as session:
        session.execute(sa.update(Channel).values(sending_stopped_at=NOON))
        assert rich_menus.claim(session, now=NOON) is None
