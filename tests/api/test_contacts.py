"""People by the REST interface: looked up, listed, and what other systems know about them."""

from typing import Any

from contacts.fields import FieldBook
from contacts.models import Contact, FieldKind
from contacts.timeline import EntryKind, TimelineEntry
from facts.models import Customer
from segmentation.models import TagChange
from simulator.person import Person
from staff.models import AuditEntry
from tests.api.program import Program, faults, problem
from tests.shop import Shop


def test_somebody_is_shown_with_what_is_known(shop: Shop, till: Program, mina: Person) -> None:
    contact = shop.contact(mina)
    told = till.get(f"contacts/{contact.public_id}")
    assert told["id"] == contact.public_id
    assert told["line_user_id"] == mina.user_id
    assert told["display_name"] == "Mina"
    assert told["following"] == "following"
    assert told["first_seen_at"].endswith("Z")
    assert (told["fields"], told["customer_ids"], told["erased_at"]) == ({}, [], None)
    assert str(contact.id) not in {str(value) for value in told.values()}
    assert problem(till.asks("GET", "contacts/nobody")) == (404, "not_found")


def test_somebody_is_found_by_their_numbers(shop: Shop, till: Program, mina: Person) -> None:
    public_id = shop.contact(mina).public_id
    till.sends("PATCH", f"contacts/{public_id}", {"customer_id": "會員 12"})
    for query in (f"line_user_id={mina.user_id}", "customer_id=會員 12"):
        (found,) = till.get(f"contacts?{query}")["items"]
        assert (found["id"], found["customer_ids"]) == (public_id, ["會員 12"])
    assert till.get("contacts?customer_id=13") == {"items": [], "next_cursor": None}
    assert list(faults(till.asks("GET", "contacts?customer=13"))) == ["customer"]
    assert list(faults(till.asks("GET", "contacts?limit=0"))) == ["limit"]
    assert list(faults(till.asks("GET", "contacts?limit=many"))) == ["limit"]


def test_a_number_moves_with_the_last_who_is_said_to_have_it(shop: Shop, till: Program, mina: Person) -> None:
    yuki = shop.person("Yuki")
    yuki.follows()
    for person in (mina, yuki):
        till.sends("PATCH", f"contacts/{shop.contact(person).public_id}", {"customer_id": "C-1"})
    (row,) = shop.rows(Customer)
    assert row.contact_id == shop.contact(yuki).id


