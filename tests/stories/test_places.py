"""A location that somebody sends says where they are, until they take it back or somebody knows better."""

from pathlib import Path
from typing import Any

import pytest

from bot import privacy
from contacts.models import ContactField, FieldKind
from facts.models import ContactEvent
from line.channels import Channel
from segmentation.models import Membership
from simulator.person import Person
from tests.shop import ERASURE_KEY, Shop
from tests.stories.cafe import opens

SEGMENTS = """\
segments:
  - id: taipei
    label: In Taipei
    rule: {region: {prefecture: 臺北, city: 信義區}}
  - id: nearby
    label: Lately in Banqiao
    rule: {event: {name: place, where: {city: 板橋區}, within: 30d}}
"""


@pytest.fixture
def cafe(shop: Shop, tmp_path: Path) -> Shop:
    return opens(shop, tmp_path, {"segments.yaml": SEGMENTS})


@pytest.fixture
def mina(cafe: Shop) -> Person:
    mina = cafe.person("Mina", language="en")
    mina.follows()
    cafe.does_chores()
    return mina


def sends(cafe: Shop, person: Person, address: str, **more: Any) -> Any:
    entry = person.sends_location("", address, **more)
    cafe.does_chores()
    return entry


def known(cafe: Shop) -> dict[str, tuple[str | None, str]]:
    return {row.name: (row.text, row.source) for row in cafe.rows(ContactField)}


def places(cafe: Shop) -> list[dict[str, Any]]:
    rows = cafe.rows(ContactEvent, ContactEvent.key.endswith("/place"))
    return [row.properties for row in sorted(rows, key=lambda row: row.id)]


def test_a_location_is_a_fact_that_segments_ask_for(cafe: Shop, mina: Person) -> None:
    sends(cafe, mina, "110台灣臺北市信義區信義路五段7號", latitude=25.0339639, longitude=121.5644722)
    assert known(cafe) == {"prefecture": ("台北市", "place"), "city": ("信義區", "place")}
    (place,) = places(cafe)
    assert place == {"prefecture": "台北市", "city": "信義區", "latitude": 25.03396, "longitude": 121.56447}
    (stay,) = cafe.rows(Membership)
    assert stay.entered_because in {"field:city", "field:prefecture"}

    cafe.waits(minutes=1)
    sends(cafe, mina, "新北市板橋區府中路20號")
    assert known(cafe)["city"] == ("板橋區", "place"), "they are where they were last"
    assert [stay.left_at is None for stay in cafe.rows(Membership)] == [False, True]
    assert len(places(cafe)) == 2


def test_a_location_that_is_taken_back_takes_the_place_with_it(cafe: Shop, mina: Person) -> None:
    entry = sends(cafe, mina, "台北市信義區信義路五段7號")
    mina.unsends(entry)
    cafe.does_chores()
    assert (known(cafe), places(cafe)) == ({}, [])
    assert [stay.left_at is None for stay in cafe.rows(Membership)] == [False]


def test_a_place_that_was_sent_twice_stands_when_the_first_is_taken_back(cafe: Shop, mina: Person) -> None:
    entry = sends(cafe, mina, "台北市信義區信義路五段7號")
    cafe.waits(minutes=1)
    sends(cafe, mina, "台北市信義區松高路1號")
    mina.unsends(entry)
    cafe.does_chores()
    assert known(cafe) == {"prefecture": ("台北市", "place"), "city": ("信義區", "place")}


def test_no_half_of_a_place_is_taken_back(cafe: Shop, mina: Person) -> None:
    entry = sends(cafe, mina, "台北市信義區信義路五段7號")
    cafe.waits(minutes=1)
    other = sends(cafe, mina, "台北市大安區仁愛路四段1號")
    mina.unsends(entry)
    cafe.does_chores()
    assert known(cafe) == {"prefecture": ("台北市", "place"), "city": ("大安區", "place")}
    mina.unsends(other)
    cafe.does_chores()
    assert known(cafe) == {}


def test_the_location_before_counts_again_when_the_newest_is_taken_back(cafe: Shop, mina: Person) -> None:
    sends(cafe, mina, "新北市板橋區府中路20號")
    cafe.waits(minutes=1)
    first = sends(cafe, mina, "台北市信義區信義路五段7號")
    cafe.waits(minutes=1)
    sends(cafe, mina, "somewhere")
    cafe.waits(minutes=1)
    last = sends(cafe, mina, "台北市大安區仁愛路四段1號")
    mina.unsends(last)
    cafe.does_chores()
    assert known(cafe) == {"prefecture": ("台北市", "place"), "city": ("信義區", "place")}
    mina.unsends(first)
    cafe.does_chores()
    assert known(cafe) == {"prefecture": ("新北市", "place"), "city": ("板橋區", "place")}
    assert [stay.left_at is None for stay in cafe.rows(Membership)].count(True) == 1, "the segment followed"


def test_nothing_comes_back_where_somebody_else_knows_better(cafe: Shop, mina: Person) -> None:
    sends(cafe, mina, "新北市板橋區府中路20號")
    cafe.waits(minutes=1)
    last = sends(cafe, mina, "台北市大安區仁愛路四段1號")
    with cafe.database.write() as session:
        for row in session.query(ContactField).where(ContactField.name == "prefecture"):
            row.text, row.source = "高雄市", "staff:mei"
    mina.unsends(last)
    cafe.does_chores()
    assert known(cafe) == {"prefecture": ("高雄市", "staff:mei")}


def test_whoever_is_erased_was_nowhere(
    cafe: Shop, mina: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    sends(cafe, mina, "台北市信義區信義路五段7號")
    with cafe.database.read() as session:
        channel = session.get_one(Channel, cafe.channel_id)
    privacy.erase(cafe.database, channel, mina.user_id, key=ERASURE_KEY, now=cafe.now())
    assert (known(cafe), places(cafe)) == ({}, [])


@pytest.mark.parametrize("address", ["", "somewhere", "台北市", "Xinyi District, Taipei City, Taiwan"])
def test_what_an_address_does_not_say_is_not_known(cafe: Shop, mina: Person, address: str) -> None:
    sends(cafe, mina, "新北市板橋區府中路20號")
    cafe.waits(minutes=1)
    sends(cafe, mina, address)
    has_prefecture = "台北市" in address or "Taipei City" in address
    # No address says nothing; one without a district must not leave the district of another city behind.
    expected = (
        {"prefecture": ("台北市", "place")}
        if has_prefecture
        else {"prefecture": ("新北市", "place"), "city": ("板橋區", "place")}
    )
    assert known(cafe) == expected
    assert {"latitude", "longitude"} <= places(cafe)[-1].keys()


def test_whatever_else_is_known_of_where_they_live_stands(cafe: Shop, mina: Person) -> None:
    contact = cafe.contact(mina)
    with cafe.database.write() as session:
        session.add(
            ContactField(
                contact_id=contact.id,
                name="prefecture",
                kind=FieldKind.TEXT,
                text="高雄市",
                source="import:customers.csv",
                set_at=cafe.now(),
            )
        )
    sends(cafe, mina, "新北市板橋區府中路20號")
    assert known(cafe) == {"prefecture": ("高雄市", "import:customers.csv")}
    assert len(places(cafe)) == 1
    (stay,) = cafe.rows(Membership)
    assert stay.entered_because == "event:place"
