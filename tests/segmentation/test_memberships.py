"""Segments stay current by themselves: who enters, who leaves, when, and why."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import TypeAdapter

from bot.jobs import ask_everybody
from bot.segment_keeper import SegmentKeeper
from bot.segment_rounds import PAGE
from bot.segmenting import SEGMENTS
from contacts.models import Contact
from contacts.timeline import EntryKind, TimelineEntry
from core.db import Database
from core.leases import new_owner
from segmentation import keeping
from segmentation.days import At
from segmentation.leaf import LeafKind
from segmentation.leaves import LEAVES
from segmentation.models import Membership, Segment, Tag, TagChange, Touch
from segmentation.people import Person
from segmentation.rules import FaultyRule
from segmentation.segments import Segments
from segmentation.tags import TagBook, end_expired
from segmentation.touches import EVERY_SEGMENT, touch, want_sweep
from tests.line.queues import NOON, a_channel
from tests.listening import listening
from tests.segmentation.rulebook import Someone, store
from tests.segmentation.test_audience import queries


class Keeping:
    """A shop whose segments are kept by one worker, on a clock that stands until it is moved."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.channel_id = a_channel(database)
        self.now = NOON
        self.keeper = self.hires()

    def clock(self) -> datetime:
        return self.now

    def hires(self) -> SegmentKeeper:
        return SegmentKeeper(self.database, SEGMENTS, self.clock, owner=new_owner())

    def works(self) -> None:
        while self.keeper.step():
            pass

    def waits(self, **duration: float) -> None:
        self.now += timedelta(**duration)
        self.works()

    def people(self, *everybody: Someone) -> list[int]:
        with self.database.write() as session:
            known = set(session.scalars(sa.select(Tag.name)))
            names = {name for who in everybody for name in who.tags} - known
            session.add_all(Tag(channel_id=self.channel_id, name=name, labels={}) for name in sorted(names))
            session.flush()  # for their ids
            return store(session, self.channel_id, list(everybody), now=self.now)

    def segment(self, key: str, rule: dict[str, Any], **more: Any) -> None:
        with self.database.write() as session:
            session.add(
                Segment(
                    public_id=key,
                    channel_id=self.channel_id,
                    key=key,
                    labels={},
                    rule=rule,
                    created_at=self.now,
                    changed_at=self.now,
                    sweep_due_at=self.now,
                    sweep_because="rule",
                    **more,
                )
            )

    def does(
        self, contact_id: int, act: Callable[[TagBook, Contact], object], *facts: str, key: str | None = None
    ) -> None:
        """Change something about a contact and say which facts, as a turn does."""
        with self.database.write() as session:
            contact = session.get_one(Contact, contact_id)
            act(TagBook(session, contact, event_key=key, now=self.now), contact)
            touch(session, contact, facts, at=self.now, event_key=key)

    def tags(self, contact_id: int, name: str, *, key: str | None = None) -> None:
        self.does(contact_id, lambda book, _who: book.set(name, source="staff:mina"), f"tag:{name}", key=key)

    def untags(self, contact_id: int, name: str) -> None:
        self.does(contact_id, lambda book, _who: book.remove(name, source="staff:mina"), f"tag:{name}")

    def inside(self, key: str) -> list[int]:
        with self.database.read() as session:
            found = sa.select(Membership.contact_id).join(Segment, Segment.id == Membership.segment_id)
            return sorted(session.scalars(found.where(Segment.key == key, Membership.left_at.is_(None))))

    def history(self, contact_id: int) -> list[tuple[Any, ...]]:
        """Return (segment, entered, because, left, because) in order."""
        with self.database.read() as session:
            rows = session.execute(
                sa.select(
                    Segment.key,
                    Membership.entered_at,
                    Membership.entered_because,
                    Membership.left_at,
                    Membership.left_because,
                )
                .join(Segment, Segment.id == Membership.segment_id)
                .where(Membership.contact_id == contact_id)
                .order_by(Membership.id)
            )
            return [tuple(row) for row in rows]

    def story(self, contact_id: int) -> list[tuple[EntryKind, str | None]]:
        with self.database.read() as session:
            lines = session.scalars(
                sa.select(TimelineEntry)
                .where(TimelineEntry.contact_id == contact_id)
                .order_by(TimelineEntry.id)
            )
            return [(line.kind, line.about) for line in lines]

    def carried(self, contact_id: int) -> set[str]:
        with self.database.read() as session:
            return set(
                TagBook(session, session.get_one(Contact, contact_id), event_key=None, now=self.now).names()
            )

    def touches(self) -> int:
        with self.database.read() as session:
            return len(session.scalars(sa.select(Touch.id)).all())


