"""Menus at LINE follow what is published, whatever happens on the way."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.db import Database
from line.answers import Accepted, Failure
from line.menu_calls import MenuCalls, MenuId
from line.postback import ButtonTap, pack
from line.rich_menus import MenuStatus, alias_of
from simulator.faults import Do
from tests.bot.chores.world import World, menu

LATER = timedelta(minutes=5)


def test_a_published_menu_comes_up_in_every_language(world: World) -> None:
    world.publishes(menu("main", default=True))
    world.works()
    there = world.at_line()
    assert set(there) == {"main/zh-TW", "main/en"}
    assert world.line.menus.default_id == there["main/zh-TW"]
    assert world.line.menus.aliases == {alias_of(name): id_ for name, id_ in there.items()}
    assert {row.status for row in world.rows().values()} == {MenuStatus.READY}
    mina = world.friend("Mina")
    assert mina.menu == ["找房", "隱私"]
    english = world.line.menus.menus[there["main/en"]].body
    assert english["chatBarText"] == "Open the menu"[:14]


def test_nothing_is_refused_on_the_way(world: World) -> None:
    """Whoever watches the log of LINE, or of the phone page, finds nothing red that means nothing."""
    for colour in ("red", "blue"):
        world.publishes(menu("main", colour, default=True), menu("other"))
        world.works()
    world.hires().step()
    assert len(world.line.menus.aliases) == 4
    assert world.calls("alias.update") == 2, "of the menu with a new look, in each language"
    assert [(entry.reason, entry.status) for entry in world.line.log if entry.status >= 400] == []


def test_an_alias_that_line_lists_and_does_not_know_gets_there_in_the_end(world: World) -> None:
    world.publishes(menu("main"), languages=("zh-TW",))
    world.works()
    world.line.faults.order("alias.update", Do.REFUSE, status=404, message="richmenu alias not found")
    world.publishes(menu("main", "blue"), languages=("zh-TW",))
    for _ in range(3):
        world.works()
        world.clock.advance(LATER)
    assert world.line.menus.aliases == {alias_of("main/zh-TW"): world.at_line()["main/zh-TW"]}


def test_its_areas_do_what_the_playbook_says(world: World) -> None:
    areas = [
        {"id": "find", "label": "找房 🏠 " + "很" * 30, "say": "…"},
        {"id": "web", "label": "網站", "url": "https://shop.example/"},
        {"id": "more", "label": "更多", "open": "other", "bounds": [0, 0, 100, 100]},
    ]
    world.publishes(menu("main", areas=areas), menu("other"), languages=("zh-TW",))
    world.works()
    body = world.line.menus.menus[world.at_line()["main/zh-TW"]].body
    tap, web, switch = (area["action"] for area in body["areas"])
    assert tap["type"] == "postback"
    assert tap["data"] == pack(ButtonTap(owner="menu.main", button="find"))
    assert tap["displayText"].startswith(tap["label"])
    assert (web["type"], web["uri"]) == ("uri", "https://shop.example/")
    assert (switch["type"], switch["richMenuAliasId"]) == ("richmenuswitch", alias_of("other/zh-TW"))
    assert body["areas"][0]["bounds"] == {"x": 0, "y": 0, "width": 400, "height": 270}
    assert body["areas"][2]["bounds"] == {"x": 0, "y": 0, "width": 100, "height": 100}


def test_a_tab_opens_the_other_menu(world: World) -> None:
    more = [{"id": "more", "label": "更多", "open": "other"}]
    world.publishes(menu("main", default=True, areas=more), menu("other"), languages=("zh-TW",))
    world.works()
    mina = world.friend("Mina")
    mina.taps("更多")
    assert mina.menu == ["找房", "隱私"]


def test_once_all_is_there_nothing_more_is_asked(world: World) -> None:
    world.publishes(menu("main", default=True))
    world.works()
    asked = world.line.log.total
    world.clock.advance(LATER)
    assert world.works() == 0
    assert world.hires().step() == 0, "nor after a restart"
    assert world.line.log.total == asked


def test_a_changed_picture_replaces_the_menu_without_a_gap(world: World) -> None:
    world.publishes(menu("main", "red", default=True))
    world.works()
    mina = world.friend("Mina")
    contact = world.contact(mina, menu_wanted="main/en", menu_due_at=world.clock.now())
    world.works()
    old = world.at_line()
    assert world.looks_at(contact).menu_linked == old["main/en"]
    world.publishes(menu("main", "blue", default=True))
    world.works()
    new = world.at_line()
    assert len(world.line.menus.menus) == 4, "the old ones stay while phones show them"
    assert world.line.menus.default_id == new["main/zh-TW"] != old["main/zh-TW"]
    assert world.line.menus.aliases[alias_of("main/en")] == new["main/en"]
    for _ in range(2):
        world.clock.advance(LATER)
        world.works()
    assert world.looks_at(contact).menu_linked == new["main/en"]
    assert mina.state.rich_menu_id == new["main/en"]
    assert set(world.line.menus.menus) == set(new.values())


def test_a_menu_waits_to_be_deleted_until_nobody_is_linked_to_it(world: World) -> None:
    world.publishes(menu("main", "red"), languages=("zh-TW",))
    world.works()
    world.contact(world.friend("Mina"), menu_wanted="main/zh-TW", menu_due_at=world.clock.now())
    world.works()
    old = world.at_line()["main/zh-TW"]
    world.publishes(menu("main", "blue"), languages=("zh-TW",))
    world.works()
    world.line.faults.order("richmenu.link", Do.ERROR_BEFORE, times=100)
    world.clock.advance(LATER)
    world.works()
    assert old in world.line.menus.menus
    world.line.faults.clear()
    for _ in range(3):
        world.clock.advance(LATER)
        world.works()
    assert old not in world.line.menus.menus


def test_a_menu_that_is_no_longer_published_goes_with_its_alias(world: World) -> None:
    world.publishes(menu("main", default=True), menu("extra"), languages=("zh-TW",))
    world.works()
    mina = world.friend("Mina")
    contact = world.contact(mina, menu_wanted="extra/zh-TW", menu_due_at=world.clock.now())
    world.works()
    world.publishes(menu("main", default=True), languages=("zh-TW",))
    for _ in range(3):
        world.clock.advance(LATER)
        world.works()
    assert set(world.at_line()) == {"main/zh-TW"}
    assert set(world.line.menus.aliases) == {alias_of("main/zh-TW")}
    known = world.looks_at(contact)
    assert (known.menu_wanted, known.menu_linked, known.menu_due_at) == (None, None, None)
    assert mina.state.rich_menu_id is None


def test_without_a_default_menu_there_is_none(world: World) -> None:
    world.publishes(menu("main", default=True), languages=("zh-TW",))
    world.works()
    world.publishes()
    for _ in range(2):
        world.clock.advance(LATER)
        world.works()
    assert world.line.menus.default_id is None
    assert world.line.menus.menus == {}


def test_another_default_takes_over_without_new_menus(world: World) -> None:
    world.publishes(menu("a", default=True), menu("b"), languages=("zh-TW",))
    world.works()
    world.publishes(menu("a"), menu("b", default=True), languages=("zh-TW",))
    world.works()
    assert world.line.menus.default_id == world.at_line()["b/zh-TW"]
    assert world.calls("richmenu.create") == 2


def test_an_earlier_look_comes_back(world: World) -> None:
    for colour in ("red", "blue", "red"):
        world.publishes(menu("main", colour, default=True), languages=("zh-TW",))
        world.works()
        for _ in range(2):
            world.clock.advance(LATER)
            world.works()
    (there,) = world.line.menus.menus.values()
    from tests.bot.chores.world import picture

    assert there.picture == picture("red")
    assert world.line.menus.default_id == there.rich_menu_id


def test_going_back_at_once_keeps_the_menu_that_is_still_there(world: World) -> None:
    for colour in ("red", "blue", "red"):
        world.publishes(menu("main", colour, default=True), languages=("zh-TW",))
        world.works()
    assert world.calls("richmenu.create") == 2
    for _ in range(2):
        world.clock.advance(LATER)
        world.works()
    assert len(world.line.menus.menus) == 1


class Killed(BaseException):
    """The process dies here."""


class DyingMenus(MenuCalls):
    """Dies right after LINE has done what was asked."""

    def create(self, body: Mapping[str, Any]) -> MenuId | Failure:
        super().create(body)
        raise Killed

    def upload(self, line_menu_id: str, picture: bytes, *, content_type: str) -> Accepted | Failure:
        super().upload(line_menu_id, picture, content_type=content_type)
        raise Killed


class DyingAtUpload(DyingMenus):
    create = MenuCalls.create


@pytest.mark.parametrize("dying", [DyingMenus, DyingAtUpload])
def test_a_death_between_two_calls_leaves_no_orphan(world: World, dying: type[MenuCalls]) -> None:
    world.publishes(menu("main", default=True), languages=("zh-TW",))
    messenger = world.connects()
    messenger.menus = dying(messenger._client)
    doomed = world.hires(messenger)
    with pytest.raises(Killed):
        doomed.step()
    messenger.close()
    assert world.works() == 0, "its lease is still running"
    world.clock.advance(timedelta(seconds=61))
    world.works()
    assert len(world.line.menus.menus) == 1
    assert world.line.menus.default_id in world.line.menus.menus
    assert world.calls("richmenu.create") == 1


@pytest.mark.parametrize("trouble", [Do.DROP_AFTER, Do.ERROR_BEFORE])
@pytest.mark.parametrize(
    "endpoint", ["richmenu.create", "richmenu.upload", "alias.list", "alias.create", "default.set"]
)
def test_trouble_with_any_call_is_overcome(world: World, endpoint: str, trouble: Do) -> None:
    world.publishes(menu("main", default=True), languages=("zh-TW",))
    world.line.faults.order(endpoint, trouble)
    for _ in range(3):
        world.works()
        world.clock.advance(LATER)
    (id_,) = world.line.menus.menus
    assert world.line.menus.default_id == id_
    assert world.line.menus.aliases == {alias_of("main/zh-TW"): id_}
    assert world.rows()["main/zh-TW"].error is None


def test_a_refused_menu_fails_visibly_and_the_old_one_stays(world: World) -> None:
    world.publishes(menu("main", "red", default=True), languages=("zh-TW",))
    world.works()
    old = world.line.menus.default_id
    world.line.faults.order(
        "richmenu.upload", Do.REFUSE, message="The image size is not allowed for richmenu"
    )
    world.publishes(menu("main", "blue", default=True), languages=("zh-TW",))
    for _ in range(3):
        world.works()
        world.clock.advance(LATER)
    row = world.rows()["main/zh-TW"]
    assert (row.status, row.error) == (
        MenuStatus.FAILED,
        "400: The image size is not allowed for richmenu",
    )
    assert world.line.menus.default_id == old
    world.hires().step()
    world.works()
    assert world.rows()["main/zh-TW"].status is MenuStatus.READY, "a restart tries once more"


def test_a_default_that_line_refuses_is_an_error_and_the_menu_works_all_the_same(world: World) -> None:
    world.line.faults.order("default.set", Do.REFUSE, status=403, message="set in the manager")
    world.publishes(menu("main", default=True), languages=("zh-TW",))
    world.works()
    row = world.rows()["main/zh-TW"]
    assert (row.status, row.error) == (MenuStatus.READY, "403: set in the manager")


def test_a_menu_that_somebody_deleted_at_line_is_made_again(world: World) -> None:
    world.publishes(menu("main"), languages=("zh-TW",))
    world.works()
    old = world.at_line()["main/zh-TW"]
    world.line.menus.drop(old)
    mina = world.friend("Mina")
    world.contact(mina, menu_wanted="main/zh-TW", menu_due_at=world.clock.now())
    for _ in range(3):
        world.works()
        world.clock.advance(LATER)
    new = world.at_line()["main/zh-TW"]
    assert new != old
    assert mina.state.rich_menu_id == new


def test_no_more_menus_are_made_in_an_hour_than_line_lets_us(database: Database, tmp_path: Path) -> None:
    world = World(database, tmp_path, rate_scale=1.0)
    world.publishes(*(menu(f"m{number}") for number in range(60)), languages=("zh-TW",))
    for _ in range(120):
        world.works()
        world.clock.advance(60)
        if len(world.at_line()) == 60:
            break
    assert len(world.at_line()) == 60
    assert world.calls("richmenu.create") == 60, "none was refused"
    world.close()


def test_two_processes_do_it_once(world: World) -> None:
    world.publishes(menu("main", default=True), menu("other"))
    first, second = world.hires(), world.hires()
    while first.step() + second.step():
        pass
    assert world.calls("richmenu.create") == 4
    assert len(world.at_line()) == 4


def test_while_our_token_is_refused_nobody_is_asked(world: World) -> None:
    from sqlalchemy import update

    from line.channels import Channel

    with world.database.write() as session:
        session.execute(update(Channel).values(sending_stopped_at=world.clock.now()))
    world.publishes(menu("main"), languages=("zh-TW",))
    world.works()
    assert world.line.log.total == 0
