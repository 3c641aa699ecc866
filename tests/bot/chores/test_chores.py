"""All chores together, and the profiles that nobody waited for."""

import threading
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.search_indexer import SearchIndexer
from contacts import search_index
from contacts.models import Contact, Following
from core.ids import new_public_id
from segmentation.models import Membership, Segment
from simulator.faults import Do
from tests.bot.chores.world import NOON, World, menu


def test_a_due_profile_is_fetched(world: World) -> None:
    contact = world.contact(world.friend("Mina"), profile_due_at=world.clock.now())
    world.works()
    known = world.looks_at(contact)
    assert (known.display_name, known.language) == ("Mina", "zh-TW")
    assert (known.profile_fetched_at, known.profile_due_at) == (world.clock.now(), None)


def test_whose_language_is_told_later_is_asked_about_by_the_segments_that_read_it(world: World) -> None:
    """Friends of before come by `import followers`, without a language: they were in no such segment until night."""
    contact = world.contact(world.friend("Mina"))
    with world.database.write() as session:
        segment = Segment(
            public_id=new_public_id(),
            channel_id=world.channel_id,
            key="taiwan",
            labels={},
            rule={"language": "zh-TW"},
            created_at=NOON,
            changed_at=NOON,
            sweep_due_at=NOON,
            sweep_because="rule",
        )
        session.add(segment)
    world.works()
    world.changes(contact, profile_due_at=world.clock.now())
    world.works()
    assert world.looks_at(contact).language == "zh-TW"
    with world.database.read() as session:
        (stay,) = session.scalars(sa.select(Membership))
        assert (stay.contact_id, stay.entered_because, stay.left_at) == (contact, "language", None)


def test_who_does_not_tell_is_asked_again_tomorrow(world: World) -> None:
    mina = world.friend("Mina")
    mina.unfollows()
    contact = world.contact(mina, profile_due_at=world.clock.now(), following=Following.BLOCKED)
    world.works()
    known = world.looks_at(contact)
    assert known.display_name is None
    assert known.profile_due_at == world.clock.now() + timedelta(days=1)


def test_who_never_tells_is_asked_less_often_until_they_follow_again(world: World) -> None:
    """A friend without consent was asked for every day, for ever."""
    mina = world.friend("Mina")
    mina.unfollows()
    contact = world.contact(mina, profile_due_at=world.clock.now())

    def days_until_asked_again() -> int:
        world.works()
        due_at = world.looks_at(contact).profile_due_at
        assert due_at is not None
        waits = due_at - world.clock.now()
        world.clock.advance(waits)
        return waits.days

    assert [days_until_asked_again() for _ in range(8)] == [1, 1, 2, 4, 8, 16, 30, 30]
    with world.database.write() as session:
        session.get_one(Contact, contact).following_since_at = world.clock.now()
    assert [days_until_asked_again() for _ in range(3)] == [1, 1, 2]


@pytest.mark.parametrize("trouble", [Do.ERROR_BEFORE, Do.DROP_BEFORE, Do.RATE_429])
def test_while_line_does_not_answer_one_question_is_enough(world: World, trouble: Do) -> None:
    world.line.faults.order("profile", trouble, times=100)
    contacts = [world.contact(world.friend(f"p{n}"), profile_due_at=world.clock.now()) for n in range(5)]
    world.chores.step()
    assert world.line.faults.pending == 99
    world.line.faults.clear()
    world.clock.advance(timedelta(minutes=11))
    world.works()
    assert all(world.looks_at(contact).display_name for contact in contacts)


def test_a_round_takes_no_more_than_a_score_of_profiles(world: World) -> None:
    for number in range(30):
        world.contact(world.friend(f"p{number}"), profile_due_at=world.clock.now())
    world.chores.step()
    assert world.calls("profile") == 20


def test_chores_run_by_themselves_until_they_are_stopped(world: World) -> None:
    contact = world.contact(world.friend("Mina"), profile_due_at=world.clock.now())
    world.publishes(menu("main", default=True), languages=("zh-TW",))
    world.chores.start()
    until = time.monotonic() + 10
    while time.monotonic() < until and not (
        world.line.menus.default_id and world.looks_at(contact).display_name
    ):
        time.sleep(0.02)
    world.chores.stop()
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("chores-")] == []
    assert world.looks_at(contact).display_name == "Mina"
    assert world.line.menus.default_id is not None


def test_a_full_page_is_followed_at_once_and_a_partial_one_lets_more_gather(world: World) -> None:
    """A round over ten rows costs little more than one over a single row."""
    indexer = SearchIndexer(world.database)
    for number in range(search_index.PAGE + 1):
        world.contact(world.friend(f"p{number}"), display_name="Mina")
    assert (indexer.step(), indexer.is_pressed()) == (search_index.PAGE, True)
    assert (indexer.step(), indexer.is_pressed()) == (1, False)