@pytest.fixture
def shop(database: Database) -> Keeping:
    return Keeping(database)


def test_whoever_a_new_rule_means_is_in_it_and_their_story_says_nothing(shop: Keeping) -> None:
    vip, other = shop.people(Someone(tags={"vip": None}), Someone())
    shop.segment("vips", {"tag": "vip"})
    shop.works()
    assert shop.history(vip) == [("vips", NOON, "rule", None, None)]
    assert shop.history(other) == []
    assert shop.story(vip) == []


def test_a_fact_brings_somebody_in_and_takes_them_out_with_its_reason(shop: Keeping) -> None:
    (mina,) = shop.people(Someone())
    shop.segment("vips", {"tag": "vip"})
    shop.works()
    shop.now += timedelta(minutes=5)
    shop.tags(mina, "vip", key="event-1")
    shop.works()
    entered = shop.now
    shop.now += timedelta(minutes=5)
    shop.untags(mina, "vip")
    shop.works()
    assert shop.history(mina) == [("vips", entered, "tag:vip", shop.now, "tag:vip")]
    told = [line for line in shop.story(mina) if line[0].value.startswith("segment")]
    assert told == [(EntryKind.SEGMENT_ENTERED, "vips"), (EntryKind.SEGMENT_LEFT, "vips")]
    with shop.database.read() as session:
        assert session.scalars(sa.select(Membership)).one().entered_by_event == "event-1"
    assert shop.touches() == 0


def test_time_alone_takes_somebody_out_and_brings_them_in(shop: Keeping) -> None:
    (mina,) = shop.people(Someone())
    shop.segment("lately", {"seen": {"within": "2h"}})
    shop.segment("asleep", {"seen": {"not_within": "2h"}})
    shop.works()
    assert (shop.inside("lately"), shop.inside("asleep")) == ([mina], [])
    shop.waits(hours=1, minutes=59)
    assert shop.inside("asleep") == []
    shop.waits(minutes=2)
    assert (shop.inside("lately"), shop.inside("asleep")) == ([], [mina])
    assert shop.history(mina)[0][4] == shop.history(mina)[1][2] == "time"


def test_entering_gives_the_tag_and_leaving_takes_it(shop: Keeping) -> None:
    (mina,) = shop.people(Someone())
    shop.segment("lately", {"seen": {"within": "2h"}}, gives_tag="awake")
    shop.segment("both", {"all": [{"tag": "awake"}, {"following": True}]})
    shop.works()
    assert shop.carried(mina) == {"awake"}
    assert shop.inside("both") == [mina]
    shop.waits(hours=3)
    assert shop.carried(mina) == set()
    assert shop.history(mina)[-1][2:] == ("rule", shop.now, "tag:awake")


def test_a_tag_that_somebody_else_gave_too_stays_when_they_leave(shop: Keeping) -> None:
    (mina,) = shop.people(Someone())
    shop.segment("lately", {"seen": {"within": "2h"}}, gives_tag="awake")
    shop.works()
    shop.tags(mina, "awake")
    shop.waits(hours=3)
    assert shop.carried(mina) == {"awake"}


