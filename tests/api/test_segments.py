"""Segments by the REST interface: how many, who, and why, in the words of the one who asks."""

from typing import Any

import pytest
import sqlalchemy as sa

from contacts.models import Contact, ContactField, FieldKind, Following
from core.ids import new_public_id
from line.channels import ensure_channel
from segmentation.models import Segment, Touch
from simulator.person import Person
from tests.api.program import Program, faults, problem
from tests.shop import Shop


def test_segments_are_listed_and_shown_in_the_language_asked_for(till: Program) -> None:
    rows = {one["key"]: one for one in till.get("segments?language=ja")["items"]}
    assert rows["regulars"]["label"] == "常連"
    assert rows["regulars"]["kind"] == "active"
    told = till.get("segments/regulars", **{"Accept-Language": "en-GB,ja;q=0.5"})
    assert (told["label"], told["count"]) == ("Regulars", 0)
    assert told["rule"] == {"all": [{"following": True}, {"tag": "vip"}]}
    assert problem(till.asks("GET", "segments/nothing")) == (404, "not_found")
    assert list(faults(till.asks("GET", "segments?language=$$"))) == ["language"]


def test_who_is_in_is_counted_and_listed(shop: Shop, till: Program, mina: Person) -> None:
    people = [mina]
    for number in range(4):
        people.append(shop.person(f"Person {number}"))
        people[-1].follows()
    for one in people[:3]:
        till.sends("POST", f"contacts/{shop.contact(one).public_id}/tags/vip")
    assert till.get("segments/regulars")["count"] == 3
    first = till.get("segments/regulars/members?limit=2")
    rest = till.get(f"segments/regulars/members?limit=2&cursor={first['next_cursor']}")
    assert [one["id"] for one in first["items"] + rest["items"]] == [
        shop.contact(one).public_id for one in people[:3]
    ]
    assert rest["next_cursor"] is None
    people[0].unfollows()
    assert till.get("segments/regulars")["count"] == 2


def test_a_rule_is_counted_without_being_kept(shop: Shop, till: Program, mina: Person) -> None:
    def count(rule: Any) -> int:
        return int(till.sends("POST", "segments/count", {"rule": rule})["count"])

    assert count({"following": True}) == 1
    assert count({"not": {"following": True}}) == 0
    assert count({"segment": "regulars"}) == 0
    till.sends("POST", f"contacts/{shop.contact(mina).public_id}/tags/vip")
    assert count({"segment": "regulars"}) == 1
    assert count({"all": []}) == 0, "an empty rule means nobody"
    assert count({}) == 0
    till.sends("PATCH", f"contacts/{shop.contact(mina).public_id}", {"fields": {"tier": "gold"}})
    assert count({"field": {"name": "tier", "is": "gold"}}) == 1


def test_a_rule_that_names_what_is_not_there_any_more_or_only_elsewhere_is_refused(
    shop: Shop, till: Program
) -> None:
    def refused(rule: Any) -> Any:
        return faults(till.asks("POST", "segments/count", {"rule": rule}))

    now = shop.now()
    with shop.database.write() as session:
        elsewhere = ensure_channel(session, "elsewhere", now=now)
        ken = Contact(
            channel_id=elsewhere.id,
            line_user_id="U" + "f" * 32,
            public_id=new_public_id(),
            shard=0,
            following=Following.FOLLOWING,
            first_seen_at=now,
            last_seen_at=now,
        )
        session.add(
            ContactField(
                contact=ken, name="only_there", kind=FieldKind.TEXT, text="x", source="t", set_at=now
            )
        )
        session.execute(sa.update(Segment).where(Segment.key == "regulars").values(retired_at=now))
    assert refused({"segment": "regulars"}) == {"rule.segment": "there is no segment regulars"}
    assert refused({"field": {"name": "only_there", "is": "x"}}) == {
        "rule.field.name": "there is no field only_there"
    }


def deep(levels: int) -> dict[str, Any]:
    rule: dict[str, Any] = {"following": True}
    for _ in range(levels):
        rule = {"not": rule}
    return rule


FAULTS: list[tuple[Any, str]] = [
    ({"tag": "vpi"}, "rule.tag"),
    ({"all": [{"following": True}, {"tag": "vpi"}]}, "rule.all.1.tag"),
    ({"segment": "nothing"}, "rule.segment"),
    ({"field": {"name": "tier", "is": "gold"}}, "rule.field"),
    ({"following": "perhaps"}, "rule.following"),
    ({"likes": "tea"}, "rule"),
    ({"following": True, "tag": "vip"}, "rule"),
    (deep(200), "rule"),
    ({"any": [{"following": True}] * 500}, "rule"),
]


