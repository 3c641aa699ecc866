"""Files through the front door: taken in once, whatever is wrong with them, and whoever stops in the middle."""

import csv
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot.importer import FIRST_PAGE, Importer, Plan, Report
from bot.privacy import erase
from bot.segmenting import SEGMENTS
from contacts import bulk_fields, many
from contacts import service as contacts
from contacts.bulk_fields import FieldValue
from contacts.fields import FieldBook
from contacts.imported import News, of_line
from contacts.models import Contact, ContactField, FieldKind, Following
from contacts.timeline import TimelineEntry
from core.clock import system_clock
from core.db import Database
from core.errors import Conflict
from core.inserts import insert_new
from core.leases import new_owner
from core.migrating import upgrade
from facts import customers
from facts.events import Tracked, track
from facts.models import ContactEvent, Customer, ImportKind, ImportRun, Order, OrderTotals
from line.channels import Channel, ensure_channel
from segmentation import keeping
from segmentation.models import ContactTag, Segment, Tag, TagChange
from segmentation.tags import TagBook
from tests.bot.conftest import Run
from tests.shop import EXAMPLES
from tests.waiting import somebody_waits

KEY = b"k" * 40
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def user(number: int) -> str:
    return f"U{number:032x}"


@pytest.fixture(autouse=True)
def channel_id(database: Database) -> int:
    with database.write() as session:
        return ensure_channel(session, now=LONG_AGO).id


def written(text: str, encoding: str = "utf-8", name: str = "file.csv") -> str:
    Path(name).write_bytes(text.encode(encoding))
    return name


def count(database: Database, table: Any) -> int:
    with database.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def person(database: Database, number: int) -> tuple[Contact, set[str], dict[str, object]]:
    """Return a contact with tags and fields."""
    with database.read() as session:
        contact = session.scalars(sa.select(Contact).where(Contact.line_user_id == user(number))).one()
        now = system_clock()
        tags = TagBook(session, contact, event_key=None, now=now).names()
        return contact, set(tags), dict(FieldBook(session, contact, event_key=None, now=now).values())


CUSTOMERS = f"""客戶編號,LINE使用者ID,註冊日期,生日月份,性別,縣市,行銷同意,同意時間,標籤,來店次數
C-1,{user(1)},2024/5/6,4月,女,臺北市,○,2024/5/6 10:00,vip;taste:tea,12
C-2,{user(2)},2024/5/7,,男,新北市,×,2024/5/7 10:00,,3
C-3,,2024/5/8,,,,,,,
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "big5"])
def test_customers_become_contacts_with_fields_tags_and_consent(
    command: Run, database: Database, encoding: str
) -> None:
    file = written(CUSTOMERS, encoding)
    done = command("import", "contacts", file)
    assert "3 rows: 2 new, 0 changed, 0 same, 1 without a LINE user id" in done.stdout
    mina, tags, fields = person(database, 1)
    assert (mina.following, mina.profile_due_at) == (Following.UNKNOWN, None)
    assert mina.last_seen_at == datetime(2024, 5, 6, tzinfo=ZoneInfo("Asia/Taipei"))
    assert tags == {"vip", "taste:tea", "consent:marketing"}
    assert fields == {
        "registered_at": "2024-05-06",
        "birth_month": 4,
        "gender": "female",
        "prefecture": "臺北市",
        "來店次數": 12,
    }
    assert person(database, 2)[1] == set()
    assert count(database, Customer) == 3
    with database.read() as session:
        said = (
            sa.select(TagChange.source, TagChange.at)
            .order_by(TagChange.at)
            .where(TagChange.at < system_clock() - timedelta(days=9))
        )
        assert session.execute(said).all() == [
            (f"import:{file}", datetime(2024, 5, day, 10, tzinfo=ZoneInfo("Asia/Taipei"))) for day in (6, 7)
        ]

    assert "is in since" in command("import", "contacts", file).stdout
    before = count(database, TagChange)
    again = json.loads(command("import", "contacts", file, "--again", "--json").stdout)
    assert (again["new"], again["changed"], again["same"]) == (0, 0, 2)
    assert count(database, TagChange) == before


def story(database: Database, number: int) -> list[tuple[str, str | None, News]]:
    """Return the lines of a contact's story: kind, what each is about, and what came with a file."""
    with database.read() as session:
        lines = session.scalars(
            sa.select(TimelineEntry)
            .join(Contact, Contact.id == TimelineEntry.contact_id)
            .where(Contact.line_user_id == user(number))
            .order_by(TimelineEntry.id)
        )
        return [(line.kind.value, line.about, of_line(line)) for line in lines]


