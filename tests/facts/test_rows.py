"""Files as people export them: encodings, delimiters, headers in three languages, rows good and bad."""

import csv
import io
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.folding import fold
from contacts.models import FieldKind
from core.errors import InvalidInput
from facts import rows, rows_file, rows_values
from facts.models import ImportKind, OrderStatus
from facts.rows import Reader
from facts.rows_columns import COLUMNS, read_header
from facts.rows_file import RawRow
from facts.rows_lines import CustomerLine, EventLine, Line, OrderLine, Refused, TagLine
from facts.rows_values import BadCell

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
TAIPEI = ZoneInfo("Asia/Taipei")
MINA = "U" + "0a" * 16


def lines(kind: ImportKind, path: Path, encoding: str | None = None) -> list[Line | Refused]:
    """Read a whole file, as the importer does."""
    found = rows_file.survey(path, encoding)
    raws = list(rows_file.read(path, found.encoding))
    layout = read_header(kind, raws[0].cells)
    reader = Reader(layout, TAIPEI, NOW, rows.kinds_of(layout, raws[1:]))
    return [reader.line(raw) for raw in raws[1:] if not raw.is_empty]


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "file.csv"
    # On Japanese machines the backslash is drawn as a yen sign, and stands for it.
    path.write_bytes(text.replace("¥", "\\" if encoding == "cp932" else "¥").encode(encoding))
    return path


JAPANESE = '注文番号,会員番号,注文日,金額,状態\n注-1,会-7,2026/11/5 9:05,"¥12,300",返金\n'
CHINESE = (
    '訂單編號,會員編號,訂單日期,訂單金額,狀態,門市\n單-1,會-7,2026/11/5 9:05,"NT$12,300",已退款,信義店\n'
)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (JAPANESE, "utf-8"),
        (JAPANESE, "utf-8-sig"),
        (JAPANESE, "cp932"),
        (JAPANESE, "utf-16"),
        (CHINESE, "utf-8"),
        (CHINESE, "utf-8-sig"),
        (CHINESE, "cp950"),
        (CHINESE, "big5"),
        (JAPANESE.replace(",", "\t").replace('"¥12\t300"', "12300"), "cp932"),
        (CHINESE.replace(",", ";").replace('"NT$12;300"', "12300"), "cp950"),
    ],
)
def test_orders_of_either_country(text: str, encoding: str, tmp_path: Path) -> None:
    (order,) = lines(ImportKind.ORDERS, written(tmp_path, text, encoding))
    assert isinstance(order, OrderLine)
    assert order.order.order_key in {"注-1", "單-1"}
    assert order.order.customer_key in {"会-7", "會-7"}
    assert order.order.ordered_at == datetime(2026, 11, 5, 9, 5, tzinfo=TAIPEI)
    assert (order.order.total_cents, order.order.status) == (12300_00, OrderStatus.REFUNDED)


NAMES_JA = ("ﾔﾏﾀﾞ ﾀﾛｳ", "山田太郎", "佐藤花子", "東京都渋谷区神南一丁目", "カフェラテ（ホット）")
NAMES_ZH = ("林雅婷", "台北市信義區松高路十一號", "黑糖珍珠鮮奶茶", "陳柏宇", "焙香鮮奶茶去冰半糖")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(st.sampled_from(NAMES_JA), min_size=2, max_size=9), is_english=st.booleans())
def test_cp932_is_told_from_big5(names: list[str], is_english: bool, tmp_path: Path) -> None:
    header = "customer_id,name" if is_english else "会員番号,氏名"
    text = header + "\n" + "".join(f"C{n},{name}\n" for n, name in enumerate([NAMES_JA[1], *names]))
    path = written(tmp_path, text, "cp932")
    assert rows_file.survey(path).encoding == "cp932"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(st.sampled_from(NAMES_ZH), min_size=1, max_size=9), is_english=st.booleans())
def test_big5_is_told_from_cp932(names: list[str], is_english: bool, tmp_path: Path) -> None:
    header = "customer_id,name" if is_english else "會員編號,姓名"
    text = header + "\n" + "".join(f"C{n},{name}\n" for n, name in enumerate(names))
    path = written(tmp_path, text, "cp950")
    assert rows_file.survey(path).encoding == "big5"


