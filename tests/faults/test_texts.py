"""Words that are long, torn, or written in somebody's template language: kept and shown as they are."""

import json
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from contacts.models import Following
from contacts.timeline import EntryKind, TimelineEntry
from core.db import Database
from line.inbox import EventStatus, WebhookEvent
from line.units import Unit, measure
from tests.campaigns.office import Office
from tests.faults.test_deliveries import a_text, packed, said, signed
from tests.faults.test_events import HOSTILE_NAMES
from tests.shop import EXAMPLES, Shop

FAMILY = "👨‍👩‍👧"

WHOLE = {
    "families": FAMILY * 625,  # 5,000 units of UTF-16, of which no database must make half ones
    "emoji": "😀" * 2500,
    "every plane": "a好🏠\U0010ffff\U000e0041",
    "marks": "e\u0301\u0327 ก็ ก่ 각 \u1100\u1161\u11a8 Z͓͑ͫͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢",
    "directions": "\u202eevil\u2066 name\u2069\u200f",
    "invisible": "\u200b\u2060\ufeff\u00ad",
    "lines": "one\r\ntwo\rthree\u2028four\u2029five\x85six\x0bseven",
    "controls": "".join(map(chr, range(1, 32))) + "\x7f",
    "quotes": "'\"`\\ %s %(x)s {0} {{ x }} $1 $& :name ?",
    "not characters": "\ufffe\uffff\ufdd0",
}


@pytest.fixture
def agency(shop: Shop) -> Shop:
    shop.publishes(EXAMPLES / "rental")
    return shop


def test_every_text_comes_back_from_the_database_as_it_was_sent(agency: Shop) -> None:
    assert measure(WHOLE["families"], Unit.UTF16) == 5000
    events = [a_text(agency, words, after_ms=n - 100) for n, words in enumerate(WHOLE.values())]
    for body in (packed(*events), json.dumps({"destination": "U", "events": events}).encode()):
        assert agency.web.post("/callback", data=body, headers=signed(body)).status_code == 200
    agency.works()
    assert said(agency) == list(WHOLE.values())
    assert {event.status for event in agency.rows(WebhookEvent)} == {EventStatus.HANDLED}


def test_the_longest_answer_is_quoted_within_lines_limits(agency: Shop) -> None:
    """The simulated LINE refuses what is too long, and half pairs; so does what we check before."""
    for words in (FAMILY * 625, "😀" * 2500, FAMILY * 12):
        mina = agency.person(f"Mina {len(words)}")
        mina.follows()
        mina.taps("開始找房")
        mina.taps("其他")
        mina.says(words)
        assert mina.buttons == ["上一題", "取消"], "it is too long for a place, and asked again"
        mina.says("新竹市")
        for label in ("15,000 以下", "雅房", "越快越好", "沒有"):
            mina.taps(label)
        assert "請確認您的找房條件" in mina.sees[-1]
    assert [
        entry.status
        for entry in agency.simulator.line.log
        if "/message/" in entry.title and entry.status != 200
    ] == []


TWICE = b'{"destination":"U","destination":"V","events":[{"webhookEventId":"a","webhookEventId":"b",%s}]}'


def test_of_a_key_that_is_there_twice_the_last_counts_and_ids_may_be_numbers(agency: Shop) -> None:
    event = a_text(agency, "押金", key="unused")
    del event["webhookEventId"]
    body = (
        TWICE
        % orjson.dumps(event | {"message": {"id": 587126408315273472, "type": "text", "text": "押金"}})[1:-1]
    )
    for _ in range(2):
        assert agency.web.post("/callback", data=body, headers=signed(body)).status_code == 200
    agency.works()
    (kept,) = agency.rows(WebhookEvent)
    assert (kept.event_key, kept.status) == ("b", EventStatus.HANDLED)
    assert said(agency) == ["押金"]


def test_whose_first_sign_of_life_is_a_tap_is_served_and_greeted_when_the_follow_comes(agency: Shop) -> None:
    mina = agency.person("Mina")
    mina.posts_back("1|b|menu.main|find|")
    assert agency.contact(mina).following is Following.UNKNOWN
    assert len(mina.sees) >= 1
    taps = agency.rows(TimelineEntry, TimelineEntry.kind == EntryKind.TAPPED)
    assert len(taps) == 1
    agency.clock.advance(1)
    mina.follows()
    assert agency.contact(mina).following is Following.FOLLOWING
    assert {event.status for event in agency.rows(WebhookEvent)} == {EventStatus.HANDLED}


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Iterator[Office]:
    shop = Shop(database, media_dir=tmp_path / "media", ledger_size=None)
    yield Office(shop)
    shop.closes()


def test_a_name_fills_its_place_in_a_campaign_and_nothing_else(office: Office) -> None:
    people = [office.shop.person(name) for name in HOSTILE_NAMES if name.strip()]
    for person in people:
        person.follows()
    step = {
        "say": {"text": "{{ name }}，您好", "buttons": [{"label": "好", "id": "yes", "tag": "interest:new"}]}
    }
    office.sends(step)
    for person in people:
        kept = office.shop.contact(person).display_name
        assert kept is not None, repr(person.name)
        assert person.sees[-1] == f"{kept}，您好"
        assert "\ud83d" not in kept
        assert measure(kept, Unit.UTF16) <= 100 or person.name.startswith(kept)
        assert person.buttons[-1] == "好"