def test_a_story_tells_in_one_line_what_changed_by_a_row(command: Run, database: Database) -> None:
    file = written(CUSTOMERS)
    for options in ((), ("--again",)):
        command("import", "contacts", file, *options)
    later = CUSTOMERS.replace("vip;", "gold;").replace(",12\n", ",13\n").replace("○,2024/5/6", "×,2024/5/7")
    command("import", "contacts", written(later, name="later.csv"))
    first, second = story(database, 1)
    fields = {
        "registered_at": "2024-05-06",
        "birth_month": 4,
        "gender": "female",
        "prefecture": "臺北市",
        "來店次數": 12,
    }
    assert first[:2] == ("imported", "import:file.csv")
    assert (first[2].fields, sorted(first[2].put_on), first[2].taken_off) == (
        fields,
        ["consent:marketing", "taste:tea", "vip"],
        [],
    )
    assert second == (
        "imported",
        "import:later.csv",
        News({"來店次數": 13}, ["gold"], ["consent:marketing"]),
    )
    with database.read() as session:
        channel = session.scalars(sa.select(Channel)).one()
    erase(database, channel, user(1), key=KEY, now=system_clock())
    with database.read() as session:
        kept = session.scalars(sa.select(TimelineEntry.payload).where(TimelineEntry.payload.is_not(None)))
        assert not [payload for payload in kept if payload and "臺北市" in str(payload)]


def test_a_newer_word_about_consent_stands(command: Run, database: Database) -> None:
    def told(said: str, at: str, name: str) -> set[str]:
        text = f"line_user_id,marketing_consent,consent_at\n{user(1)},{said},{at}\n"
        command("import", "contacts", written(text, name=name), "--purpose", "news")
        return person(database, 1)[1]

    assert told("yes", "2026/3/1", "a.csv") == {"consent:news"}
    assert told("no", "2026/2/1", "b.csv") == {"consent:news"}
    assert told("no", "2026/4/1", "c.csv") == set()
    assert told("yes", "2026/3/15", "d.csv") == set()
    assert told("yes", "2026/5/1", "e.csv") == {"consent:news"}
    assert told("no", "", "f.csv") == set()


YES, NO = "yes", "no"


@pytest.mark.parametrize(
    ("told", "agrees"),
    [
        ([(NO, "2026/4/1"), (YES, "2026/3/1")], False),
        ([(YES, "2026/3/1"), (NO, "2026/4/1"), (NO, "2026/6/1"), (YES, "2026/5/1")], False),
        ([(YES, "2026/3/1"), (YES, "2026/5/1"), (NO, "2026/4/1")], True),
        ([(YES, "2026/4/1"), (NO, "2026/3/1")], True),
        ([(NO, ""), (YES, "2026/3/1")], False),
        ([(NO, "2026/4/1"), (YES, "2026/4/1")], False),
        ([(YES, "2026/4/1"), (NO, "2026/4/1")], False),
    ],
)
@pytest.mark.parametrize("in_one_file", [True, False])
def test_the_newest_word_about_consent_counts_in_whatever_order_they_come(
    command: Run, database: Database, told: list[tuple[str, str]], *, agrees: bool, in_one_file: bool
) -> None:
    rows = [f"{user(1)},{said},{at}\n" for said, at in told]
    files = ["".join(rows)] if in_one_file else rows
    header = "line_user_id,marketing_consent,consent_at\n"
    names = [written(header + text, name=f"{number}.csv") for number, text in enumerate(files)]
    for name in names:
        command("import", "contacts", name)
    assert person(database, 1)[1] == ({"consent:marketing"} if agrees else set())
    entries = count(database, TagChange)
    for name in names:
        command("import", "contacts", name, "--again")
    assert (person(database, 1)[1], count(database, TagChange)) == (
        {"consent:marketing"} if agrees else set(),
        entries,
    ), "again is the same"


def test_an_answer_goes_before_a_tag_of_the_same_row(command: Run, database: Database) -> None:
    row = f"line_user_id,marketing_consent,consent_at,tags\n{user(1)},no,2026/4/1,consent:marketing;vip\n"
    command("import", "contacts", written(row))
    assert person(database, 1)[1] == {"vip"}


ORDERS = """注文番号,会員番号,注文日,金額,ステータス,返金額,店舗
A-1,C-1,2026/11/5 9:05,"¥12,300",支払済,,渋谷
A-2,C-1,２０２６／１１／６,１，０００円,返金,1000,渋谷
A-3,C-2,2026年11月7日,500,,,
"""


@pytest.mark.parametrize("encoding", ["utf-8", "cp932"])
def test_orders_find_their_people_before_and_after(command: Run, database: Database, encoding: str) -> None:
    text = ORDERS.replace("¥", "\\") if encoding == "cp932" else ORDERS
    done = json.loads(command("import", "orders", written(text, encoding), "--json").stdout)
    assert (done["encoding"], done["rows"], done["new"], done["refused"]) == (encoding, 3, 3, 0)
    assert count(database, OrderTotals) == 0
    command("import", "contacts", written(CUSTOMERS, name="customers.csv"))
    with database.read() as session:
        totals = session.execute(sa.select(OrderTotals.orders, OrderTotals.net_cents)).all()
    assert sorted(totals) == [(1, 500_00), (1, 12_300_00)]

    changed = ORDERS.replace("支払済,", "一部返金,300").replace("C-2", "C-1")
    again = json.loads(command("import", "orders", written(changed, name="later.csv"), "--json").stdout)
    assert (again["new"], again["changed"], again["same"]) == (0, 2, 1)
    with database.read() as session:
        assert session.execute(sa.select(OrderTotals.orders, OrderTotals.net_cents)).all() == [(2, 12_500_00)]