def test_no_alias_stands_for_two_columns() -> None:
    for kind, columns in COLUMNS.items():
        owners: dict[str, str] = {}
        for column in columns:
            for word in (column.name, *column.aliases.split("|")):
                assert owners.setdefault(fold(word), column.name) == column.name, (kind, word)


def test_headers_that_cannot_be(tmp_path: Path) -> None:
    for header, said in (
        ("order_id,customer_id,ordered_at", "total_amount"),
        ("order_id,注文番号,customer_id,ordered_at,total", "twice"),
        ("a,b,c", "order_id"),
    ):
        with pytest.raises(InvalidInput, match=said):
            read_header(ImportKind.ORDERS, header.split(","))
    with pytest.raises(InvalidInput, match="small letters"):
        read_header(ImportKind.EVENTS, ["line_user_id", "event_type", "occurred_at", "サイズ"])
    with pytest.raises(InvalidInput, match="empty"):
        rows_file.survey(written(tmp_path, ""))
    path = tmp_path / "noise.csv"
    path.write_bytes(b"customer_id\n" + b"\xff\xfd" * 50 + b"\n")
    with pytest.raises(InvalidInput, match="neither UTF-8"):
        rows_file.survey(path)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("A,C,2027/1/1,100,paid,", "ordered_at is in the future"),
        ("A,C,2026/1/1,-100,paid,", "total_amount is negative"),
        ("A,C,2026/1/1,100,paid,200", "refunded_amount is more than the total"),
        ("A,C,2026/1/1,100,paid,-1", "refunded_amount is negative"),
        ("A,C,2026/1/1,100,lost,", "status is none of paid, cancelled, refunded, partially_refunded"),
        ("A,C,5/1/2026,100,,", "ordered_at is not a date"),
        ("A,C,2026/2/30,100,,", "ordered_at is a date or a time that does not exist"),
        ("A,C,2026/1/1,lots,,", "total_amount is not an amount of money"),
        (",C,2026/1/1,100,,", "order_id is empty"),
        ("A,,2026/1/1,100,,", "customer_id is empty"),
        ("A,C,,100,,", "ordered_at is empty"),
        (f"{'A' * 81},C,2026/1/1,100,,", "order_id has more than 80 characters"),
        ("A\0,C,2026/1/1,100,,", "holds a NUL"),
        ("A,C,2026/1/1,100,,,more", "has 7 cells, and the header 6"),
        ("A\x07,C,2026/1/1,100,,", "order_id holds characters that cannot be seen"),
    ],
)
def test_bad_orders(row: str, reason: str, tmp_path: Path) -> None:
    good = "B,C,2026/1/1,100,,\n"
    text = f"order_id,customer_id,ordered_at,total,status,refund\n{good}{row}\n{good}"
    read = lines(ImportKind.ORDERS, written(tmp_path, text))
    assert [type(one) for one in read] == [OrderLine, Refused, OrderLine]
    assert isinstance(read[1], Refused)
    assert read[1].number == 3
    assert read[1].reason.startswith(reason)


@pytest.mark.parametrize("rest", ["", 'Z,C,2026/1/1,"100"\n'])
def test_a_quotation_mark_that_is_not_closed_costs_its_own_row(tmp_path: Path, rest: str) -> None:
    good = "".join(f"B{n},C,2026/1/1,100\n" for n in range(20_000))
    text = f'order_id,customer_id,ordered_at,total\n"A,C,2026/1/1,100\n{good}{rest}'
    bad, *read = lines(ImportKind.ORDERS, written(tmp_path, text))
    assert isinstance(bad, Refused)
    assert (bad.number, bad.cells) == (2, ['"A,C,2026/1/1,100'])
    assert "quotation mark" in bad.reason
    assert [type(one) for one in read] == [OrderLine] * (20_000 + bool(rest))
    last = read[-1]
    assert isinstance(last, OrderLine)
    assert last.raw.number == 20_002 + bool(rest)


def test_of_a_cell_without_end_what_follows_is_read(tmp_path: Path) -> None:
    """Half a mark in a cell, a cell of several lines, and a line of megabytes in the middle of a cell."""
    good = "B,C,2026/1/1,100\n"
    text = f'order_id,customer_id,ordered_at,total\n{good}D,"C\n1",2026/1/1,100\nE,"C,2026/1/1,100\n{"x" * 2**21}\n{good}'
    read = lines(ImportKind.ORDERS, written(tmp_path, text))
    assert [type(one) for one in read] == [OrderLine, Refused, Refused, Refused, OrderLine]
    told = [one.reason.partition(" ")[0] for one in read if isinstance(one, Refused)]
    assert told == ["customer_id", "has", "has"]


