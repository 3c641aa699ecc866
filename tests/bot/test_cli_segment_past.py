"""Who was in a segment, and lists of people, on the command line."""

import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.segmenting import SEGMENTS
from core.clock import system_clock
from core.db import Database
from core.errors import Conflict
from facts.models import Customer
from segmentation import static
from segmentation.models import Membership, Segment
from segmentation.static import BegunAnew, Unfinished
from simulator.person import Person
from staff.models import AuditEntry
from tests.bot.conftest import Run
from tests.shop import EXAMPLES, Shop


@pytest.fixture
def mina(shop: Shop) -> Person:
    """Somebody who has just become one with a high budget, by the clock of the command line."""
    shop.clock.set(system_clock())
    shop.publishes(EXAMPLES / "rental")
    shop.does_chores()
    mina = shop.person("王小美", language="zh-TW")
    mina.follows()
    for label in ("開始找房", "台北市", "25,000–40,000"):
        mina.taps(label)
    shop.does_chores()
    return mina


def test_the_history_of_a_segment_is_told_by_days(command: Run, shop: Shop, mina: Person) -> None:
    days = json.loads(command("segment", "history", "high_budget", "--days", "3", "--json").stdout)
    assert [(one["entered"], one["left"], one["members"]) for one in days] == [
        (0, 0, 0),
        (0, 0, 0),
        (1, 0, 1),
    ]
    (today,) = command("segment", "history", "high_budget", "--on", days[-1]["day"]).stdout.splitlines()
    assert today.split() == [days[-1]["day"], "+1", "-0", "1"]
    assert command("segment", "history", "high_budget", "--on", "tomorrow").stderr == (
        "'tomorrow' is no day: write 2027-03-01\n"
    )


def test_whether_somebody_was_in_is_told_with_the_reason(command: Run, shop: Shop, mina: Person) -> None:
    now, before = shop.now().isoformat(), (shop.now() - timedelta(days=1)).isoformat()
    asked = ("segment", "was-in", "high_budget", mina.user_id, "--at")
    told = command(*asked, now).stdout
    assert told.startswith("當時屬於分眾「高預算」，從 20"), "the account speaks Chinese"
    assert told.endswith("（標籤「25,000–40,000」）\n")
    told = command(*asked, now, "--language", "en").stdout
    assert told.startswith("was in the segment “High budget”, since ")
    assert told.endswith("(tag “NT$25,000–40,000”)\n")
    assert command(*asked, before).stdout == "當時不屬於分眾「高預算」\n"
    assert command(*asked, before, "--language", "ja").stdout == (
        "当時はセグメント「高めの予算」に入っていなかった\n"
    )
    found = json.loads(
        command("segment", "was-in", "high_budget", mina.user_id, "--at", now, "--json").stdout
    )
    assert found["was_in"] is True
    assert found["stay"]["entered_because"] == "tag:budget:high"
    assert found["stay"]["entered_by_event"] is not None
    assert "told" not in found
    with shop.database.write() as session:
        stay = session.scalars(
            sa.select(Membership)
            .join(Segment, Segment.id == Membership.segment_id)
            .where(Segment.key == "high_budget")
        ).one()
        stay.left_at, stay.left_because = shop.now() + timedelta(hours=1), "time"
    found = json.loads(command(*asked, now, "--json", "--language", "en").stdout)
    assert found["told"].partition("), until ")[2].endswith(" (time went by)")
    assert command("segment", "was-in", "high_budget", mina.user_id, "--at", "x").exit_code == 1


def members(database: Database, key: str) -> list[int]:
    with database.read() as session:
        wanted = sa.select(Membership.contact_id).join(Segment, Segment.id == Membership.segment_id)
        return list(session.scalars(wanted.where(Segment.key == key, Membership.left_at.is_(None))))


def test_a_snapshot_keeps_who_is_in_a_segment_now(command: Run, shop: Shop, mina: Person) -> None:
    assert (
        command("segment", "snapshot", "high_budget", "spring").stdout == "1 people are on the list spring\n"
    )
    assert command("segment", "count", "spring").stdout == "1\n"
    assert command("segment", "why", "spring", mina.user_id).stdout.startswith("屬於分眾「spring」")
    again = command("segment", "snapshot", "high_budget", "spring")
    assert (again.exit_code, again.stderr) == (
        1,
        "there is a segment spring already, or has been: choose another id\n",
    )
    with shop.database.read() as session:
        entry = session.scalars(sa.select(AuditEntry)).all()[-1]
        assert (entry.action, entry.detail) == ("segment.list", {"because": "snapshot:high_budget"})


def test_a_list_that_was_not_finished_is_told_of_and_thrown_away(
    command: Run, shop: Shop, mina: Person
) -> None:
    assert command("segment", "unfinished").stdout == ""
    with shop.database.write() as session:
        ours = static.begin(session, shop.channel_id, "spring", labels={}, by="cli:lin", now=shop.now())
        static.put(session, ours, [shop.contact(mina).id], because="upload:a.csv", now=shop.now())
    told = command("segment", "unfinished").stdout
    assert told.startswith("        1  spring  begun 20")
    assert told.endswith(" by cli:lin\n")
    (found,) = json.loads(command("segment", "unfinished", "--json").stdout)
    assert (found["id"], found["people"], found["by"]) == ("spring", 1, "cli:lin")
    assert command("segment", "discard", "spring").stdout == "spring is gone, with 1 people on it\n"
    assert command("segment", "unfinished").stdout == ""
    assert members(shop.database, "spring") == []
    refused = command("segment", "discard", "high_budget")
    assert (refused.exit_code, refused.stderr) == (1, "there is no unfinished list high_budget\n")
    assert command("segment", "snapshot", "high_budget", "spring").exit_code == 0, "its id is free again"