def test_what_a_row_about_an_order_does_not_tell_stays(command: Run, database: Database) -> None:
    header = "order_id,customer_id,ordered_at,total_amount,status,refunded_amount,coupon_code\n"
    command(
        "import", "orders", written(f"{header}A-1,C-1,2026/11/5,1000,refunded,1000,AUTUMN\n", name="a.csv")
    )
    command("import", "orders", written(f"{header}A-1,C-1,2026/11/5,800,,,\n", name="b.csv"))
    twice = f"{header}A-2,C-1,2026/11/5,500,partially_refunded,200,\nA-2,C-1,2026/11/5,500,,,\n"
    command("import", "orders", written(twice, name="c.csv"))
    short = "order_id,customer_id,ordered_at,total_amount\nA-1,C-1,2026/11/5,1000\n"
    command("import", "orders", written(short, name="d.csv"))
    with database.read() as session:
        first, second = session.scalars(sa.select(Order).order_by(Order.order_key))
        assert (
            first.status,
            first.total_cents,
            first.refunded_cents,
            first.net_cents,
            first.coupon_code,
        ) == (
            "refunded",
            1000_00,
            800_00,
            0,
            "AUTUMN",
        )
        assert (second.status, second.net_cents) == ("partially_refunded", 300_00)


def test_an_order_told_twice_keeps_the_person_that_one_of_its_rows_names(
    command: Run, database: Database
) -> None:
    rows = (
        "order_id,customer_id,line_user_id,ordered_at,total_amount\n"
        f"A-1,C-1,{user(1)},2026/11/5,1000\nA-1,C-1,,2026/11/5,1000\n"
        f"A-2,C-2,{user(2)},2026/11/5,10\nA-3,C-2,{user(3)},2026/11/5,10\nA-2,C-2,{user(2)},2026/11/5,10\n"
        f"A-4,C-4,{user(4)},2026/11/5,10\nA-4,C-5,,2026/11/5,10\n"
    )
    command("import", "orders", written(rows))
    with database.read() as session:
        tied = sa.select(Customer.customer_key, Contact.line_user_id).outerjoin(
            Contact, Contact.id == Customer.contact_id
        )
        assert {row[0]: row[1] for row in session.execute(tied)} == {
            "C-1": user(1),
            "C-2": user(2),
            "C-4": user(4),
            "C-5": None,
        }
        totals = session.execute(
            sa.select(Contact.line_user_id, OrderTotals.net_cents).join(
                OrderTotals, OrderTotals.contact_id == Contact.id
            )
        )
        assert {row[0]: row[1] for row in totals} == {user(1): 1000_00, user(2): 20_00}


def test_an_order_whose_person_is_told_later_has_changed(
    command: Run, database: Database, channel_id: int
) -> None:
    with database.write() as session:
        segment = keeping.new(channel_id, "buyers", {"orders": {}}, now=system_clock())
        segment.sweep_due_at = segment.sweep_because = None  # as if everybody had been asked
        session.add(segment)
    command("import", "tags", written(f"line_user_id,tag\n{user(1)},a\n", name="tags.csv"))
    header = "order_id,customer_id,line_user_id,ordered_at,total_amount\n"
    reasons: list[object] = []
    for name, one in (("a.csv", ""), ("b.csv", user(1))):
        rows = f"{header}A-1,C-1,{one},2026/11/5,1000\n"
        report = json.loads(command("import", "orders", written(rows, name=name), "--json").stdout)
        reasons.append((report["new"], report["changed"]))
        with database.write() as session:
            buyers = session.scalars(sa.select(Segment)).one()
            reasons.append(buyers.sweep_because)
            buyers.sweep_due_at = buyers.sweep_because = None
    assert reasons == [(1, 0), "import:a.csv", (0, 1), "import:b.csv"]


def test_a_row_by_number_is_about_whom_a_row_before_it_names(command: Run, database: Database) -> None:
    header = "customer_id,line_user_id,tags,city,marketing_consent\n"
    command("import", "contacts", written(f"{header}C-1,{user(1)},a,,\nC-1,,b,Taipei,\n", name="a.csv"))
    assert person(database, 1)[1:] == ({"a", "b"}, {"city": "Taipei"})
    command("import", "contacts", written(f"{header}C-1,{user(2)},,,\nC-1,,vip,Tainan,yes\n", name="b.csv"))
    assert person(database, 1)[1:] == ({"a", "b"}, {"city": "Taipei"})
    assert person(database, 2)[1:] == ({"vip", "consent:marketing"}, {"city": "Tainan"})