def test_half_a_character_of_utf_16_costs_its_own_row(tmp_path: Path) -> None:
    text = "order_id,customer_id,ordered_at,total\nA,C\ud800,2026/1/1,100\nB,C,2026/1/1,100\n"
    path = tmp_path / "half.csv"
    path.write_bytes(text.encode("utf-16", "surrogatepass"))
    bad, good = lines(ImportKind.ORDERS, path)
    assert isinstance(bad, Refused)
    assert bad.reason == "has bytes that are not utf-16"
    assert isinstance(good, OrderLine)


def test_an_encoding_that_it_is_not_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="is not utf-16"):
        next(rows_file.read(written(tmp_path, "order_id\n"), "utf-16"))


def test_the_delimiter_is_not_sought_within_quotation_marks() -> None:
    assert rows_file.delimiter_of('order_id;customer_id;"note, about, this, and, that"') == ";"


@pytest.mark.parametrize("zone", ["Asia/Taipei", "America/New_York"])
@pytest.mark.parametrize("far", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "9999-12-31"])
def test_days_that_stand_for_none_stop_no_file(far: str, zone: str) -> None:
    with pytest.raises(BadCell, match="is not between the years 1800 and 2200"):
        rows_values.moment(far, ZoneInfo(zone))
    told = rows_values.field_value(far, FieldKind.DATETIME, ZoneInfo(zone), limit=60)
    assert str(told.value).startswith(far[:9])


def test_years_have_four_digits() -> None:
    told = rows_values.field_value("0300/05/06 10:00", FieldKind.DATETIME, ZoneInfo("UTC"), limit=60)
    assert told.value == "0300-05-06T10:00"