def test_a_faulty_rule_is_refused_by_place(till: Program) -> None:
    for rule, place in FAULTS:
        found = faults(till.asks("POST", "segments/count", {"rule": rule}))
        assert found, rule
        assert all(name.startswith(place) for name in found), found


UNKNOWN: list[tuple[dict[str, Any], str, str]] = [
    ({"event": "tapp"}, "event.name", "event tapp"),
    ({"event": {"name": "tap", "without_since": "boght"}}, "event.without_since", "event boght"),
    (
        {"event": {"name": ["tap", "bought"], "where": {"tags": ["new", "flavour:oat"]}}},
        "event.where.tags",
        "topic flavour:oat",
    ),
    ({"event": {"name": "entry", "where": {"code": "#信義"}}}, "event.where.code", "entry #信義"),
    (
        {"event": {"name": "answer", "where": {"questionnaire": "your_cup"}}},
        "event.where.questionnaire",
        "questionnaire your_cup",
    ),
    ({"event": {"name": "tap", "where": {"card": "taro"}}}, "event.where.card", "card taro"),
    ({"event": {"name": "tap", "where": {"sku": "T-1"}}}, "event.where.sku", "property tap/sku"),
    (
        {"event": {"name": "answer", "where": {"questionnaire": "my_cup", "question": "ise"}}},
        "event.where.question",
        "question my_cup/ise",
    ),
    ({"event": {"name": "answer", "where": {"question": "ise"}}}, "event.where.question", "question ise"),
    (
        {"event": {"name": "answer", "where": {"question": "ice", "choice": "hott"}}},
        "event.where.choice",
        "choice ice/hott",
    ),
    ({"campaign": {"did": "received", "id": "spring"}}, "campaign.id", "campaign spring"),
    ({"ticket": {"state": "open", "queue": "kitchen"}}, "ticket.queue", "queue kitchen"),
    ({"consent": "mail"}, "consent", "consent mail"),
    ({"rfm": {"group": ["loyal", "high_valu"]}}, "rfm.group", "group high_valu"),
    ({"entry": "#信義"}, "entry", "entry #信義"),
    ({"answer": "your_cup"}, "answer.questionnaire", "questionnaire your_cup"),
    ({"answer": {"questionnaire": "my_cup", "question": "ise"}}, "answer.question", "question my_cup/ise"),
    (
        {"answer": {"questionnaire": "my_cup", "question": "ice", "choice": "hott"}},
        "answer.choice",
        "choice my_cup/ice/hott",
    ),
]
"""What is named, where that stands, and what is said of it."""
KNOWN: list[dict[str, Any]] = [
    {"event": {"name": ["tap", "bought"], "without_since": "questionnaire_finished"}},
    {"event": {"name": "tap", "where": {"tags": ["new", "offer"], "card": "taro_milk"}}},
    {"event": {"name": "bought", "where": {"card": "of the till's own"}}},
    {"event": {"name": ["tap", "bought"], "where": {"sku": "of the till's own"}}},
    {"event": {"name": "answer", "where": {"questionnaire": "my_cup", "question": "ice", "choice": "hot"}}},
    {"event": {"name": "answer", "where": {"choice": ["hot", "none"]}}},
    {"event": {"name": "bought", "where": {"tags": "of the till's own"}}},
    {"campaign": {"did": "received", "id": "new_drinks_first"}},
    {"rfm": {"group": ["high_value", "sleeping"]}},
    {"entry": ["#信義店", "#公館店"]},
    {"ticket": {"state": "open", "queue": "counter"}},
    {"answer": {"questionnaire": "my_cup", "question": "ice", "choice": ["hot", "none"]}},
]


@pytest.mark.parametrize(("rule", "place", "what"), UNKNOWN)
def test_a_slip_of_the_pen_is_refused_and_does_not_mean_everybody(
    till: Program, mina: Person, rule: dict[str, Any], place: str, what: str
) -> None:
    for wrong, where in ((rule, f"rule.{place}"), ({"not": rule}, f"rule.not.{place}")):
        answer = till.asks("POST", "segments/count", {"rule": wrong})
        assert answer.status_code == 422
        assert faults(answer) == {where: f"there is no {what}"}


@pytest.mark.parametrize("rule", KNOWN)
def test_what_the_playbook_names_is_known_before_it_has_happened(
    till: Program, mina: Person, rule: dict[str, Any]
) -> None:
    assert till.sends("POST", "segments/count", {"rule": rule})["count"] == 0
    assert till.sends("POST", "segments/count", {"rule": {"not": rule}})["count"] == 1


def test_an_event_is_known_once_it_has_been_told_of(till: Program, mina: Person) -> None:
    rule = {"rule": {"event": "coupon_used"}}
    assert till.asks("POST", "segments/count", rule).status_code == 422
    till.sends("POST", "events", {"event": "coupon_used", "line_user_id": mina.user_id, "key": "k-1"})
    assert till.sends("POST", "segments/count", rule)["count"] == 1


