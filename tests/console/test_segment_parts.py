"""What the rule builder knows of the rule language: every leaf, every way to write it, in words."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from bot.demo import till
from bot.segmenting import SEGMENTS
from campaigns.models import Campaign, CampaignState, Delivery
from console.leaf_parts import Control, LeafForm
from console.leaf_table import FORMS, GROUPS
from console.leaf_words import WORDS, leaf_words
from console.rule_names import Labels
from console.segment_building import GROUP_KEYS
from console.segment_templates import TEMPLATES, kinds_in
from contacts import entry
from contacts import service as contacts
from contacts.models import Contact, ContactField, FieldKind
from core.ids import shard_of
from facts.events import Tracked, occurred, track
from facts.models import OrderStatus
from facts.orders import OrderRow, record_orders
from segmentation.models import Segment
from segmentation.rules import leaves
from staff.models import Role
from tests.console.inboxes import Inbox
from tests.console.people import Browser, browser_of
from tests.console.queries import counted
from tests.console.test_contacts import crowd, crowd_more
from tests.console.test_segment_forms import form
from tests.shop import EXAMPLES, Shop

DOCS = Path(__file__).parents[2] / "docs"
SOME: dict[Control, Any] = {
    Control.CHOICE: "some",
    Control.CHOICES: ["some", "other"],
    Control.TEXT: "some",
    Control.NUMBER: 3,
    Control.DURATION: "30d",
    Control.DAY: "today",
    Control.TIME: "09:30",
    Control.VALUE: 15000,
    Control.SPAN: [1, 2],
    Control.FILTERS: {"card": ["a", "b"]},
    Control.MEASURE: {"at_least": 3},
    Control.WHEN: {"not_within": "90d"},
    Control.AROUND: ["-3d", "+7d"],
    Control.PERCENT: 0.5,
}
"""A value as each input writes it."""
ALONE = {"hours": [8, 9], "month": "this_month", "share_at_least": 0.7}
APART = {"exactly", "share_at_least"}
"""Parts that others rule out, or that need another one."""


def written(form: LeafForm) -> Iterator[Any]:
    """Yield what the inputs of a form write: each way with as little and with as much as it takes."""
    for way in form.ways:
        parts = [*form.lead, *way.parts]
        if way.value is not None:
            yield way.value
        elif parts and parts[0].key == "":
            yield SOME[parts[0].control]
        else:
            least = {part.key: _value(part) for part in parts if part.must}
            if least or way.fixed:
                yield {**least, **way.fixed}
            yield {**{part.key: _value(part) for part in parts if part.key not in APART}, **way.fixed}


def _value(part: Any) -> Any:
    return ALONE.get(part.key, SOME.get(part.control))


def test_every_leaf_has_a_form_and_words_and_every_form_a_leaf() -> None:
    kinds = set(SEGMENTS.keys) - GROUP_KEYS
    assert set(FORMS) == kinds
    assert set(WORDS) == kinds
    assert {form.group for form in FORMS.values()} <= {key for key, _words in GROUPS}


@pytest.mark.parametrize("kind", sorted(FORMS))
def test_whatever_the_inputs_write_is_understood(kind: str, inbox: Inbox) -> None:
    app = inbox.shop.console
    labels = Labels(tags={}, pick=lambda _text, fallback: fallback, title=lambda key: key, staff={})
    with app.test_request_context("/console/"):
        app.preprocess_request()
        for value in written(FORMS[kind]):
            rule = SEGMENTS.parse({kind: value})
            ((_path, leaf),) = leaves(rule)
            words = leaf_words(leaf, labels)
            assert words, value
            assert "%(" not in words, words
            assert "{" not in words, words


def test_templates_are_rules_but_for_what_they_leave_open() -> None:
    for template in TEMPLATES:
        assert kinds_in(template.rule) <= set(SEGMENTS.keys), template.label
        SEGMENTS.parse(filled(template.rule))


def filled(left: Any) -> Any:
    """Return a template with a name wherever it leaves one open."""
    if isinstance(left, dict):
        return {key: filled(value) for key, value in left.items()}
    if isinstance(left, list):
        return [filled(one) for one in left]
    return "some" if left is None else left


@pytest.fixture
def inbox(shop: Shop) -> Inbox:
    return Inbox(shop)


@pytest.fixture
def mei(inbox: Inbox) -> Browser:
    return browser_of(inbox.shop.app, inbox.shop.database, Role.MARKETER, now=inbox.shop.now())


def tried(mei: Browser, rule: object = None, **more: str) -> Any:
    form = more if rule is None else {"rule": orjson.dumps(rule).decode(), **more}
    answer = mei.post("/console/segments/try", form)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_a_rule_is_counted_shown_and_said_while_it_is_written(inbox: Inbox, mei: Browser) -> None:
    crowd(inbox.shop, 3)
    told = tried(mei, {"all": [{"tag": "area:taipei"}, {"not": {"tag": "wants:human"}}]})
    assert told["brief"] == "3 people"
    assert "guest 000" in told["panel"]
    assert "(100%)" in told["panel"]
    assert told["sentence"] == "carries the tag “Taipei City” and not: carries the tag “Waiting for a person”"
    assert told["faults"] == []


def test_consent_narrows_whom_a_message_reaches(inbox: Inbox, mei: Browser) -> None:
    crowd(inbox.shop, 2)
    assert "0 of them can be reached" in tried(mei, {"tag": "area:taipei"}, consent="marketing")["panel"]


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"all": []},
        {"not": {"all": []}},
        {"all": [{"following": True}, {}]},
        {"not": {"any": [{"all": []}]}},
    ],
)
def test_what_is_unfinished_counts_nobody(inbox: Inbox, mei: Browser, rule: object) -> None:
    crowd(inbox.shop, 1)
    told = tried(mei, rule)
    assert "guest 000" not in told["panel"]
    assert told["faults"] == []


@pytest.mark.parametrize(
    ("rule", "path", "words"),
    [
        ({"not": {"tag": "nosuch"}}, ["not", "tag"], "there is no tag “nosuch”"),
        ({"all": [{"seen": {"within": "soon"}}]}, ["all", 0, "seen", "within"], "must be a time such as"),
        ({"any": [{"nonsense": 1}]}, ["any", 0, "nonsense"], "“nonsense” means nothing here"),
        ({"segment": "nosuch"}, ["segment"], "there is no segment nosuch"),
        ({"field": {"name": "move_in", "between": [2, 1]}}, ["field"], "comes before the first"),
        ({"event": "tapp"}, ["event"], "nothing called “tapp” has happened yet"),
        (
            {"not": {"campaign": {"did": "tapped", "id": "nosuch"}}},
            ["not", "campaign"],
            "there is no “nosuch”",
        ),
        ({"following": "yes"}, ["following"], "must be yes or no"),
        ([1, 2], [], "a rule is a map"),
    ],
)
def test_a_fault_is_said_at_its_place_and_counts_nobody(
    inbox: Inbox, mei: Browser, rule: object, path: list[object], words: str
) -> None:
    crowd(inbox.shop, 1)
    told = tried(mei, rule)
    found = [one for one in told["faults"] if words in one["words"]]
    assert found, told["faults"]
    assert found[0]["path"][: len(path)] == path
    assert "guest 000" not in told["panel"]


def test_text_is_read_with_the_lines_of_its_faults(inbox: Inbox, mei: Browser) -> None:
    crowd(inbox.shop, 1)
    told = tried(mei, text="all:\n- tag: area:taipei\n- seen: {within: 30d}\n")
    assert told["brief"] == "1 person"
    assert told["rule"] == {"all": [{"tag": "area:taipei"}, {"seen": {"within": "30d"}}]}
    assert tried(mei, told["rule"])["text"].startswith("all:\n- tag: area:taipei\n")
    faulty = tried(mei, text="all:\n- tag: area:taipei\n- seen: {within: soon}\n")
    assert [one["line"] for one in faulty["faults"]] == [3]
    assert tried(mei, text="all: [")["faults"][0]["line"] == 1
    for hostile in ("&a [*a]", "all: " * 500, "!!python/object:os.system {x: 1}", "\x07"):
        told = tried(mei, text=hostile)
        assert told["faults"], hostile
        assert "people" not in told["brief"], hostile


def test_a_deep_or_endless_rule_is_refused(inbox: Inbox, mei: Browser) -> None:
    deep: Any = {"following": True}
    for _ in range(200):
        deep = {"not": deep}
    assert "nested" in tried(mei, deep)["faults"][0]["words"]
    wide = {"any": [{"following": True}] * 300}
    assert "at most" in tried(mei, wide)["faults"][0]["words"]
    told: Any = mei.post("/console/segments/try", {"rule": "[" * 5000}).json
    assert told["faults"]


def test_trying_asks_as_much_for_many_as_for_one(inbox: Inbox, mei: Browser) -> None:
    def asked() -> int:
        with counted(inbox.shop.database) as count:
            tried(mei, {"all": [{"tag": "area:taipei"}, {"seen": {"within": "30d"}}]})
        return count.number

    crowd(inbox.shop, 1)
    asked()  # what is published is read once
    one = asked()
    crowd_more(inbox.shop)
    assert asked() == one
    assert one < 30


def test_the_builder_is_told_what_there_is_by_few_queries(inbox: Inbox, mei: Browser) -> None:
    crowd(inbox.shop, 1)
    mei.get("/console/segments/parts")
    with counted(inbox.shop.database) as count:
        told: Any = mei.get("/console/segments/parts").json
    assert count.number < 30
    labels = {one["value"]: one["label"] for one in told["choices"]["tags"]}
    assert labels["area:taipei"] == "Taipei City"
    kinds = {one["value"]: one["kind"] for one in told["choices"]["fields"]}
    assert kinds["move_in"] == "day"


def test_the_devices_on_offer_find_those_of_whom_the_order_page_told(inbox: Inbox, mei: Browser) -> None:
    crowd(inbox.shop, 1)
    (contact,) = inbox.shop.rows(Contact)
    offered: Any = mei.get("/console/segments/parts").json
    devices = {one["value"]: one["label"] for one in offered["choices"]["devices"]}
    assert devices.keys() == till.DEVICES.keys()
    for device, name in devices.items():
        with inbox.shop.database.write() as session:
            session.merge(
                ContactField(
                    contact_id=contact.id,
                    name="device",
                    kind=FieldKind.TEXT,
                    text=device,
                    source="t",
                    set_at=inbox.shop.now(),
                )
            )
        told = tried(mei, {"device": device})
        assert told["brief"] == "1 person"
        assert told["sentence"] == f"uses “{name}”"
        with inbox.shop.database.write() as session:
            session.execute(sa.delete(ContactField))


def test_a_campaign_made_here_can_be_asked_for_by_its_name(inbox: Inbox, mei: Browser) -> None:
    shop = inbox.shop
    crowd(shop, 2)
    with shop.database.write() as session:
        made = Campaign(
            public_id="madehere1234",
            channel_id=shop.channel_id,
            name="Autumn news",
            segment_id=session.scalars(sa.select(Segment.id).limit(1)).one(),
            content={},
            state=CampaignState.FINISHED,
            started_at=shop.now(),
            finished_at=shop.now(),
            created_at=shop.now(),
            created_by="mei",
        )
        session.add(made)
        session.flush()  # for its id
        who = session.scalars(sa.select(Contact.id).limit(1)).one()
        session.add(Delivery(campaign_id=made.id, contact_id=who, released_at=shop.now()))
    offered: Any = mei.get("/console/segments/parts").json
    named = {one["label"]: one["value"] for one in offered["choices"]["campaigns"]}
    told = tried(mei, {"campaign": {"did": "received", "id": named["Autumn news"]}})
    assert (told["faults"], told["brief"]) == ([], "1 person")
    assert told["sentence"] == "got a campaign (“Autumn news”)"


def parts_of(mei: Browser) -> Any:
    return mei.get("/console/segments/parts").json


def test_what_is_offered_of_events_is_what_events_have(inbox: Inbox, mei: Browser) -> None:
    table = [row.split("|") for row in (DOCS / "facts.md").read_text().splitlines() if row.startswith("| `")]
    documented = {row[1].strip(" `"): set(re.findall(r"`(\w+)`", row[3])) for row in table}
    offered = parts_of(mei)["choices"]
    for one in offered["properties"]:
        assert one["value"] in documented[one["of"]], one
        assert not one["values_of"] or offered[one["values_of"]], one
    asked = {one["of"] for one in offered["properties"]}
    assert {name for name, properties in documented.items() if properties} == asked
    labels = {one["value"]: one["label"] for one in offered["cards"]}
    assert labels["shipai_two_bed"] == "Two-bed on a quiet lane, Shipai"
    for source in ("asked", "chosen"):
        ids = [one["value"] for one in offered[source]]
        assert len(ids) == len(set(ids))
    assert [one["value"] for one in offered["flags"]] == [True, False]


def test_what_events_from_outside_have_told_is_on_offer_and_anything_else_is_doubted(
    inbox: Inbox, mei: Browser
) -> None:
    shop = inbox.shop
    person, _ticket = inbox.customer("Mina")
    rule = {"event": {"name": "bought", "where": {"sku": "T-1"}}}
    with shop.database.write() as session:
        told = {"size": "L", "store": "xinyi"}
        rows = [
            Tracked(shop.contact(person).id, "bought", shop.now(), properties, f"api/{number}")
            for number, properties in enumerate((told, {"size": "S"}, None))
        ]
        assert track(session, shop.channel_id, rows, source="api:till", now=shop.now()) == 3
    offered = parts_of(mei)["choices"]["properties"]
    assert [one["value"] for one in offered if one["of"] == "bought"] == ["size", "store"]
    doubt = "“bought” has never told “sku” so far"
    assert doubt in tried(mei, rule)["panel"]
    assert tried(mei, rule)["faults"] == [], "it may still come"
    assert mei.post("/console/segments/new", form(rule)).status_code == 302
    assert doubt not in tried(mei, {"event": {"name": "bought", "where": {"size": "L"}}})["panel"]
    (fault,) = tried(mei, {"event": {"name": "tap", "where": {"sku": "T-1"}}})["faults"]
    assert (fault["path"], fault["words"]) == (["event", "where", "sku"], "this event never tells “sku”")


def test_a_button_that_neither_the_playbook_nor_any_tap_knows_is_doubted(inbox: Inbox, mei: Browser) -> None:
    shop = inbox.shop
    person, _ticket = inbox.customer("Mina")

    def doubts(**where: str) -> str:
        told = tried(mei, {"event": {"name": "tap", "where": where}})
        assert told["faults"] == [], "an old message may still have it"
        return str(told["panel"])

    known = "neither the playbook nor the newest taps know"
    assert f"{known} “menu.maim”; did you mean “menu.main”?" in doubts(owner="menu.maim")
    assert f"{known} “zzzz”" in doubts(button="zzzz")
    assert known not in doubts(owner="menu.main")
    assert known not in doubts(owner="bot", button="back")
    with shop.database.write() as session:
        old = {"owner": "card.sold", "button": "zzzz"}
        occurred(session, shop.contact(person), "tap", at=shop.now(), event_key="e1", properties=old)
    assert known not in doubts(owner="card.sold", button="zzzz")


def test_stores_of_the_newest_orders_are_on_offer(inbox: Inbox, mei: Browser) -> None:
    shop = inbox.shop
    with shop.database.write() as session:
        orders = [
            OrderRow(f"A-{number}", "C-1", None, shop.now(), 100_00, OrderStatus.PAID, 0, "web", store, None)
            for number, store in enumerate(("xinyi", "gongguan", "xinyi", None))
        ]
        record_orders(session, shop.channel_id, orders, source="import:t", now=shop.now())
    offered = parts_of(mei)["choices"]
    assert [one["value"] for one in offered["stores"]] == ["xinyi", "gongguan"]
    assert [one["value"] for one in offered["sales_channels"]] == ["web"]
    assert offered["coupons"] == []
    sources = {
        part["source"]
        for leaf in parts_of(mei)["leaves"]
        for way in leaf["ways"]
        for part in way["parts"]
        if part["source"]
    }
    assert sources <= offered.keys(), "every input that offers something is told what"


@pytest.mark.parametrize(
    "rule",
    [
        {"event": "questionnaire_finished"},
        {
            "answer": {
                "questionnaire": "viewing",
                "question": "home",
                "choice": ["undecided", "zhongshan_two_bed"],
            }
        },
    ],
)
def test_what_the_playbook_has_can_be_named(mei: Browser, rule: dict[str, Any]) -> None:
    assert tried(mei, rule)["faults"] == []


def test_the_codes_of_greetings_and_of_printed_links_are_on_offer(shop: Shop) -> None:
    shop.publishes(EXAMPLES / "tea_shop")
    with shop.database.write() as session:
        entry.register(session, shop.channel_id, "#夜市", now=shop.now())
        # By which somebody came, and which nothing else knows any more.
        for number, code in enumerate(("#舊活動", None, "#舊活動", "#另一個")):
            name = f"U{number}"
            made = contacts.meet(
                session, shop.channel_id, name, shard=shard_of(name), sent_at=shop.now(), now=shop.now()
            )
            made.entry_source = code
    mei = browser_of(shop.app, shop.database, Role.MARKETER, now=shop.now())
    offered: Any = mei.get("/console/segments/parts").json
    codes = {one["value"] for one in offered["choices"]["entries"]}
    assert codes == {"#公館店", "#永康店", "#板橋店", "#信義店", "#夜市", "#舊活動", "#另一個"}
    told = tried(mei, {"entry": sorted(codes)})
    assert (told["faults"], told["brief"]) == ([], "3 people")