def test_a_line_without_end_costs_one_row_and_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("order_id,customer_id\nA1,C1\n")
        for _ in range(8 * 16):
            file.write("x,y " * (rows_file.CHUNK // 64))
        file.write("\nA2,C2\n")
    assert path.stat().st_size > 8 * rows_file.CHUNK
    tracemalloc.start()
    try:
        rows = list(rows_file.read(path, "utf-8"))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [(row.number, row.cells, row.fault is not None) for row in rows] == [
        (1, ["order_id", "customer_id"], False),
        (2, ["A1", "C1"], False),
        (3, (), True),
        (4, ["A2", "C2"], False),
    ]
    assert peak < 8 * rows_file.CHUNK


def test_bytes_of_another_encoding_cost_their_row(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    names = "".join(f"C{n},{name}\n" for n, name in enumerate(NAMES_ZH * 20))
    path.write_bytes(f"customer_id,name\n{names}".encode() + b"CX,\xff\xfe\n" + "CY,林雅婷\n".encode())
    read = lines(ImportKind.CONTACTS, path)
    assert [one.reason for one in read if isinstance(one, Refused)] == ["has bytes that are not utf-8"]
    assert isinstance(read[-1], CustomerLine)


def test_a_customer_with_everything(tmp_path: Path) -> None:
    header = "客戶編號,LINE ID,註冊日期,誕生月,性別,縣市,行銷同意,同意時間,標籤,生日,Visits,last visit,備　註"
    row = (
        f"C-7,{MINA},2024/5/6,４月,女,臺北市,○,2024/5/6 10:00,vip;taste:tea；vip,1990/4/12,12,2026/1/2,喜歡\n"
    )
    (one,) = lines(ImportKind.CONTACTS, written(tmp_path, f"{header}\n{row}"))
    assert isinstance(one, CustomerLine)
    assert (one.who.customer_key, one.who.line_user_id) == ("C-7", MINA)
    assert {name: value.value for name, value in one.fields.items()} == {
        "registered_at": "2024-05-06",
        "birth_month": 4,
        "birthday": "1990-04-12",
        "gender": "female",
        "prefecture": "臺北市",
        "visits": 12,
        "last_visit": "2026-01-02",
        "備 註": "喜歡",
    }
    assert one.consents is True
    assert one.consent_at == datetime(2024, 5, 6, 10, tzinfo=TAIPEI)
    assert one.tags == ("vip", "taste:tea")


def test_what_is_empty_says_nothing(tmp_path: Path) -> None:
    text = "customer_id,line_user_id,gender,visits,tags,marketing_consent\nC1,,,,,\n"
    (one,) = lines(ImportKind.CONTACTS, written(tmp_path, text))
    assert isinstance(one, CustomerLine)
    assert (one.fields, one.tags, one.consents) == ({}, (), None)


def test_events_with_json_and_with_columns(tmp_path: Path) -> None:
    told = '{"sku": "black_sugar", "price": 65}'
    quoted = told.replace('"', '""')
    text = f'line_user_id,event_type,occurred_at,properties,size\n{MINA},bought,2026/11/5 9:05,"{quoted}",L\n'
    (one,) = lines(ImportKind.EVENTS, written(tmp_path, text))
    assert isinstance(one, EventLine)
    assert one.properties == {"sku": "black_sugar", "price": 65, "size": "L"}
    again, other = lines(
        ImportKind.EVENTS, written(tmp_path, text + text.split("\n")[1].replace("9:05", "9:06"))
    )
    assert isinstance(again, EventLine)
    assert isinstance(other, EventLine)
    assert one.key == again.key != other.key


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (f"{MINA},Bought,2026/1/1,", "event_type is written"),
        (f"{MINA},tap,2026/1/1,", "event_type tap is recorded by the program itself"),
        (f"{MINA},bought,2026/1/1,[1]", "properties is not a JSON object"),
        (f'{MINA},bought,2026/1/1,"{{""a"":{{}}}}"', "properties a is neither"),
        ("Uxyz,bought,2026/1/1,", "line_user_id is not a LINE user id"),
        (",bought,2026/1/1,", "says nobody"),
        (f"{MINA},bought,2030/1/1,", "occurred_at is in the future"),
    ],
)
def test_bad_events(row: str, reason: str, tmp_path: Path) -> None:
    text = f"line_user_id,event_type,occurred_at,properties\n{row}\n"
    (one,) = lines(ImportKind.EVENTS, written(tmp_path, text))
    assert isinstance(one, Refused)
    assert one.reason.startswith(reason)


def test_tags_with_and_without_an_end(tmp_path: Path) -> None:
    text = f"line_user_id,tag,expires_at\n{MINA},vip,\n{MINA},a;b,2027/1/1\n{MINA},a b,\n{MINA},x,2020/1/1\n"
    first, second, third, fourth = lines(ImportKind.TAGS, written(tmp_path, text))
    assert isinstance(first, TagLine)
    assert isinstance(second, TagLine)
    assert (first.tags, first.expires_at) == (("vip",), None)
    assert (second.tags, second.expires_at) == (("a", "b"), datetime(2027, 1, 1, tzinfo=TAIPEI))
    assert isinstance(third, Refused)
    assert isinstance(fourth, Refused)
    assert fourth.reason == "expires_at is past"


def test_what_was_made_neutral_is_read_as_it_was(tmp_path: Path) -> None:
    assert [rows_file.neutral(cell) for cell in ("=1+1", "-5", "@x", "+1", "\tx", "ok")] == [
        "'=1+1", "'-5", "'@x", "'+1", "'\tx", "ok",
    ]  # fmt: skip
    text = "row,reason,customer_id,note\n2,because,C1,'=1+1\n"
    (one,) = lines(ImportKind.CONTACTS, written(tmp_path, text))
    assert isinstance(one, CustomerLine)
    assert {name: value.value for name, value in one.fields.items()} == {"note": "=1+1"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from([kind for kind in ImportKind if kind is not ImportKind.FOLLOWERS]),
    cells=st.lists(st.lists(st.text(max_size=12), min_size=1, max_size=11), max_size=6),
)
def test_any_cells_at_all_are_read_or_refused(kind: ImportKind, cells: Any, tmp_path: Path) -> None:
    layout = read_header(kind, [column.name for column in COLUMNS[kind]])
    reader = Reader(layout, TAIPEI, NOW)
    for number, row in enumerate(cells):
        assert reader.line(RawRow(number, row)) is not None
    buffer = io.StringIO()
    csv.writer(buffer).writerows([layout.header, *cells])
    path = tmp_path / "any.csv"
    path.write_bytes(buffer.getvalue().encode("utf-8", "surrogatepass"))
    found = rows_file.survey(path, "utf-8")
    read = list(rows_file.read(path, found.encoding))
    assert read[0].cells == list(layout.header)
    assert len(read) <= len(cells) + 1