def test_a_file_of_ids_becomes_a_list_and_who_is_unknown_is_told(
    command: Run, shop: Shop, mina: Person, tmp_path: Path
) -> None:
    yuki = shop.person("ゆき", language="ja")
    yuki.follows()
    with shop.database.write() as session:
        session.add(
            Customer(
                channel_id=shop.channel_id,
                customer_key="C-17",
                contact_id=shop.contact(yuki).id,
                created_at=shop.now(),
            )
        )
    unknown = [f"U{number:032x}" for number in range(10_000)]
    lines = [mina.user_id, '"C-17",x', "", mina.user_id, *unknown]
    file = tmp_path / "list.csv"
    file.write_text("\ufeff" + "\n".join(lines), encoding="utf-8")
    done = command("segment", "upload", "listed", str(file), "--label", "名單")
    assert done.stdout == "2 people are on the list listed\n"
    assert "nobody is known by line 5, line 6" in done.stderr
    assert "and 9990 more" in done.stderr
    beside = (tmp_path / "list.csv.unknown.csv").read_text().splitlines()
    assert len(beside) == 10_001
    assert beside[:2] == ["line,id", f"5,{unknown[0]}"]
    assert sorted(members(shop.database, "listed")) == sorted([shop.contact(mina).id, shop.contact(yuki).id])
    assert command("segment", "count", "listed").stdout == "2\n"


def test_a_list_that_was_cut_short_is_not_there_and_is_begun_again(
    command: Run, shop: Shop, mina: Person
) -> None:
    with shop.database.write() as session:
        begun = static.begin(session, shop.channel_id, "spring", labels={}, by="mina", now=shop.now())
        static.put(session, begun, [shop.contact(mina).id], because="upload:old.csv", now=shop.now())
    listed = json.loads(command("segment", "list", "--json").stdout)
    assert "spring" not in {one["id"] for one in listed}
    with shop.database.write() as session:
        again = static.begin(session, shop.channel_id, "spring", labels={}, by="ken", now=shop.now())
        # Who filled it before is alive after all: the two must not be mixed.
        with pytest.raises(BegunAnew):
            static.put(session, begun, [shop.contact(mina).id], because="upload:old.csv", now=shop.now())
        with pytest.raises(BegunAnew):
            static.finish(session, SEGMENTS, begun, now=shop.now())
        assert static.empty(session, again, limit=10) == 1
    assert command("segment", "snapshot", "tenants", "spring").stdout == "0 people are on the list spring\n"
    assert members(shop.database, "spring") == []


def test_of_two_that_begin_the_same_list_at_once_nobody_fails_by_a_fault_of_ours(shop: Shop) -> None:
    def begins(by: str) -> Unfinished | Conflict:
        with shop.database.write() as session:
            try:
                return static.begin(session, shop.channel_id, "spring", labels={}, by=by, now=shop.now())
            except Conflict as told:
                return told

    with ThreadPoolExecutor(1) as pool:
        with shop.database.write() as session:
            static.begin(session, shop.channel_id, "spring", labels={}, by="mina", now=shop.now())
            other = pool.submit(begins, "ken")
            threading.Event().wait(0.3)
        assert isinstance(other.result(30), Unfinished | Conflict)


def test_a_list_that_becomes_whole_while_somebody_begins_it_anew_stays(shop: Shop, mina: Person) -> None:
    contact = shop.contact(mina).id
    with shop.database.write() as session:
        ours = static.begin(session, shop.channel_id, "spring", labels={}, by="mina", now=shop.now())
        static.put(session, ours, [contact], because="upload:a.csv", now=shop.now())

    def begins_anew() -> Conflict | None:
        with shop.database.write() as session:
            try:
                static.begin(session, shop.channel_id, "spring", labels={}, by="ken", now=shop.now())
            except Conflict as told:
                return told
        return None

    with ThreadPoolExecutor() as pool:
        with shop.database.write() as session:
            static.finish(session, SEGMENTS, ours, now=shop.now())
            session.flush()  # written, and not yet seen by who reads
            other = pool.submit(begins_anew)
            threading.Event().wait(0.3)
        assert isinstance(other.result(), Conflict)
    (whole,) = shop.rows(Segment, Segment.key == "spring")
    assert whole.retired_at is None
    assert members(shop.database, "spring") == [contact]


def test_a_list_has_an_id_as_other_segments_do(
    command: Run, shop: Shop, mina: Person, tmp_path: Path
) -> None:
    file = tmp_path / "list.csv"
    file.write_text(mina.user_id)
    for key in ("", "two words", "x:y", "x" * 61):
        for refused in (
            command("segment", "upload", key, str(file)),
            command("segment", "snapshot", "tenants", key),
        ):
            assert (refused.exit_code, refused.stderr[:5]) == (1, "key: "), key
    assert command("segment", "upload", "fine", str(file), "--label", "x" * 61).exit_code == 1
    assert command("segment", "unfinished").stdout == ""


def test_a_list_may_come_from_a_file_whose_name_is_no_utf8(
    command: Run, shop: Shop, mina: Person, tmp_path: Path
) -> None:
    file = Path(os.fsdecode(os.fsencode(tmp_path) + "/名單.csv".encode("big5")))
    file.write_text(f"{mina.user_id}\nUnobody")
    done = command("segment", "upload", "listed", str(file))
    assert (done.exit_code, done.stdout) == (0, "1 people are on the list listed\n")
    assert "nobody is known by line 2: see" in done.stderr
    assert members(shop.database, "listed") == [shop.contact(mina).id]
