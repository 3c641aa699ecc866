"""Rich menus that depend on business hours, when the shop opens and closes while nobody writes."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.menu_hours import follow_hours
from line.channels import Channel
from tests.handlers.workshop import FILES
from tests.playbook.folders import Files, write
from tests.shop import Shop
from tests.stories.customer import Customer

NIGHT_MENU = """\
bar: Night
size: [800, 540]
picture: main.png
when: {hours: closed}
areas:
  - {label: Leave a note, id: note, say: Tell us.}
"""
DEFAULT, CLUB, NIGHT = ["Book", "City rider"], ["Book", "Leave the club"], ["Leave a note"]


@pytest.fixture
def by_hours(workshop: Shop, tmp_path: Path) -> Shop:
    """The workshop, open from ten to eight; it is Tuesday noon."""
    files: Files = {**FILES, "rich_menus/night.yaml": NIGHT_MENU}
    workshop.publishes(write(tmp_path / "nights", files))
    workshop.waits(minutes=1)
    workshop.does_chores()
    return workshop


def friends(shop: Shop, *names: str) -> list[Customer]:
    several = [Customer(shop, name, language="en") for name in names]
    for one in several:
        one.follows()
    shop.does_chores()
    return several


def linked(shop: Shop) -> int:
    """Return how often LINE was asked to link or unlink somebody's menu."""
    ways = {"richmenu.link", "richmenu.unlink", "richmenu.bulk_link", "richmenu.bulk_unlink"}
    return sum(entry.reason in ways for entry in shop.simulator.line.log)


def test_menus_change_when_the_shop_closes_and_opens(by_hours: Shop) -> None:
    ann, bob = friends(by_hours, "Ann", "Bob")
    assert [ann.person.menu, bob.person.menu] == [DEFAULT, DEFAULT]
    by_hours.waits(hours=7, minutes=58)
    by_hours.does_chores()
    assert ann.person.menu == DEFAULT, "one minute to eight"
    by_hours.waits(minutes=2)
    by_hours.does_chores()
    assert [ann.person.menu, bob.person.menu] == [NIGHT, NIGHT]
    by_hours.waits(hours=14)
    by_hours.does_chores()
    assert [ann.person.menu, bob.person.menu] == [DEFAULT, DEFAULT]


def test_only_those_are_linked_whose_menu_is_another(by_hours: Shop) -> None:
    ann, bob = friends(by_hours, "Ann", "Bob")
    bob.taps("Club")
    by_hours.does_chores()
    assert bob.person.menu == CLUB, "a step has linked it for good"
    before = linked(by_hours)
    by_hours.waits(hours=9)
    by_hours.does_chores()
    assert (ann.person.menu, bob.person.menu) == (NIGHT, CLUB)
    assert linked(by_hours) == before + 1
    by_hours.waits(hours=1)
    by_hours.does_chores()
    assert linked(by_hours) == before + 1, "closed as before"


def test_many_are_linked_in_bulk(by_hours: Shop) -> None:
    several = friends(by_hours, *(f"p{number}" for number in range(22)))
    before = linked(by_hours)
    by_hours.waits(hours=9)
    by_hours.does_chores()
    assert {tuple(one.person.menu) for one in several} == {tuple(NIGHT)}
    assert linked(by_hours) == before + 1


def test_a_closing_that_was_slept_through_counts_too(by_hours: Shop) -> None:
    (ann,) = friends(by_hours, "Ann")
    by_hours.waits(hours=72 + 9)
    by_hours.does_chores()
    assert ann.person.menu == NIGHT


def test_whoever_comes_at_night_has_the_menu_of_the_night_until_the_morning(by_hours: Shop) -> None:
    by_hours.waits(hours=9)
    by_hours.does_chores()
    (ann,) = friends(by_hours, "Ann")
    assert ann.person.menu == NIGHT
    by_hours.waits(hours=14)
    by_hours.does_chores()
    assert ann.person.menu == DEFAULT


def test_without_menus_by_hours_nobody_is_looked_at(workshop: Shop) -> None:
    workshop.does_chores()
    workshop.waits(hours=9)
    channels = workshop.rows(Channel)
    assert [(channel.menus_sweep_at, channel.menus_open) for channel in channels] == [(None, None)]


def test_a_clock_that_is_behind_that_of_the_scheduler_misses_no_closing(by_hours: Shop) -> None:
    (ann,) = friends(by_hours, "Ann")
    by_hours.waits(hours=7, minutes=58)
    by_hours.does_chores()
    by_hours.clock.advance(timedelta(seconds=50))
    assert follow_hours(by_hours.database, by_hours.now() + timedelta(seconds=20)) == 1, (
        "its clock strikes eight"
    )
    by_hours.does_chores()
    by_hours.waits(minutes=5)
    by_hours.does_chores()
    assert ann.person.menu == NIGHT
