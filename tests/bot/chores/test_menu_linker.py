"""Contacts get the menu they should have, and LINE is asked as seldom as can be."""

from datetime import timedelta

import pytest

from contacts.models import Contact, Following
from contacts.service import follow
from line.answers import Accepted, Failure
from line.menu_calls import MenuCalls
from simulator.faults import Do
from tests.bot.chores.world import World, menu


@pytest.fixture(autouse=True)
def published(world: World) -> None:
    world.publishes(menu("main", "red", default=True), menu("vip", "blue"), languages=("zh-TW",))
    world.works()


def wants(world: World, name: str, wanted: str | None, **values: object) -> int:
    return world.contact(world.friend(name), menu_wanted=wanted, menu_due_at=world.clock.now(), **values)


def test_somebody_gets_a_menu_of_their_own_and_the_default_one_again(world: World) -> None:
    contact = wants(world, "Mina", "vip/zh-TW")
    world.works()
    known = world.looks_at(contact)
    assert (known.menu_linked, known.menu_due_at) == (world.at_line()["vip/zh-TW"], None)
    assert world.friend("Mina").state.rich_menu_id == known.menu_linked
    world.changes(contact, menu_wanted=None, menu_due_at=world.clock.now())
    world.works()
    known = world.looks_at(contact)
    assert (known.menu_linked, known.menu_due_at) == (None, None)
    assert world.friend("Mina").state.rich_menu_id is None


@pytest.mark.parametrize(("people", "single", "bulk"), [(20, 20, 0), (21, 0, 1), (501, 1, 1)])
def test_many_who_wait_for_the_same_are_linked_in_bulk(
    world: World, people: int, single: int, bulk: int
) -> None:
    contacts = [wants(world, f"p{number}", "vip/zh-TW") for number in range(people)]
    world.works()
    assert (world.calls("richmenu.link"), world.calls("richmenu.bulk_link")) == (single, bulk)
    vip = world.at_line()["vip/zh-TW"]
    assert {world.looks_at(contact).menu_linked for contact in contacts} == {vip}
    assert {person.state.rich_menu_id for person in world.line.everyone()} == {vip}


def test_many_are_unlinked_in_bulk_too(world: World) -> None:
    for number in range(25):
        wants(world, f"p{number}", None, menu_linked="richmenu-old")
    world.works()
    assert (world.calls("richmenu.unlink"), world.calls("richmenu.bulk_unlink")) == (0, 1)


def test_one_whom_line_does_not_like_does_not_keep_it_from_the_others(world: World) -> None:
    contacts = [wants(world, f"p{number}", "vip/zh-TW") for number in range(30)]
    world.changes(contacts[7], line_user_id="U-not-an-id")
    for _ in range(4):
        world.works()
        world.clock.advance(10)
    linked = [world.looks_at(contact).menu_linked is not None for contact in contacts]
    assert linked.count(False) == 1
    assert world.looks_at(contacts[7]).menu_due_at is None


def test_who_has_blocked_us_is_left_out(world: World) -> None:
    contact = wants(world, "Mina", "vip/zh-TW", following=Following.BLOCKED)
    world.works()
    assert world.calls("richmenu.link") == 0
    assert world.looks_at(contact).menu_due_at is None


def test_who_comes_back_is_linked_anew(world: World) -> None:
    mina = world.friend("Mina")
    contact = wants(world, "Mina", "vip/zh-TW")
    world.works()
    mina.unfollows()
    mina.state.rich_menu_id = None  # LINE may forget it
    mina.follows()
    with world.database.write() as session:
        follow(session.get_one(Contact, contact), at=world.clock.now())
    world.works()
    assert mina.state.rich_menu_id == world.at_line()["vip/zh-TW"]


@pytest.mark.parametrize("trouble", [Do.DROP_AFTER, Do.ERROR_BEFORE, Do.RATE_429])
@pytest.mark.parametrize(("people", "endpoint"), [(1, "richmenu.link"), (25, "richmenu.bulk_link")])
def test_a_call_without_an_answer_is_made_again(
    world: World, people: int, endpoint: str, trouble: Do
) -> None:
    contacts = [wants(world, f"p{number}", "vip/zh-TW") for number in range(people)]
    world.line.faults.order(endpoint, trouble)
    world.works()
    world.clock.advance(timedelta(minutes=2))
    world.works()
    assert {world.looks_at(contact).menu_due_at for contact in contacts} == {None}
    assert world.calls(endpoint) >= 1
    assert len({world.looks_at(contact).menu_linked for contact in contacts}) == 1


def test_a_menu_that_is_not_there_yet_is_waited_for(world: World) -> None:
    contact = wants(world, "Mina", "vip/zh-TW")
    world.line.faults.order("richmenu.upload", Do.ERROR_BEFORE, times=3)
    world.publishes(menu("main", "red", default=True), menu("vip", "green"), languages=("zh-TW",))
    world.works()
    assert world.looks_at(contact).menu_linked is None
    for _ in range(8):
        world.clock.advance(20)
        world.works()
    assert world.looks_at(contact).menu_linked == world.at_line()["vip/zh-TW"]


def test_a_menu_that_nobody_has_written_down_yet_is_waited_for_as_briefly(world: World) -> None:
    """As when the first friend writes in the second in which the program starts."""
    contact = wants(world, "Mina", "gold/zh-TW")
    world.publishes(menu("main", "red", default=True), menu("gold", "green"), languages=("zh-TW",))
    assert world.hires().kinds["links"]() == 1
    world.works()
    world.clock.advance(5)
    world.works()
    assert world.looks_at(contact).menu_linked == world.at_line()["gold/zh-TW"]


class ChangingMenus(MenuCalls):
    """While LINE links somebody, they come to want something else."""

    def __init__(self, world: World, contact: int) -> None:
        super().__init__(world.messenger._client)
        self._world = world
        self._contact = contact
        self._has_changed = False

    def link(self, user_id: str, line_menu_id: str) -> Accepted | Failure:
        answer = super().link(user_id, line_menu_id)
        if not self._has_changed:
            self._has_changed = True
            self._world.changes(self._contact, menu_wanted="main/zh-TW", menu_due_at=self._world.clock.now())
        return answer


def test_a_wish_that_changes_meanwhile_is_not_lost(world: World) -> None:
    contact = wants(world, "Mina", "vip/zh-TW")
    messenger = world.connects()
    messenger.menus = ChangingMenus(world, contact)
    chores = world.hires(messenger)
    while chores.step():
        pass
    messenger.close()
    known = world.looks_at(contact)
    assert (known.menu_linked, known.menu_due_at) == (world.at_line()["main/zh-TW"], None)
    assert world.friend("Mina").state.rich_menu_id == world.at_line()["main/zh-TW"]


def test_two_processes_link_everybody_once(world: World) -> None:
    for number in range(15):
        wants(world, f"p{number}", "vip/zh-TW")
    first, second = world.hires(), world.hires()
    while first.step() + second.step():
        pass
    assert world.calls("richmenu.link") == 15