def test_a_rule_that_changes_has_everybody_asked_again(shop: Keeping) -> None:
    vip, lead = shop.people(Someone(tags={"vip": None}), Someone(tags={"lead": None}))
    shop.segment("some", {"tag": "vip"}, gives_tag="one")
    shop.works()
    shop.now += timedelta(minutes=1)
    with shop.database.write() as session:
        some = session.scalars(sa.select(Segment)).one()
        some.rule, some.changed_at, some.sweep_due_at = {"tag": "lead"}, shop.now, shop.now
        some.gives_tag, some.sweep_because = "two", "rule:tag"
    shop.works()
    assert shop.inside("some") == [lead]
    assert shop.carried(lead) == {"lead", "two"}
    assert shop.carried(vip) == {"vip"}
    with shop.database.write() as session:
        some = session.scalars(sa.select(Segment)).one()
        some.gives_tag, some.sweep_because = "three", "rule:tag"
        some.changed_at = some.sweep_due_at = shop.now + timedelta(microseconds=1)
    shop.waits(seconds=1)
    assert shop.carried(lead) == {"lead", "three"}
    with shop.database.write() as session:
        some = session.scalars(sa.select(Segment)).one()
        some.retired_at = some.changed_at = some.sweep_due_at = shop.now
    shop.works()
    assert shop.carried(lead) == {"lead"}
    assert shop.history(lead)[-1][4] == "retired"


def test_a_rule_that_was_written_earlier_and_stored_later_is_followed_too(shop: Keeping) -> None:
    (mina,) = shop.people(Someone())
    shop.segment("early", {"tag": "vip"})
    shop.segment("late", {"tag": "vip"})
    shop.works()
    earlier, later = shop.now + timedelta(seconds=1), shop.now + timedelta(seconds=2)
    # Two requests at once: whoever looked at the clock first came to write second.
    for key, at in (("late", later), ("early", earlier)):
        with shop.database.write() as session:
            one = session.scalars(sa.select(Segment).where(Segment.key == key)).one()
            keeping.mean(one, {"tag": "lead"}, gives_tag=None, now=at)
        shop.now = later
        shop.works()
    shop.people(Someone(tags={"lead": None}))
    shop.tags(mina, "lead")
    shop.works()
    assert mina in shop.inside("late")
    assert mina in shop.inside("early")


def test_everybody_is_asked_once_more_when_turns_of_before_the_rule_are_over(shop: Keeping) -> None:
    (mina,) = shop.people(Someone())
    shop.segment("vips", {"tag": "vip"})
    shop.works()
    # A turn that began before there was a rule wrote its tag and told nobody.
    shop.does(mina, lambda book, _who: book.set("vip", source="rule:x"))
    shop.works()
    assert shop.inside("vips") == []
    shop.waits(seconds=11)
    assert shop.inside("vips") == [mina]


def test_an_import_has_everybody_asked_by_the_segments_that_read_it(shop: Keeping) -> None:
    ids = shop.people(*(Someone() for _ in range(3)))
    shop.segment("vips", {"tag": "vip"})
    shop.segment("others", {"tag": "other"})
    shop.works()
    shop.waits(minutes=1)
    for id_ in ids:
        shop.does(id_, lambda book, _who: book.set("vip", source="import:list.csv"))
    with shop.database.write() as session:
        facts = ["tag:vip", "field:x"]
        assert (
            want_sweep(session, SEGMENTS, shop.channel_id, facts, because="import:list.csv", now=shop.now)
            == 1
        )
        assert want_sweep(session, SEGMENTS, shop.channel_id, ["orders"], because="x", now=shop.now) == 0
    shop.works()
    assert shop.inside("vips") == ids
    assert shop.history(ids[0])[0][2] == "import:list.csv"
    with shop.database.write() as session:
        assert (
            want_sweep(session, SEGMENTS, shop.channel_id, EVERY_SEGMENT, because="night", now=shop.now) == 2
        )


