"""What rules may ask about answers is what was confirmed, and what a turn has just done counts at once."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.segmenting import SEGMENTS
from contacts.fields import FieldBook
from contacts.models import Contact
from facts.events import occurred
from questionnaires.models import LEFT_BEHIND, Answer, Run, RunStatus
from segmentation import people, whom
from segmentation.kinds.happened import EventsSeen
from segmentation.people import of_turn
from segmentation.tags import TagBook
from simulator.person import Person
from tests.shop import EXAMPLES, Shop
from tests.stories.test_rental import STORY

TAIPEI = ZoneInfo("Asia/Taipei")


def chose(question: str, choice: str) -> Mapping[str, Any]:
    return {"answer": {"questionnaire": "find_home", "question": question, "choice": choice}}


def is_in(shop: Shop, person: Person, raw: Mapping[str, Any]) -> bool:
    """Say whether a rule means somebody, in both readings."""
    rule = SEGMENTS.parse(raw)
    at: Any = {"now": shop.now(), "zone": TAIPEI}
    id_ = shop.contact(person).id
    with shop.database.read() as session:
        meant = id_ in whom.fulfilling(session, shop.channel_id, SEGMENTS.meant(rule, **at))
        known = people.load(session, [id_], now=shop.now(), needs=SEGMENTS.needs([rule]))[id_]
        assert SEGMENTS.holds(rule, known, **at) is meant
    return meant


def test_only_what_was_confirmed_is_an_answer(shop: Shop) -> None:
    shop.publishes(EXAMPLES / "rental")
    mina = shop.person("王小美", language="zh-TW")
    mina.follows()
    for label in STORY["zh-TW"][:7]:
        mina.taps(label)
    assert not is_in(shop, mina, {"answer": "find_home"}), "nothing is confirmed yet"
    # She has said 貓, and then that there is no pet: the way she confirms passes that question by.
    for label in ("修改一項", "寵物", "沒有", "正確"):
        mina.taps(label)
    assert is_in(shop, mina, {"answer": "find_home"})
    assert is_in(shop, mina, chose("pet", "no"))
    assert is_in(shop, mina, chose("area", "taipei"))
    assert not is_in(shop, mina, chose("pet", "yes"))
    assert not is_in(shop, mina, chose("pet_kind", "cat"))
    assert not is_in(shop, mina, {"answer": {"questionnaire": "find_home", "question": "pet_kind"}})
    assert not is_in(shop, mina, {"answer": "repair"})


def test_a_turn_sees_its_own_event_before_it_is_written(shop: Shop) -> None:
    shop.publishes(EXAMPLES / "rental")
    mina = shop.person("王小美")
    mina.follows()
    rule = SEGMENTS.parse({"event": {"name": "visited", "where": {"home": "home1"}, "exactly": 2}})
    with shop.database.write() as session:
        contact, now = session.get_one(Contact, shop.contact(mina).id), shop.now()
        books: Any = {"event_key": None, "now": now}
        tags, fields = TagBook(session, contact, **books), FieldBook(session, contact, **books)
        verdicts, facts = [], []
        for key in ("a", "b", "c"):
            occurred(session, contact, "visited", at=now, event_key=key, properties={"home": "home1"})
            person = of_turn(contact, tags, fields, now=now)
            verdicts.append(SEGMENTS.holds(rule, person, now=now, zone=TAIPEI))
            facts.append(SEGMENTS.why(rule, person, now=now, zone=TAIPEI).fact)
            if key == "a":
                session.flush()  # the first is written by now, the others are not
        assert verdicts == [False, True, False]
        fact = facts[-1]
        assert isinstance(fact, EventsSeen)
        assert (fact.count, fact.last and fact.last.key) == (3, "c/visited")


def test_a_turn_sees_the_run_that_it_has_just_confirmed(shop: Shop) -> None:
    shop.publishes(EXAMPLES / "rental")
    mina = shop.person("王小美")
    mina.follows()
    taipei, cat = (SEGMENTS.parse(chose(*one)) for one in (("area", "taipei"), ("pet_kind", "cat")))
    with shop.database.write() as session:
        contact, now = session.get_one(Contact, shop.contact(mina).id), shop.now()
        books: Any = {"event_key": None, "now": now}
        run = Run(
            contact=contact,
            questionnaire="find_home",
            status=RunStatus.CONFIRMED,
            state={"answers": {"area": {"choices": ["taipei"]}, "pet_kind": {"choices": ["cat"]}, "pet": {}}},
            ended_at=now,
        )
        passed_by = Answer(run=run, question="pet_kind", value=None, event_key=LEFT_BEHIND)
        with session.no_autoflush:
            session.add_all([run, passed_by])
            tags, fields = TagBook(session, contact, **books), FieldBook(session, contact, **books)
            person = of_turn(contact, tags, fields, now=now)
            assert SEGMENTS.holds(taipei, person, now=now, zone=TAIPEI)
            assert not SEGMENTS.holds(cat, person, now=now, zone=TAIPEI)
        session.rollback()


def test_facts_of_many_are_read_by_as_many_queries_as_of_one(shop: Shop) -> None:
    shop.publishes(EXAMPLES / "rental")
    everybody = [shop.person(f"guest {number}") for number in range(12)]
    for person in everybody:
        person.follows()
    rules = [
        SEGMENTS.parse(raw)
        for raw in (
            {"event": "tap"},
            {"event": {"name": "follow", "within": "30d"}},
            {"orders": {"count": {"at_least": 1}}},
            {"active": {"within": "30d"}},
            {"answer": "find_home"},
            {"ticket": "none"},
            {"campaign": "received"},
            {"rfm": "best"},
        )
    ]
    ids = [shop.contact(person).id for person in everybody]
    counts = []
    for some in (ids[:1], ids):
        asked: list[str] = []
        with shop.database.read() as session:
            sa.event.listen(
                session.connection(),
                "before_cursor_execute",
                lambda _c, _u, said, *_more, asked=asked: asked.append(said),
            )
            known = people.load(session, some, now=shop.now(), needs=SEGMENTS.needs(rules))
            for one in known.values():
                for rule in rules:
                    SEGMENTS.holds(rule, one, now=shop.now(), zone=TAIPEI)
            counts.append(len(asked))
    assert counts[0] == counts[1] <= 3 + 8
