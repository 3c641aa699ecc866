"""Whatever LINE may send, in whatever order: it is stored, handled, and parks nothing."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa

from contacts.models import Contact, Following
from core.db import Base
from line.inbox import EventStatus, WebhookEvent
from line.outbox import Outgoing
from simulator.person import Person
from simulator.server import TEST_SECRET
from simulator.webhooks import sign
from tests.shop import EXAMPLES, Shop

PAYLOADS = sorted((Path(__file__).parent.parent / "payloads").glob("*.json"))


@pytest.fixture
def agency(shop: Shop) -> Shop:
    shop.publishes(EXAMPLES / "rental")
    return shop


def posts(shop: Shop, *events: Any) -> None:
    """Post events as one signed body, as they are, and let the worker handle them."""
    body = json.dumps({"destination": "U" + "0" * 32, "events": events}).encode()
    answer = shop.web.post("/callback", data=body, headers={"x-line-signature": sign(TEST_SECRET, body)})
    assert answer.status_code == 200
    shop.works()


def with_steps_back(shop: Shop, person: Person, act: str) -> Any:
    """Return the event of an act, kept from being delivered."""
    with shop.simulator.line.webhooks.hold() as events:
        getattr(person, act)()
    return events[0]


def test_an_older_follow_after_a_newer_unfollow_changes_nothing(agency: Shop) -> None:
    mina = agency.person("Mina")
    follow = with_steps_back(agency, mina, "follows")
    agency.clock.advance(1)
    unfollow = with_steps_back(agency, mina, "unfollows")
    posts(agency, unfollow)
    posts(agency, follow)
    assert agency.contact(mina).following is Following.BLOCKED
    assert agency.rows(Outgoing) == []
    agency.clock.advance(1)
    mina.follows()
    assert agency.contact(mina).following is Following.FOLLOWING


def test_a_text_before_the_follow_makes_a_contact_whom_the_follow_greets(agency: Shop) -> None:
    mina = agency.person("Mina")
    follow = with_steps_back(agency, mina, "follows")
    agency.clock.advance(1)
    mina.says("押金")
    assert agency.contact(mina).following is Following.UNKNOWN
    posts(agency, follow)
    assert agency.contact(mina).following is Following.FOLLOWING
    assert len(mina.sees) == 2


def test_ten_events_in_one_body_are_taken_in_the_order_of_their_time(agency: Shop) -> None:
    mina = agency.person("Mina")
    mina.follows()
    with agency.simulator.line.webhooks.hold() as events:
        for number in range(10):
            agency.clock.advance(0.01)
            mina.says(f"text {number}")
    posts(agency, *reversed(events), *events)
    with agency.database.read() as session:
        told = session.scalars(
            sa.text("SELECT text FROM timeline_entries WHERE kind = 'received' ORDER BY id")
        ).all()
    assert told == [f"text {number}" for number in range(10)]


def test_who_followed_before_anything_was_published_is_a_follower(shop: Shop) -> None:
    mina, ken = shop.person("Mina"), shop.person("Ken")
    mina.follows()
    ken.follows()
    shop.clock.advance(1)
    ken.unfollows()
    assert shop.contact(mina).following is Following.FOLLOWING
    assert shop.contact(ken).following is Following.BLOCKED
    shop.publishes(EXAMPLES / "rental")
    shop.clock.advance(1)
    mina.unfollows()
    shop.clock.advance(1)
    mina.follows()
    assert shop.contact(mina).times_followed == 2


def test_on_standby_following_is_recorded_and_nothing_is_sent(agency: Shop) -> None:
    mina = agency.person("Mina")
    mina.state.is_standby = True
    mina.follows()
    mina.says("押金")
    mina.posts_back("1|b|greeting.new|find|")
    assert agency.contact(mina).following is Following.FOLLOWING
    agency.clock.advance(1)
    mina.unfollows()
    assert agency.contact(mina).following is Following.BLOCKED
    assert agency.rows(Outgoing) == []
    assert mina.sees == []


@pytest.mark.parametrize("unsends_first", [False, True])
def test_a_message_taken_back_is_in_no_table_any_more(agency: Shop, unsends_first: bool) -> None:
    mina = agency.person("Mina")
    mina.follows()
    with agency.simulator.line.webhooks.hold() as events:
        entry = mina.says("my secret illness")
        agency.clock.advance(1)
        mina.unsends(entry)
    said, unsent = events
    for event in (unsent, said) if unsends_first else (said, unsent):
        posts(agency, event)
    assert {event.status for event in agency.rows(WebhookEvent)} == {EventStatus.HANDLED}
    assert [where for where in everything_kept(agency) if "secret" in where] == []


@pytest.mark.parametrize("unsends_first", [False, True])
def test_neither_is_what_a_message_was_changed_to(agency: Shop, unsends_first: bool) -> None:
    mina = agency.person("Mina")
    mina.follows()
    with agency.simulator.line.webhooks.hold() as events:
        entry = mina.says("never mind")
        agency.clock.advance(2)
        mina.unsends(entry)
    said, unsent = events
    words = {"id": entry.message_id, "type": "text", "text": "my secret illness"}
    edited = said | {
        "type": "messageEdited",
        "webhookEventId": "edited",
        "timestamp": said["timestamp"] + 1000,
        "message": words,
    }
    for event in (said, unsent, edited) if unsends_first else (said, edited, unsent):
        posts(agency, event)
    assert {event.status for event in agency.rows(WebhookEvent)} == {EventStatus.HANDLED}
    assert [where for where in everything_kept(agency) if "secret" in where] == []


def everything_kept(shop: Shop) -> Iterator[str]:
    """Return every row of every table as text."""
    with shop.database.read() as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(sa.select(table)):
                yield f"{table.name}: {tuple(row)!r}"  # a row itself shortens what it shows


HOSTILE_NAMES = (
    "👨‍👩‍👧" * 334,
    "\u202eevil\u2066 name\u2069",
    "<script>alert(1)</script><b>",
    "{{ contact.display_name }} {% raw %}",
    "{{ 'x' | times: 99999999999999999999 }}",
    "' OR 1=1 --",
    "$& $1 \\1 %s {0}",
    "zero\x00byte",
    "half \ud83d pair",
    " ",
    "\n\n\n",
)


def test_no_name_keeps_anybody_from_being_served(agency: Shop) -> None:
    for name in HOSTILE_NAMES:
        person = agency.person(name)
        person.follows()
        assert len(person.sees) == 1, name
        person.says("押金")
        assert len(person.sees) == 2, name
        kept = agency.contact(person).display_name
        assert kept is None or name.startswith(kept[:5].replace("\ufffd", name[4:5])) or len(kept) <= 100
    assert {event.status for event in agency.rows(WebhookEvent)} == {EventStatus.HANDLED}


def test_a_name_is_shown_as_it_is_and_fills_in_nothing(agency: Shop) -> None:
    person = agency.person("{{ account }}")
    person.follows()
    assert "{{ account }}" in person.sees[0]


def test_a_language_that_is_none_keeps_nobody_from_being_served(agency: Shop) -> None:
    for language in ("", "x" * 400, "zh-TW\x00", "../../etc", "ZH_hant_tw", "12"):
        person = agency.person(f"Person {language[:20]}", language=language)
        person.follows()
        assert len(person.sees) == 1, language
    assert {event.status for event in agency.rows(WebhookEvent)} == {EventStatus.HANDLED}


STRANGE: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    2**53,
    2**63,
    2**70,
    1.5,
    "",
    " ",
    "x" * 5000,
    "zero\x00byte",
    "half \ud83d pair",
    "1|b|%00|x|",
    "1|a|x|1|x|x",
    [],
    {},
    [1],
    {"a": {"b": []}},
)


def spoilt(value: Any, random: Random) -> Any:
    """Return the JSON value with one thing in it made strange, left out, or added."""
    if isinstance(value, dict) and value and random.random() < 0.9:
        key = random.choice(sorted(value))
        if random.random() < 0.15:
            return {name: each for name, each in value.items() if name != key}
        return value | {key: spoilt(value[key], random)}
    if isinstance(value, list) and value and random.random() < 0.7:
        index = random.randrange(len(value))
        return [*value[:index], spoilt(value[index], random), *value[index + 1 :]]
    return random.choice(STRANGE)


def test_no_signed_event_however_strange_is_parked_or_lost(agency: Shop) -> None:
    random = Random(20270301)
    real = [event for path in PAYLOADS for event in json.loads(path.read_bytes())["events"]]
    person = agency.person("Mina")
    person.follows()
    sent = 0
    for number in range(300):
        event = random.choice(real)
        event = event | {
            "webhookEventId": f"strange {number}",
            "source": {"type": "user", "userId": person.user_id},
        }
        for _ in range(random.randint(1, 3)):
            event = spoilt(event, random)
        if isinstance(event, dict):
            posts(agency, event)
            sent += 1
    parked = [
        (event.error, event.body)
        for event in agency.rows(WebhookEvent)
        if event.status is not EventStatus.HANDLED
    ]
    assert parked == []
    assert len(agency.rows(WebhookEvent)) > sent * 0.8  # some have become the same
    assert len(agency.rows(Contact)) >= 1