def test_a_tag_that_ends_by_itself_is_a_fact_too(shop: Keeping) -> None:
    (mina,) = shop.people(Someone(tags={"vip": 3600}))
    shop.segment("vips", {"tag": "vip"})
    shop.works()
    assert shop.inside("vips") == [mina]
    shop.now += timedelta(hours=1)
    with shop.database.write() as session:
        assert end_expired(session, limit=10, now=shop.now) == 1
    shop.works()
    assert shop.inside("vips") == []
    assert shop.history(mina)[0][4] in {"tag:vip", "time"}


def test_what_time_does_is_not_put_down_to_the_night(shop: Keeping) -> None:
    shop.people(Someone(), Someone())
    shop.segment("asleep", {"seen": {"not_within": "2h"}})
    shop.works()
    shop.waits(seconds=11)
    shop.now += timedelta(hours=3)
    ask_everybody(shop.database, shop.now)
    shop.works()
    with shop.database.read() as session:
        assert set(session.scalars(sa.select(Membership.entered_because))) == {"time"}
        assert session.scalars(sa.select(Segment.sweep_due_at)).one() is None


def test_so_many_that_everybody_is_asked_come_in_by_time_as_well(
    shop: Keeping,
) -> None:
    shop.people(*(Someone() for _ in range(5_010)))
    shop.segment("asleep", {"seen": {"not_within": "2h"}})
    shop.works()
    shop.waits(seconds=11)
    shop.waits(hours=3)
    assert len(shop.inside("asleep")) == 5_010
    with shop.database.read() as session:
        assert set(session.scalars(sa.select(Membership.entered_because))) == {"time"}
    shop.waits(hours=3)
    assert len(shop.inside("asleep")) == 5_010


def test_what_a_turn_changes_while_everybody_is_asked_goes_before_the_older_answer(shop: Keeping) -> None:
    ids = shop.people(*(Someone(tags={"vip": None}) for _ in range(1_100)))
    shop.segment("vips", {"tag": "vip"}, gives_tag="important")
    shop.keeper.step()
    # Two pages are in; of the last one one person is no longer meant, and that is worked in already.
    late, soon = ids[-1], ids[-2]
    shop.untags(late, "vip")
    shop.keeper.step()
    shop.untags(soon, "vip")
    shop.works()
    assert shop.inside("vips") == ids[:-2]
    assert shop.carried(late) == shop.carried(soon) == set()


def test_one_fact_takes_as_many_statements_with_200_segments_as_with_one(shop: Keeping) -> None:
    (mina,) = shop.people(Someone())
    counts = []
    for number in (1, 199):
        for each in range(number):
            shop.segment(
                f"s{number}x{each}",
                {"all": [{"tag": "vip"}, {"following": True}]},
                gives_tag=f"t{number}x{each}",
            )
        shop.works()
        shop.tags(mina, "vip")
        with queries(shop.database) as asked:
            assert shop.keeper.step() == 1
        counts.append(len(asked))
        shop.untags(mina, "vip")
        shop.waits(minutes=1)
        shop.waits(minutes=1)
    # The mark of the segments has changed once more: two to read them. And of five tables SQLite writes what
    # is left over from whole statements of many rows in a second one.
    assert abs(counts[0] - counts[1]) <= 2 + 5, counts
    assert max(counts) <= 32


def test_a_fact_that_changes_no_verdict_takes_eight_statements(shop: Keeping) -> None:
    (mina,) = shop.people(Someone())
    shop.segment("vips", {"all": [{"tag": "vip"}, {"tag": "lead"}, {"following": True}]})
    shop.works()
    counts = []
    for _ in range(2):  # the first reads the segments again, which everybody was asked about since
        shop.tags(mina, "vip")
        with queries(shop.database) as asked:
            assert shop.keeper.step() == 1
        counts.append(len(asked))
    look_up, person, settle = 3, 3, 2  # of the person no fields: no rule reads one
    assert counts[-1] == look_up + person + settle


