"""Menus by tag, menus that a step links, and areas that set tags."""

from tests.shop import Shop
from tests.stories.customer import Customer


def test_a_tag_brings_its_menu_and_takes_it_away(workshop: Shop, rider: Customer) -> None:
    workshop.does_chores()
    assert rider.person.menu == ["Book", "City rider"]
    assert rider.taps("Club") == ["You are in the club."]
    workshop.does_chores()
    assert rider.person.menu == ["Book", "Leave the club"]
    assert rider.taps("Leave the club") == ["Bye."]
    workshop.does_chores()
    assert rider.person.menu == ["Book", "Leave the club"], "a step has linked it, whatever the tags say"


def test_an_area_may_set_a_tag_and_say_something(workshop: Shop, rider: Customer) -> None:
    workshop.does_chores()
    assert rider.taps("City rider") == ["Noted."]
    assert "rider:city" in rider.tags


def test_a_single_choice_group_replaces(workshop: Shop, rider: Customer) -> None:
    workshop.does_chores()
    rider.taps("Club")
    rider.says("menu")
    assert rider.buttons == ["Book", "Leave the club"]
    assert "rider:road" in rider.tags
    rider.posts_back("1|b|menu.main|city|")
    assert rider.tags == {"vip", "rider:city"}


def test_a_menu_of_old_that_is_still_on_the_phone_works(workshop: Shop, rider: Customer) -> None:
    """LINE may show an old menu for a while; its areas go on meaning what they say."""
    workshop.does_chores()
    old = workshop.simulator.line.menus.shown_to(rider.person.state)
    assert old is not None
    rider.taps("Club")
    workshop.does_chores()
    rider.person.performs(old.body["areas"][1]["action"])
    assert rider.person.sees[-1] == "Noted."