def test_of_tags_told_twice_the_later_row_holds_and_again_changes_nothing(
    command: Run, database: Database
) -> None:
    with database.write() as session:
        channel = session.scalars(sa.select(Channel)).one()
        for name in ("ice:full", "ice:none"):
            session.add(Tag(channel_id=channel.id, name=name, labels={}, group="ice", is_single=True))
    rows = f"{user(1)},ice:full,\n{user(1)},ice:none,\n{user(1)},gold,2099/1/1\n{user(1)},gold,2090/1/1\n"
    file = written(f"line_user_id,tag,expires_at\n{rows}")
    seen = []
    for again in ((), ("--again",), ("--again",)):
        command("import", "tags", file, *again)
        with database.read() as session:
            (gold,) = session.scalars(
                sa.select(ContactTag.expires_at).where(ContactTag.expires_at.is_not(None))
            )
        seen.append((person(database, 1)[1], gold, count(database, TagChange)))
    assert seen == [({"ice:none", "gold"}, datetime(2090, 1, 1, tzinfo=ZoneInfo("Asia/Taipei")), 2)] * 3


def test_an_event_without_an_id_is_one_whatever_stands_beside_it(command: Run, database: Database) -> None:
    """What its columns held was told by the first thousand rows: where one said XL, 7 was a text."""
    header = "line_user_id,event_type,occurred_at,size,note\n"
    rows = f"{user(1)},bought,2026/11/5 9:05,7,true\n{user(1)},bought,2026/11/5 9:06,1e400,nan\n"
    command("import", "events", written(header + rows, name="mon.csv"))
    more = f"{rows}{user(1)},bought,2026/11/5 9:07,XL,007\n"
    report = json.loads(command("import", "events", written(header + more, name="tue.csv"), "--json").stdout)
    assert (report["new"], report["same"], report["refused"]) == (1, 2, 0)
    with database.read() as session:
        told = session.scalars(sa.select(ContactEvent.properties).order_by(ContactEvent.at)).all()
    assert told == [
        {"size": 7, "note": True},
        {"size": "1e400", "note": "nan"},
        {"size": "XL", "note": "007"},
    ]


def test_columns_are_ours_only_where_our_files_have_them(command: Run, database: Database) -> None:
    rows = f"row,reason,line_user_id,reason,row\n7,is past,{user(1)},moved,12\n"
    command("import", "contacts", written(rows))
    assert person(database, 1)[2] == {"reason": "moved", "row": 12}


def test_one_file_of_two_kinds_has_two_files_of_refused_rows(command: Run) -> None:
    file = written("line_user_id,tag\nnobody,a\n")
    command("import", "contacts", file)
    command("import", "tags", file)
    assert sorted(path.name for path in Path().glob("file.csv.*")) == [
        "file.csv.contacts.refused.csv",
        "file.csv.tags.refused.csv",
    ]


def test_a_file_tells_of_each_purpose_once(command: Run, database: Database) -> None:
    file = written(f"line_user_id,marketing_consent\n{user(1)},yes\n")
    for _ in range(2):
        command("import", "contacts", file)
        command("import", "contacts", file, "--purpose", "news")
    assert person(database, 1)[1] == {"consent:marketing", "consent:news"}
    assert count(database, ImportRun) == 2
    for purpose in ("a b|c,", "", "n" * 73):
        done = command("import", "contacts", file, "--purpose", purpose)
        assert done.exit_code == 1
        assert "purpose: is a word without a space, a comma and |, of at most 72 characters" in done.stderr


def test_a_file_may_be_called_anything(command: Run, database: Database) -> None:
    name = os.fsdecode("中文.csv".encode("big5"))
    Path(name).write_text(f"line_user_id,tag\n{user(1)},a\nnobody,a\n")
    done = command("import", "tags", name)
    assert done.exit_code == 0
    assert "1 refused, see " in done.stdout
    assert person(database, 1)[1] == {"a"}


def test_events_and_tags_go_to_people_by_either_number(command: Run, database: Database) -> None:
    command("import", "contacts", written(CUSTOMERS, name="customers.csv"))
    events = (
        "line_user_id,customer_id,event_type,occurred_at,properties\n"
        f'{user(1)},,bought,2026/11/5 9:05,"{{""sku"": ""tea""}}"\n'
        f'{user(1)},,bought,2026/11/5 9:05,"{{""sku"": ""tea""}}"\n'
        ",C-2,visited,2026/11/5,\n"
        ",C-9,visited,2026/11/5,\n"
        f"{user(7)},,visited,2026/11/5,\n"
    )
    done = command("import", "events", written(events, name="events.csv"), "--json")
    report = json.loads(done.stdout)
    assert (report["new"], report["same"], report["refused"]) == (3, 1, 1)
    assert done.stderr == "row 5: customer_id C-9 has no LINE user id yet: import contacts first\n"
    assert count(database, ContactEvent) == 3
    assert person(database, 7)[0].last_seen_at == datetime(2026, 11, 5, tzinfo=ZoneInfo("Asia/Taipei"))

    tags = f"line_user_id,tag,expires_at\n{user(1)},gold,2099/1/1\n{user(1)},vip,\n{user(8)},gold,\n"
    report = json.loads(command("import", "tags", written(tags, name="tags.csv"), "--json").stdout)
    assert (report["changed"], report["same"]) == (3, 0)
    assert person(database, 8)[1] == {"gold"}
    assert command("tag", "undo", "import:tags.csv").exit_code == 0
    assert person(database, 1)[1] == {"vip", "taste:tea", "consent:marketing"}
    assert person(database, 8)[1] == set()