def test_a_code_by_which_somebody_came_is_known_when_its_greeting_is_gone(
    shop: Shop, till: Program, mina: Person
) -> None:
    rule = {"rule": {"entry": "#夜市"}}
    assert till.asks("POST", "segments/count", rule).status_code == 422
    with shop.database.write() as session:
        session.execute(sa.update(Contact).values(entry_source="#夜市"))
    assert till.sends("POST", "segments/count", rule)["count"] == 1


def test_why_is_told_in_words(shop: Shop, till: Program, mina: Person) -> None:
    contact_id = shop.contact(mina).public_id
    told = till.get(f"segments/regulars/why?contact={contact_id}")
    assert (told["holds"], told["language"], told["contact"]) == (False, "en", contact_id)
    reason = told["reason"]
    assert (reason["says"], reason["holds"]) == ("all", False)
    assert [line["holds"] for line in reason["inside"]] == [True, False]
    assert "vip" in reason["inside"][1]["words"]
    till.sends("POST", f"contacts/{contact_id}/tags/vip")
    words = {
        language: till.get(f"segments/regulars/why?contact={contact_id}&language={language}")
        for language in ("en", "ja", "zh-TW")
    }
    assert all(one["holds"] for one in words.values())
    assert len({one["reason"]["words"] for one in words.values()}) == 3
    asked = till.get(f"segments/regulars/why?contact={contact_id}", **{"Accept-Language": "ja,en;q=0.5"})
    assert asked["reason"] == words["ja"]["reason"]
    assert till.get(f"segments/regulars/why?contact={contact_id}&language=fr")["language"] == "en"
    assert problem(till.asks("GET", "segments/regulars/why?contact=nobody")) == (404, "not_found")
    assert problem(till.asks("GET", f"segments/nothing/why?contact={contact_id}")) == (404, "not_found")
    assert list(faults(till.asks("GET", "segments/regulars/why"))) == ["contact"]


def test_why_names_the_event_behind_a_verdict(shop: Shop, till: Program, mina: Person) -> None:
    contact, now = shop.contact(mina), shop.now()
    rule = {"event": {"name": "coupon_used", "where": {"shop": "xinyi"}, "at_least": 2}}
    with shop.database.write() as session:
        session.add(
            Segment(
                public_id=new_public_id(),
                channel_id=contact.channel_id,
                key="savers",
                rule=rule,
                created_at=now,
                changed_at=now,
            )
        )
    for key, place in (("k-1", "xinyi"), ("k-2", "xinyi"), ("k-3", "banqiao")):
        event = {"event": "coupon_used", "line_user_id": mina.user_id, "key": key}
        till.sends("POST", "events", {**event, "properties": {"shop": place, "cup": "large"}})
    reason = till.get(f"segments/savers/why?contact={contact.public_id}")["reason"]
    assert (reason["holds"], reason["fact"]["kind"], reason["fact"]["count"]) == (True, "EventsSeen", 2)
    last = reason["fact"]["last"]
    assert (last["name"], last["key"]) == ("coupon_used", "api:k-2")
    assert last["properties"] == {"shop": "xinyi", "cup": "large"}
    assert "xinyi" in reason["because"]
    assert "large" not in reason["because"], "nobody asked for the cup"
    assert now.isoformat()[:13] in str(last["at"])


def test_what_a_program_tells_reaches_the_segments_that_read_it(
    shop: Shop, till: Program, mina: Person
) -> None:
    now = shop.now()
    rules: dict[str, dict[str, Any]] = {
        "visitors": {"event": "visited"},
        "gold": {"field": {"name": "tier", "is": "gold"}},
    }
    with shop.database.write() as session:
        for key, rule in rules.items():
            session.add(
                Segment(
                    public_id=new_public_id(),
                    channel_id=shop.channel_id,
                    key=key,
                    rule=rule,
                    created_at=now,
                    changed_at=now,
                )
            )
    with shop.database.write() as session:
        session.execute(sa.delete(Touch))
    contact = shop.contact(mina)
    path = f"contacts/{contact.public_id}"
    till.sends("POST", f"{path}/tags/vip")
    till.sends("POST", f"{path}/tags/cup:large")
    till.sends("PATCH", path, {"fields": {"tier": "gold", "points": 3}})
    event = {"contact_id": contact.public_id, "key": "v-1"}
    till.sends("POST", "events", {**event, "event": "visited"})
    till.sends("POST", "events", {**event, "event": "visited"})
    till.sends("POST", "events", {**event, "event": "waved", "key": "w-1"})
    touches = [(one.contact_id, one.fact) for one in shop.rows(Touch)]
    assert touches == [(contact.id, fact) for fact in ("tag:vip", "field:tier", "event:visited")]
