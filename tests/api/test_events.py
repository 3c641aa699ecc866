"""What people did elsewhere is told once, whoever tells it twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.limits import WRITTEN_AT_ONCE
from facts.models import ContactEvent
from simulator.person import Person
from staff.models import AuditEntry
from tests.api.program import Program, faults, problem
from tests.shop import Shop


def told(shop: Shop) -> list[ContactEvent]:
    return [*shop.rows(ContactEvent, ContactEvent.source.like("api:%"))]


def test_one_event_is_recorded_and_its_repetition_changes_nothing(
    shop: Shop, till: Program, mina: Person
) -> None:
    event = {
        "event": "coupon_used",
        "line_user_id": mina.user_id,
        "key": "till-7/receipt-4711",
        "at": "2026-11-20T18:30:00+08:00",
        "properties": {"coupon": "AUTUMN", "amount": 120.5, "new": True, "drinks": ["黑糖鮮奶", "四季春"]},
    }
    first = till.sends("POST", "events", event)
    assert (first["recorded"], first["repeated"], first["refused"]) == (1, 0, 0)
    again = till.sends("POST", "events", {**event, "properties": {}, "event": "coupon_lost"})
    assert (again["recorded"], again["repeated"], again["refused"]) == (0, 1, 0)
    (row,) = told(shop)
    assert row.contact_id == shop.contact(mina).id
    assert row.at.isoformat() == "2026-11-20T10:30:00+00:00"
    assert row.properties == event["properties"]
    assert row.source == "api:till"
    (entry,) = shop.rows(AuditEntry, AuditEntry.action == "api.track")
    assert (entry.by, entry.detail) == ("mei", {"via": "till", "count": 1})


def test_a_batch_tells_of_each_what_became_of_it(shop: Shop, till: Program, mina: Person) -> None:
    contact_id = shop.contact(mina).public_id
    good = {"event": "visited", "contact_id": contact_id, "key": "v-1"}
    answer = till.sends(
        "POST",
        "events",
        {
            "events": [
                good,
                good,
                {**good, "key": "v-2", "line_user_id": mina.user_id},
                {**good, "key": "v-3", "event": "Visited"},
                {"event": "visited", "customer_id": "C-404", "key": "v-4"},
                {**good, "key": "v-5", "at": (shop.now() + timedelta(hours=1)).isoformat()},
                {**good, "key": "v-6", "event": "tap"},
                {**good, "key": "v-7", "properties": {"basket": {"tea": 1}}},
                {**good, "key": "v-8", "at": "yesterday"},
                {**good, "key": "v-9", "colour": "red"},
                "not an event",
                {**good, "key": "v-10"},
            ]
        },
    )
    assert [one["outcome"] for one in answer["items"]] == [
        "recorded", "repeated", *["refused"] * 9, "recorded",
    ]  # fmt: skip
    assert [one["key"] for one in answer["items"]][:4] == ["v-1", "v-1", "v-2", "v-3"]
    at_fault = [[one["field"] for one in item["errors"] or []] for item in answer["items"]]
    assert at_fault == [
        [], [], ["body"], ["event"], ["customer_id"], ["at"], ["event"], ["properties"], ["at"], ["colour"], ["body"], [],
    ]  # fmt: skip
    assert (answer["recorded"], answer["repeated"], answer["refused"]) == (2, 1, 9)
    assert {row.key for row in told(shop)} == {"api:v-1", "api:v-10"}


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"event": "Coupon Used"}, "event"),
    ({"event": "message"}, "event"),
    ({"key": ""}, "key"),
    ({"key": "x" * 121}, "key"),
    ({"key": "a\x00b"}, "key"),
    ({"key": None}, "key"),
    ({"at": "2026-11-20T18:30:00"}, "at"),
    ({"at": "2026-02-30T18:30:00Z"}, "at"),
    ({"at": "0001-01-01T00:00:00+14:00"}, "at"),
    ({"at": 1763634600}, "at"),
    ({"properties": {"Name": "x"}}, "properties"),
    ({"properties": {f"p{n}": n for n in range(21)}}, "properties"),
    ({"properties": {"big": 2**63}}, "properties"),
    ({"contact_id": "x"}, "body"),
    ({"line_user_id": None}, "body"),
]


def test_a_faulty_event_is_refused_by_field(shop: Shop, till: Program, mina: Person) -> None:
    event = {"event": "coupon_used", "line_user_id": mina.user_id, "key": "k"}
    for change, field in FAULTS:
        assert list(faults(till.asks("POST", "events", {**event, **change}))) == [field], change
    assert told(shop) == []


def test_an_event_of_nobody_is_not_found(shop: Shop, till: Program) -> None:
    event = {"event": "coupon_used", "line_user_id": "U" + "0" * 32, "key": "k"}
    assert problem(till.asks("POST", "events", event)) == (404, "not_found")


def test_no_program_takes_the_key_of_a_turn(shop: Shop, till: Program, mina: Person) -> None:
    turns = shop.rows(ContactEvent)
    assert turns, "following is recorded by its turn"
    event = {"event": "visited", "line_user_id": mina.user_id, "key": turns[0].key}
    assert till.sends("POST", "events", event)["recorded"] == 1


def test_batches_have_limits(till: Program, mina: Person) -> None:
    event = {"event": "visited", "line_user_id": mina.user_id}
    many = [{**event, "key": f"k-{number}"} for number in range(1001)]
    assert list(faults(till.asks("POST", "events", {"events": many}))) == ["events"]
    assert list(faults(till.asks("POST", "events", {"events": []}))) == ["events"]
    assert till.sends("POST", "events", {"events": many[:1000]})["recorded"] == 1000


def test_what_comes_twice_in_a_long_batch_is_told_so_wherever_it_stands(
    shop: Shop, till: Program, mina: Person
) -> None:
    event = {"event": "visited", "line_user_id": mina.user_id}
    keys = [f"k-{number % (2 * WRITTEN_AT_ONCE)}" for number in range(4 * WRITTEN_AT_ONCE)]
    answer = till.sends("POST", "events", {"events": [{**event, "key": key} for key in keys]})
    outcomes = [one["outcome"] for one in answer["items"]]
    assert outcomes == ["recorded"] * 2 * WRITTEN_AT_ONCE + ["repeated"] * 2 * WRITTEN_AT_ONCE
    assert len(told(shop)) == 2 * WRITTEN_AT_ONCE


def test_bodies_that_are_none(till: Program) -> None:
    assert problem(till.asks("POST", "events")) == (415, "unsupported_media_type")
    assert list(faults(till.asks("POST", "events", ["an", "array"]))) == ["body"]
    assert list(faults(till.asks("POST", "events", '{"event": "a JSON text in a JSON text"}'))) == ["body"]
    raw = {"headers": {"Authorization": f"Bearer {till.token}", "Content-Type": "application/json"}}
    for body in (b"", b"{", b"\xff\xfe", b'{"event": NaN}', b"[" * 100_000, b'{"key": "\\ud800"}'):
        answer = till._client.post("/api/v1/events", data=body, **raw)
        assert problem(answer) == (400, "bad_request"), body[:20]
    assert problem(till._client.post("/api/v1/events", data=b"x" * 2_000_001, **raw)) == (
        413,
        "content_too_large",
    )
    form = {"headers": {"Authorization": f"Bearer {till.token}"}, "data": {"event": "x"}}
    assert problem(till._client.post("/api/v1/events", **form)) == (415, "unsupported_media_type")


def test_who_was_erased_is_nobody(shop: Shop, till: Program, mina: Person) -> None:
    contact = shop.contact(mina)
    with shop.database.write() as session:
        one = session.merge(contact)
        one.erased_at = shop.now()
    for name in ({"contact_id": contact.public_id}, {"line_user_id": mina.user_id}):
        assert problem(till.asks("POST", "events", {"event": "visited", "key": "k", **name})) == (
            404,
            "not_found",
        )


def test_what_is_told_twice_at_the_same_moment_is_told_once(shop: Shop, till: Program, mina: Person) -> None:
    events = [
        {"event": "visited", "line_user_id": mina.user_id, "key": f"k-{number}"} for number in range(300)
    ]
    with ThreadPoolExecutor(3) as several:
        answers = [several.submit(till.asks, "POST", "events", {"events": events}) for _ in range(3)]
    assert {one.result().status_code for one in answers} <= {200, 503}
    assert till.sends("POST", "events", {"events": events})["repeated"] == 300
    assert sorted(row.key for row in told(shop)) == sorted(f"api:{one['key']}" for one in events)


keys = st.text(st.characters(blacklist_categories=("C", "Z")), min_size=1, max_size=120)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(batches=st.lists(st.lists(keys, min_size=1, max_size=8), min_size=1, max_size=4))
def test_told_twice_is_told_once(shop: Shop, till: Program, mina: Person, batches: list[list[str]]) -> None:
    before = {row.key for row in told(shop)}
    contact_id = shop.contact(mina).public_id
    recorded = 0
    for batch in [*batches, *batches]:
        events = [{"event": "visited", "contact_id": contact_id, "key": key} for key in batch]
        shop.clock.advance(timedelta(seconds=1))  # no token may ask as often as this test
        answer = till.sends("POST", "events", {"events": events})
        assert answer["refused"] == 0
        recorded += answer["recorded"]
    after = [row.key for row in told(shop)]
    sent = {f"api:{key}" for batch in batches for key in batch}
    assert len(after) == len(set(after))
    assert set(after) == before | sent
    assert recorded == len(sent - before)