def test_events_of_an_older_program_are_known_when_they_come_again(command: Run, database: Database) -> None:
    """Until revision 0013 the key of an event that has no id did not begin with its time."""
    events = (
        "line_user_id,event_type,occurred_at,event_id\n"
        f"{user(1)},bought,2026/11/5 9:05,\n"
        f"{user(1)},visited,1969-07-20T20:17:40.75Z,\n"
        f"{user(1)},bought,2026/11/6 9:05,till-7\n"
    )
    file = written(events, name="events.csv")
    command("import", "events", file)
    with database.write() as session:
        keys = sorted(session.scalars(sa.select(ContactEvent.key)))
        assert [len(key) for key in keys] == [7 + 20 + 32, 7 + 20 + 32, len("import/till-7")]
        short = sa.literal("import/") + sa.func.substr(ContactEvent.key, 28)
        session.execute(sa.update(ContactEvent).where(ContactEvent.key != "import/till-7").values(key=short))
        session.execute(sa.text("UPDATE alembic_version SET version_num = '0012'"))
    upgrade(database)
    with database.read() as session:
        assert sorted(session.scalars(sa.select(ContactEvent.key))) == keys
    again = json.loads(command("import", "events", file, "--again", "--json").stdout)
    assert (again["new"], again["same"]) == (0, 3)


def test_bad_rows_go_into_a_file_beside_and_come_back_put_right(command: Run, database: Database) -> None:
    text = (
        "order_id,customer_id,ordered_at,total_amount,note\n"
        "A-1,C-1,2026/11/5,100,ok\n"
        "A-2,C-1,2099/1/1,100,=HYPERLINK(1)\n"
        "\n"
        'A-3,C-1,2026/11/5,-100,"two\nlines"\n'
        "A-4,C-1,2026/11/5,100,\n"
    )
    done = command("import", "orders", written(text), "--json")
    assert json.loads(done.stdout)["refused_file"] == "file.csv.orders.refused.csv"
    with Path("file.csv.orders.refused.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["row", "reason", "order_id", "customer_id", "ordered_at", "total_amount", "note"]
    assert rows == [
        ["3", "ordered_at is in the future", "A-2", "C-1", "2099/1/1", "100", "'=HYPERLINK(1)"],
        ["5", "total_amount is negative", "A-3", "C-1", "2026/11/5", "'-100", "two\nlines"],
    ]
    right = Path("file.csv.orders.refused.csv").read_text("utf-8-sig").replace("2099/1/1", "2026/11/6")
    report = json.loads(command("import", "orders", written(right, name="right.csv"), "--json").stdout)
    assert (report["new"], report["refused"]) == (1, 1)
    assert count(database, Order) == 3


@pytest.mark.parametrize(
    ("account", "options", "rows", "said", "counts"),
    [
        (
            None,
            (),
            ["row 2", "row 3"],
            ["ordered_at is in the future", "customer_id is empty"],
            "file.csv, utf-8: 3 rows: 1 new, 0 changed, 0 same\n2 refused, see file.csv.orders.refused.csv\n",
        ),
        (
            "rental",
            (),
            ["第 2 列", "第 3 列"],
            ["ordered_at：是未來的時間", "customer_id：空白"],
            "file.csv, utf-8: 3 列: 新增 1, 變更 0, 不變 0\n退回 2 列，請見 file.csv.orders.refused.csv\n",
        ),
        (
            "rental",
            ("--language", "ja"),
            ["2 行目", "3 行目"],
            ["ordered_at：未来の日時になっている", "customer_id：空欄"],
            (
                "file.csv, utf-8: 3 行: 新規 1, 変更 0, 変更なし 0\n"
                "取り込めなかった行：2（file.csv.orders.refused.csv を参照）\n"
            ),
        ),
    ],
)
def test_what_became_of_rows_is_told_in_the_language_of_the_account_or_of_who_asks(
    command: Run,
    database: Database,
    account: str | None,
    options: tuple[str, ...],
    rows: list[str],
    said: list[str],
    counts: str,
) -> None:
    if account is not None:
        assert command("playbook", "apply", str(EXAMPLES / account)).exit_code == 0
    text = (
        "order_id,customer_id,ordered_at,total_amount\n"
        "A-1,C-1,2099/1/1,100\nA-2,,2026/11/5,100\nA-3,C-1,2026/11/5,100\n"
    )
    done = command("import", "orders", written(text), *options)
    assert done.stderr.splitlines()[-2:] == [f"{row}: {why}" for row, why in zip(rows, said, strict=True)]
    assert done.stdout == counts
    with Path("file.csv.orders.refused.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["reason"] for row in csv.DictReader(file)] == said
    assert count(database, Order) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "file: is empty\n"),
        ("a,b\n1,2\n", "file: has no column order_id"),
        ("order_id,注文ID,customer_id,ordered_at,total\n", "file: has order_id twice"),
        ("\norder_id,customer_id,ordered_at,total\n", "file: has no header that can be read\n"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole(command: Run, text: str, said: str) -> None:
    refused = command("import", "orders", written(text))
    assert refused.exit_code == 1
    assert refused.stderr.startswith(said)
    assert (
        command("import", "orders", "nowhere.csv").stderr
        == "file: nowhere.csv cannot be read: No such file or directory\n"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "檔案是空的\n"),
        (
            "a,b\n1,2\n",
            "檔案沒有欄位 order_id, customer_id / line_user_id, ordered_at, total_amount；現有的欄位是：a, b\n",
        ),
        (
            "order_id,注文ID,customer_id,ordered_at,total\n",
            "檔案有兩個 order_id：欄位 'order_id' 和 '注文ID' 意思相同\n",
        ),
        (None, "無法讀取檔案 nowhere.csv：沒有這個檔案\n"),
    ],
)
def test_why_a_whole_file_is_refused_is_told_in_the_language_of_who_asks(
    command: Run, text: str | None, said: str
) -> None:
    file = "nowhere.csv" if text is None else written(text)
    refused = command("import", "orders", file, "--language", "zh-TW")
    assert (refused.exit_code, refused.stdout, refused.stderr) == (1, "", said)