def test_a_worker_that_wakes_up_late_finds_its_writes_refused(shop: Keeping) -> None:
    (mina,) = shop.people(Someone())
    shop.segment("vips", {"tag": "vip"})
    shop.works()
    other = shop.hires()
    shop.tags(mina, "vip")
    assert other.step() == 0, "the lease is held"
    shop.now += timedelta(seconds=20)
    assert other.step() > 0
    shop.untags(mina, "vip")
    assert shop.keeper.step() == 0
    while other.step():
        pass
    assert [row[0] for row in shop.history(mina)] == ["vips"]
    assert shop.inside("vips") == []


def test_a_crash_between_any_two_statements_loses_nothing_and_doubles_nothing(shop: Keeping) -> None:
    ids = shop.people(*(Someone(tags={"vip": None}) for _ in range(3)), Someone())
    shop.segment("vips", {"tag": "vip"}, gives_tag="important")
    for after_statements in range(1, 60):
        with dies_after(shop.database, after_statements):
            try:
                shop.works()
            except Killed:
                shop.now += timedelta(seconds=11)
                shop.keeper = shop.hires()
    shop.works()
    shop.tags(ids[3], "vip", key="event")
    for after_statements in range(1, 40):
        with dies_after(shop.database, after_statements):
            try:
                shop.works()
            except Killed:
                shop.now += timedelta(seconds=11)
                shop.keeper = shop.hires()
    shop.works()
    assert shop.inside("vips") == ids
    for id_ in ids:
        assert len(shop.history(id_)) == 1
        assert "important" in shop.carried(id_)
    with shop.database.read() as session:
        given = sa.select(sa.func.count()).select_from(TagChange).where(TagChange.source == "segment:vips")
        assert session.scalar(given) == 4
    assert [line for line in shop.story(ids[3]) if line[0] is EntryKind.SEGMENT_ENTERED] == [
        (EntryKind.SEGMENT_ENTERED, "vips")
    ]


class Killed(BaseException):
    """The process was killed here."""


@contextmanager
def dies_after(database: Database, statements: int) -> Iterator[None]:
    """Let the process die before its next statement after some of them."""
    left = [statements]

    def count(*_more: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Killed

    with listening(database, "before_cursor_execute", count):
        yield


def test_a_rule_that_cannot_be_read_any_more_holds_up_nobody_else(shop: Keeping) -> None:
    (mina,) = shop.people(Someone(tags={"vip": None}))
    shop.segment("broken", {"no such leaf": 1})
    shop.segment("vips", {"tag": "vip"})
    with pytest.raises(FaultyRule):
        shop.works()
    shop.works()
    assert shop.inside("vips") == [mina]
    shop.untags(mina, "vip")
    shop.works()
    assert shop.inside("vips") == []


def test_a_touch_that_fails_is_put_aside_and_others_go_on(shop: Keeping) -> None:
    odd, mina = shop.people(Someone(), Someone())
    fails = LeafKind(
        "fails", TypeAdapter(bool), sql=lambda _asks, _at: Contact.id < 0, holds=_fail_for(odd),
        fact=lambda _asks, _person, _at: None, reads=lambda _asks: ["tag:vip"],
    )  # fmt: skip
    shop.keeper = SegmentKeeper(shop.database, Segments((*LEAVES, fails)), shop.clock, owner=new_owner())
    shop.segment("fails", {"any": [{"fails": True}, {"tag": "vip"}]})
    shop.works()
    shop.tags(odd, "vip")
    shop.tags(mina, "vip")
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            shop.works()
    shop.works()
    assert shop.inside("fails") == [mina]


def _fail_for(contact_id: int) -> Callable[[bool, Person, At], bool]:
    def holds(_asks: bool, person: Person, _at: At) -> bool:
        return 1 // (person.contact_id != contact_id) < 1

    return holds


def test_pages_of_a_sweep_are_short_only_where_somebody_waits_for_them(shop: Keeping) -> None:
    shop.people(*(Someone(tags={"lead": None}) for _ in range(PAGE + 50)))
    shop.segment("leads", {"tag": "lead"})
    did = [shop.keeper.step() for _ in range(2)]
    assert did == ([PAGE, 50] if shop.database.is_sqlite else [PAGE + 50, 1])