def test_pages_of_people_hold_everybody_once(shop: Shop, till: Program, mina: Person) -> None:
    people = [mina]
    for number in range(6):
        people.append(shop.person(f"Person {number}"))
        people[-1].follows()
    ids, cursor = [], ""
    for _ in range(4):
        page = till.get(f"contacts?limit=3{cursor}")
        ids += [one["id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert ids == [shop.contact(one).public_id for one in people]
    assert list(faults(till.asks("GET", "contacts?cursor=zzz"))) == ["cursor"]


def test_fields_are_set_typed_and_taken_away(shop: Shop, till: Program, mina: Person) -> None:
    path = f"contacts/{shop.contact(mina).public_id}"
    given = {
        "points": 120,
        "height": 1.5,
        "gold": True,
        "nickname": "小美",
        "birthday": {"kind": "date", "value": "1999-02-28"},
        "usual_time": {"kind": "time", "value": "08:30"},
        "next_visit": {"kind": "datetime", "value": "2026-12-01 08:30"},
    }
    fields = till.sends("PATCH", path, {"fields": given})["fields"]
    assert {name: (one["value"], one["kind"]) for name, one in fields.items()} == {
        "points": (120, "number"),
        "height": (1.5, "number"),
        "gold": (True, "flag"),
        "nickname": ("小美", "text"),
        "birthday": ("1999-02-28", "date"),
        "usual_time": ("08:30", "time"),
        "next_visit": ("2026-12-01T08:30", "datetime"),
    }
    assert {one["source"] for one in fields.values()} == {"api:till"}
    fields = till.sends("PATCH", path, {"fields": {"points": 130, "gold": None, "unheard": None}})["fields"]
    assert fields["points"]["value"] == 130
    assert "gold" not in fields
    assert "nickname" in fields
    lines = shop.rows(TimelineEntry, TimelineEntry.kind == EntryKind.FIELD_SET)
    assert [one.about for one in lines].count("points") == 2
    entries = shop.rows(AuditEntry, AuditEntry.action == "contact.change")
    assert entries[-1].detail == {"via": "till", "fields": ["gold", "points"]}
    assert "小美" not in str([one.detail for one in entries])


def test_putting_replaces_what_the_api_said_and_nothing_else(shop: Shop, till: Program, mina: Person) -> None:
    contact = shop.contact(mina)
    path = f"contacts/{contact.public_id}"
    with shop.database.write() as session:
        book = FieldBook(session, session.get_one(Contact, contact.id), event_key=None, now=shop.now())
        book.set("cups", 3, kind=FieldKind.NUMBER, source="question:my_cup/cups")
    till.sends("PATCH", path, {"fields": {"points": 1, "tier": "gold"}})
    fields = till.sends("PUT", path, {"fields": {"points": 2}})["fields"]
    assert {name: one["value"] for name, one in fields.items()} == {"cups": 3, "points": 2}
    assert till.sends("PUT", path, {"fields": {}})["fields"].keys() == {"cups"}
    before = len(shop.rows(AuditEntry))
    till.sends("PUT", path, {"fields": {}})
    assert len(shop.rows(AuditEntry)) == before, "what changes nothing is not logged"


FAULTS: list[Any] = [
    "", "x" * 1001, "a\x00b", [1], {"kind": "date"}, {"kind": "date", "value": "2026-02-30"},
    {"kind": "date", "value": "20260201"}, {"kind": "number", "value": "1"}, {"kind": "date", "value": 1},
    {"kind": ["date"], "value": "2026-02-01"}, {"kind": "time", "value": "25:00"}, 1e16, 2**60,
]  # fmt: skip


def test_a_faulty_field_is_named(shop: Shop, till: Program, mina: Person) -> None:
    path = f"contacts/{shop.contact(mina).public_id}"
    for value in FAULTS:
        refused = till.asks("PATCH", path, {"fields": {"points": value, "tier": "gold"}})
        assert list(faults(refused)) == ["fields.points"], value
    assert till.get(path)["fields"] == {}


def test_faulty_names_and_bodies_are_named(shop: Shop, till: Program, mina: Person) -> None:
    path = f"contacts/{shop.contact(mina).public_id}"
    assert list(faults(till.asks("PATCH", path, {"fields": {"Points": 1}}))) == ["fields.Points"]
    assert list(faults(till.asks("PATCH", path, {"field": {}}))) == ["field"]
    assert list(faults(till.asks("PUT", path, {}))) == ["fields"]
    assert list(faults(till.asks("PATCH", path, {"customer_id": " "}))) == ["customer_id"]
    many = {f"f{number}": number for number in range(101)}
    assert list(faults(till.asks("PATCH", path, {"fields": many}))) == ["fields"]


def test_tags_come_and_go(shop: Shop, till: Program, mina: Person) -> None:
    contact = shop.contact(mina)
    path = f"contacts/{contact.public_id}/tags"
    told = till.sends("POST", f"{path}/vip")["tags"]
    assert [(one["name"], one["source"]) for one in told if one["name"] == "vip"] == [("vip", "api:till")]
    till.sends("POST", f"{path}/cup:large")
    told = till.sends("POST", f"{path}/cup:small")["tags"]
    assert {one["name"] for one in told} >= {"vip", "cup:small"}
    assert "cup:large" not in {one["name"] for one in told}, (
        "of a single-choice group one takes another's place"
    )
    told = till.sends("DELETE", f"{path}/vip")["tags"]
    assert "vip" not in {one["name"] for one in told}
    till.sends("DELETE", f"{path}/vip")
    kinds = [row.kind.value for row in shop.rows(TagChange) if row.tag.name == "vip"]
    assert kinds == ["set", "removed"]
    story = [(one.kind, one.about) for one in shop.rows(TimelineEntry) if one.about == "vip"]
    assert story == [(EntryKind.TAG_SET, "vip"), (EntryKind.TAG_REMOVED, "vip")]
    log = [(one.action, one.detail, one.noun_id) for one in shop.rows(AuditEntry) if one.noun == "contact"]
    assert log[0] == ("contact.tag", {"via": "till", "tag": "vip"}, contact.public_id)
    assert log[-1][0] == "contact.untag"
    for method in ("POST", "DELETE"):
        assert problem(till.asks(method, f"{path}/vpi")) == (404, "not_found")
        assert problem(till.asks(method, "contacts/nobody/tags/vip")) == (404, "not_found")


def test_who_was_erased_is_left_alone(shop: Shop, till: Program, mina: Person) -> None:
    contact = shop.contact(mina)
    with shop.database.write() as session:
        session.merge(contact).erased_at = shop.now()
    path = f"contacts/{contact.public_id}"
    told = till.get(path)
    assert told["erased_at"]
    assert told["line_user_id"] is None
    assert problem(till.asks("PATCH", path, {"fields": {"points": 1}})) == (409, "conflict")
    assert problem(till.asks("PUT", path, {"fields": {}})) == (409, "conflict")
    assert problem(till.asks("POST", f"{path}/tags/vip")) == (409, "conflict")
    assert problem(till.asks("DELETE", f"{path}/tags/vip")) == (409, "conflict")
    assert till.get("contacts")["items"] == []