def test_that_a_file_is_in_is_told_in_the_language_of_the_account(command: Run) -> None:
    assert command("playbook", "apply", str(EXAMPLES / "rental")).exit_code == 0
    file = written(CUSTOMERS)
    assert command("import", "contacts", file).exit_code == 0
    assert "已匯入" in command("import", "contacts", file).stdout


def test_whoever_was_erased_does_not_come_back_by_a_file(command: Run, database: Database) -> None:
    file = written(CUSTOMERS)
    command("import", "contacts", file)
    with database.read() as session:
        channel = session.scalars(sa.select(Channel)).one()
    erase(database, channel, user(1), key=KEY, now=system_clock())
    done = command("import", "contacts", file, "--again", "--json")
    assert json.loads(done.stdout)["refused"] == 1
    assert done.stderr == "row 2: is about somebody who was erased at their own wish\n"
    with database.write() as session:  # they come back by themselves
        contacts.meet(session, channel.id, user(1), shard=1, sent_at=system_clock(), now=system_clock())
    assert json.loads(command("import", "contacts", file, "--again", "--json").stdout)["refused"] == 0


def test_nothing_is_written_about_whom_it_found_and_who_was_erased_meanwhile(database: Database) -> None:
    now = system_clock()
    with database.write() as session:
        channel = session.scalars(sa.select(Channel)).one()
        found = many.meet_all(session, channel.id, {user(1): None, user(2): None}, now=now)
    erase(database, channel, user(1), key=KEY, now=now)
    with database.write() as session:  # what a page does behind its first look at who is who
        known = customers.tie(session, channel.id, {f"C{n}": found[user(n)] for n in (1, 2)}, now=now)
        told = {(id_, "city"): FieldValue("台北", FieldKind.TEXT) for id_ in found.values()}
        changed = bulk_fields.set_many(session, channel.id, told, source="import:x", now=now)
        events = [Tracked(id_, "visit", now, None, f"import/{id_}") for id_ in found.values()]
        assert track(session, channel.id, events, source="import:x", now=now) == 1
    assert changed == [(found[user(2)], "city")]
    assert {key: row.contact_id for key, row in known.items()} == {"C1": None, "C2": found[user(2)]}
    with database.read() as session:
        assert session.scalars(sa.select(ContactEvent.contact_id)).all() == [found[user(2)]]
        assert session.scalars(sa.select(ContactField.contact_id)).all() == [found[user(2)]]


def test_whoever_comes_and_withdraws_consent_while_a_page_looks_is_asked_about_like_anybody(
    command: Run, database: Database, channel_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database.is_sqlite:
        pytest.skip("nobody writes beside a page there")

    def overtaken(*given: Any) -> int:
        now = system_clock()
        with database.write() as session:
            contact = contacts.meet(session, channel_id, user(1), shard=1, sent_at=now, now=now)
            session.flush()
            TagBook(session, contact, event_key=None, now=now).set("consent:marketing", source="t")
            TagBook(session, contact, event_key=None, now=now).remove("consent:marketing", source="t")
        return insert_new(*given)

    monkeypatch.setattr("contacts.many.insert_new", overtaken)
    rows = "".join(f"{user(number)},yes,2026/3/1\n" for number in (1, 2))
    file = written(f"line_user_id,marketing_consent,consent_at\n{rows}")
    told = json.loads(command("import", "contacts", file, "--json").stdout)
    assert person(database, 1)[1] == set()
    assert person(database, 2)[1] == {"consent:marketing"}
    assert (told["new"], told["same"]) == (1, 1)


def many_orders(rows: int, *, bad_every: int = 0, name: str = "many.csv") -> Path:
    """Write a file of orders, some of them negative."""
    path = Path(name).absolute()
    with path.open("w", encoding="utf-8") as file:
        file.write("order_id,customer_id,line_user_id,ordered_at,total_amount\n")
        for number in range(rows):
            sign = "-" if bad_every and number % bad_every == 0 else ""
            file.write(f"A{number},C{number % 400},{user(number % 400)},2026/11/5 9:05,{sign}{number + 1}\n")
    return path


def refused_numbers(path: Path) -> list[int]:
    with path.with_name(f"{path.name}.orders.refused.csv").open(encoding="utf-8-sig", newline="") as file:
        return [int(row[0]) for row in list(csv.reader(file))[1:]]


def waits_for(condition: Callable[[], bool], *, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def rows_done(database: Database) -> int:
    with database.read() as session:
        return session.scalar(sa.select(ImportRun.rows_done)) or 0


def has_come_to(database: Database, rows: int) -> bool:
    return rows_done(database) >= rows


def starts(*arguments: str) -> subprocess.Popen[bytes]:
    """Start a real `python -m bot` on the test's database."""
    return subprocess.Popen(
        [sys.executable, "-m", "bot", *arguments],
        env=os.environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.mark.usefixtures("command")
def test_an_import_that_was_killed_goes_on_where_it_was(command: Run, database: Database) -> None:
    path = many_orders(30_000, bad_every=100)
    for least in (1, 8_000):
        process = starts("import", "orders", str(path))
        waits_for(partial(has_come_to, database, least))
        process.send_signal(signal.SIGKILL)
        process.wait()
        with database.write() as session:  # as if the time of its lease had passed
            session.execute(sa.update(ImportRun).values(due_at=LONG_AGO))
    so_far = rows_done(database)
    assert 8_000 <= so_far < 30_000
    with path.with_name(f"{path.name}.orders.refused.csv").open("ab") as file:
        file.write(b"29901,of a page that was never committed,A29899\r\n")

    report = json.loads(command("import", "orders", str(path), "--json").stdout)

    assert (report["resumed_after"], report["rows"]) == (so_far, 30_000 - so_far)
    assert report["refused"] == 300
    assert refused_numbers(path) == [number + 2 for number in range(0, 30_000, 100)]
    assert count(database, Order) == 30_000 - 300
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.sum(OrderTotals.orders))) == 30_000 - 300
        run = session.scalars(sa.select(ImportRun)).one()
        assert (run.rows_done, run.rows_refused, run.owner, run.due_at) == (30_000, 300, None, None)


def importer(database: Database) -> Importer:
    return Importer(database, clock=system_clock, owner=new_owner(), segments=SEGMENTS)


def plan(path: Path) -> Plan:
    return Plan(ImportKind.ORDERS, path, ZoneInfo("Asia/Taipei"), "marketing", KEY)


@pytest.mark.usefixtures("command")
def test_those_who_wait_go_first(database: Database, channel_id: int) -> None:
    """Where nobody does, many pages share a transaction; on PostgreSQL, where one cannot know, none do."""
    told: list[int] = []

    def takes(rows: int) -> list[int]:
        file = many_orders(rows, name=f"{rows}.csv")
        importer(database).run(channel_id, plan(file), lambda done, _total: told.append(done))
        return [told.pop(0) for _ in list(told)]

    with somebody_waits(database):
        assert takes(450)[0] == FIRST_PAGE
    assert takes(451)[0] == (451 if database.is_sqlite else FIRST_PAGE)


@pytest.mark.usefixtures("command")
def test_the_same_file_twice_at_once_is_taken_in_by_the_first(database: Database, channel_id: int) -> None:
    path = many_orders(30_000)
    begun, outcomes = threading.Event(), []

    def first() -> None:
        report = importer(database).run(channel_id, plan(path), lambda _done, _total: begun.set())
        outcomes.append(report.rows)

    thread = threading.Thread(target=first)
    thread.start()
    assert begun.wait(60)
    with pytest.raises(Conflict, match="this very file"):
        importer(database).run(channel_id, plan(path), lambda _done, _total: None)
    thread.join()
    assert outcomes == [30_000]
    assert count(database, Order) == 30_000


@pytest.mark.usefixtures("command")
def test_whoever_slept_past_their_lease_finds_it_taken_over(database: Database, channel_id: int) -> None:
    path = many_orders(5_000, bad_every=50)
    reports: list[Report] = []

    def sleeps(_done: int, _total: int | None) -> None:
        if not reports:
            with database.write() as session:
                session.execute(sa.update(ImportRun).values(due_at=LONG_AGO))
            reports.append(importer(database).run(channel_id, plan(path), lambda _done, _total: None))

    with pytest.raises(Conflict, match="taken this import over"):
        importer(database).run(channel_id, plan(path), sleeps)
    assert reports[0].resumed_after > 0
    assert rows_done(database) == 5_000
    assert refused_numbers(path) == [number + 2 for number in range(0, 5_000, 50)]


@pytest.mark.usefixtures("command")
def test_two_files_at_once_both_go_in(database: Database, channel_id: int) -> None:
    """Of the same people: whoever comes second waits for the first, page by page."""
    paths: Sequence[Path] = [many_orders(6_000, name="one.csv"), many_orders(9_000, name="two.csv")]
    rows: list[int] = []

    def run(path: Path) -> None:
        rows.append(importer(database).run(channel_id, plan(path), lambda _done, _total: None).rows)

    threads = [threading.Thread(target=run, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(rows) == [6_000, 9_000]
    assert count(database, Order) == 9_000
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.sum(OrderTotals.orders))) == 9_000


@pytest.mark.usefixtures("command")
def test_a_report_stays_small_whatever_the_file_holds(
    command: Run, database: Database, channel_id: int
) -> None:
    path = Path("noise.csv")
    rows = "".join(f"A{n},C{n},2026/11/5,x{n}\n" for n in range(20_000))
    path.write_text(f"order_id,customer_id,ordered_at,total_amount\n{rows}")
    report = importer(database).run(channel_id, plan(path.absolute()), lambda _done, _total: None)
    assert (report.rows, report.refused, len(report.first_refused)) == (20_000, 20_000, 20)
    assert len(refused_numbers(path.absolute())) == 20_000
    told = command("import", "orders", str(path), "--again").stderr.splitlines()
    # A slow machine says how far it has come in between.
    assert len([line for line in told if not line.startswith("importing")]) == 21


def test_whom_a_file_makes_known_is_asked_about_by_the_segments_of_those_who_did_not(
    command: Run, database: Database, channel_id: int
) -> None:
    with database.write() as session:
        for key, rule in (("not_vip", {"not": {"tag": "vip"}}), ("vip", {"tag": "vip"})):
            segment = keeping.new(channel_id, key, rule, now=system_clock())
            segment.sweep_due_at = segment.sweep_because = None  # as if everybody had been asked
            session.add(segment)
    for name, swept in (("new.csv", ["import:new.csv"]), ("again.csv", [])):
        rows = f"line_user_id,tag\n{user(1)},{name.removesuffix('.csv')}\n"
        command("import", "tags", written(rows, name=name))
        with database.write() as session:
            due = sa.select(Segment).where(Segment.sweep_due_at.is_not(None))
            found = session.scalars(due).all()
            assert [(one.key, one.sweep_because) for one in found] == [("not_vip", why) for why in swept]
            for one in found:
                one.sweep_due_at = one.sweep_because = None


def test_segments_that_read_what_changed_are_asked_again(command: Run, database: Database) -> None:
    assert command("playbook", "apply", str(EXAMPLES / "tea_shop")).exit_code == 0
    with database.write() as session:  # as if everybody had been asked
        session.execute(
            sa.update(Segment).values(sweep_due_at=None, sweep_because=None, swept_at=system_clock())
        )

    def due() -> dict[str, str | None]:
        with database.read() as session:
            rows = sa.select(Segment.key, Segment.sweep_because).where(Segment.sweep_due_at.is_not(None))
            return {row.key: row.sweep_because for row in session.execute(rows)}

    def settles() -> None:
        with database.write() as session:
            session.execute(sa.update(Segment).values(sweep_due_at=None, sweep_because=None))

    tags = f"line_user_id,tag\n{user(1)},nobody_reads_this\n"
    command("import", "tags", written(tags, name="tags.csv"))
    assert set(due().values()) == {"import:tags.csv"}, "somebody new has been seen"
    settles()
    command("import", "tags", written(tags.replace("nobody", "no_one"), name="more.csv"))
    assert due() == {}
    command("import", "orders", written(ORDERS, name="orders.csv"))
    assert set(due().values()) == {"import:orders.csv"}
    settles()
    command("import", "orders", "orders.csv", "--again")
    assert due() == {}
    with database.write() as session:  # as a process leaves it that was killed behind its last page
        session.execute(
            sa.update(ImportRun)
            .where(ImportRun.name == "orders.csv")
            .values(finished_at=None, due_at=LONG_AGO, owner="dead")
        )
    assert json.loads(command("import", "orders", "orders.csv", "--json").stdout)["rows"] == 0
    assert set(due().values()) == {"import:orders.csv"}, "nobody knows any more what that process changed"
