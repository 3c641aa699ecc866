"""Cells as people's programs write them: money, moments, yes and no."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from unicodedata import normalize
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.bulk_fields import FieldValue
from contacts.models import FieldKind
from facts import rows_values
from facts.rows_values import BadCell

TAIPEI = ZoneInfo("Asia/Taipei")
EPOCH = datetime(1970, 1, 2, tzinfo=UTC)
FULL_WIDTH = str.maketrans("0123456789,.-:/", "０１２３４５６７８９，．－：／")


@pytest.mark.parametrize(
    ("cell", "cents"),
    [
        ("12300", 12300_00),
        ("¥12,300", 12300_00),
        ("￥１２，３００", 12300_00),
        ("12,300円", 12300_00),
        ("NT$1,200", 1200_00),
        ("NT$ 1,200.50", 1200_50),
        (" 1200.5 ", 1200_50),
        ("1200.500", 1200_50),
        ("TWD 65", 65_00),
        ("65元", 65_00),
        ("0", 0),
        ("-100", -100_00),
        ("−100", -100_00),
        ("▲1,200", -1200_00),
        ("(1,200)", -1200_00),
        ("US$1,234,567.89", 1234567_89),
    ],
)
def test_money(cell: str, cents: int) -> None:
    assert rows_values.amount_cents(cell) == cents


@pytest.mark.parametrize(
    "cell",
    ["", "abc", "12,34", "1,2345", "1.234", "1.2.3", "¥", "10^9", "٣", "1e5", "NaN", "99999999999999999"],
)
def test_what_is_no_money(cell: str) -> None:
    with pytest.raises(BadCell):
        rows_values.amount_cents(cell)


@given(st.integers(-(10**13), 10**13), st.sampled_from(["", "¥", "NT$", "$ "]), st.booleans(), st.booleans())
def test_money_is_read_as_it_was_written(cents: int, sign: str, grouped: bool, wide: bool) -> None:
    whole, part = divmod(abs(cents), 100)
    written = f"{whole:,}" if grouped else f"{whole}"
    cell = ("-" if cents < 0 else "") + sign + written + (f".{part:02}" if part else "")
    assert rows_values.amount_cents(cell.translate(FULL_WIDTH) if wide else cell) == cents


@pytest.mark.parametrize(
    ("cell", "local"),
    [
        ("2026/11/5 9:05", (2026, 11, 5, 9, 5)),
        ("２０２６／１１／５　９：０５", (2026, 11, 5, 9, 5)),
        ("2026-11-05T09:05:30", (2026, 11, 5, 9, 5, 30)),
        ("2026-11-05 09:05:30.250", (2026, 11, 5, 9, 5, 30, 250000)),
        ("2026.11.5", (2026, 11, 5)),
        ("2026年11月5日", (2026, 11, 5)),
        ("2026年11月5日 9時05分", (2026, 11, 5, 9, 5)),
        ("2026年11月5日 9時5分", (2026, 11, 5, 9, 5)),
        ("2026年11月5日9時05分3秒", (2026, 11, 5, 9, 5, 3)),
        ("2026/11/5 下午 9:05", (2026, 11, 5, 21, 5)),
        ("2026/11/5 上午12:05", (2026, 11, 5, 0, 5)),
        ("2026/11/5 午後3:05:10", (2026, 11, 5, 15, 5, 10)),
        ("2026/11/5 9:05 PM", (2026, 11, 5, 21, 5)),
        ("2026-11-05T01:05:00Z", (2026, 11, 5, 9, 5)),
        ("2026-11-05T10:05:00+09:00", (2026, 11, 5, 9, 5)),
        ("2026-11-05 10:05+0900", (2026, 11, 5, 9, 5)),
    ],
)
def test_moments(cell: str, local: tuple[int, ...]) -> None:
    assert rows_values.moment(cell, TAIPEI) == datetime(*local, tzinfo=TAIPEI)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "yesterday",
        "45966",
        "5/11/2026",
        "2026/13/1",
        "2026/2/30",
        "2026/11/5 25:00",
        "2026/11/5 下午13:00",
        "2026-11-05T09:05:00+99:99",
        "0000-01-01",
        "9999-12-31T23:59:59-12:00",
    ],
)
def test_what_is_no_moment(cell: str) -> None:
    with pytest.raises(BadCell):
        rows_values.moment(cell, TAIPEI)


@given(st.datetimes(datetime(1800, 1, 1), datetime(2199, 12, 31)), st.sampled_from("/-."), st.booleans())  # noqa: DTZ001 - of no zone
def test_plain_moments_are_read_like_those_with_a_zone(
    naive: datetime,
    mark: str,
    with_seconds: bool,
) -> None:
    naive = naive.replace(microsecond=0, second=naive.second if with_seconds else 0)
    cell = f"{naive.year}{mark}{naive.month}{mark}{naive.day} {naive.hour}:{naive.minute:02}"
    cell += f":{naive.second:02}" if with_seconds else ""
    zoned = naive.replace(tzinfo=TAIPEI)
    assert rows_values.moment(cell, TAIPEI) == zoned
    assert rows_values.moment(cell, UTC) == rows_values.moment(f"{cell}Z", TAIPEI)


@given(st.datetimes(EPOCH.replace(tzinfo=None), datetime(2199, 12, 31)), st.integers(-12, 12))  # noqa: DTZ001 - of no zone
def test_iso_moments_are_read_as_python_writes_them(naive: datetime, hours: int) -> None:
    at = naive.replace(tzinfo=timezone(timedelta(hours=hours)))
    assert rows_values.moment(at.isoformat(), TAIPEI) == at
    assert rows_values.moment(naive.isoformat(" "), UTC) == naive.replace(tzinfo=UTC)


@given(st.text(max_size=30))
def test_nothing_else_is_ever_raised(cell: str) -> None:
    for read in (
        rows_values.amount_cents,
        lambda text: rows_values.moment(text, TAIPEI),
        rows_values.yes_or_no,
        rows_values.month,
        rows_values.gender,
        rows_values.line_user_id,
        lambda text: rows_values.key(text, 80),
        lambda text: rows_values.words(text, 20),
        lambda text: rows_values.field_value(text, rows_values.field_kind([text]), TAIPEI, limit=50),
    ):
        with suppress(BadCell):
            read(cell)


@pytest.mark.parametrize(
    ("cell", "is_yes"),
    [
        ("○", True),
        ("◯", True),
        ("ＹＥＳ", True),
        ("同意", True),
        ("同意しない", False),
        ("×", False),
        ("0", False),
    ],
)
def test_yes_and_no(cell: str, is_yes: bool) -> None:
    assert rows_values.yes_or_no(cell) is is_yes


def test_months_and_genders() -> None:
    assert [
        rows_values.month(cell)
        for cell in ("4", "０４", "4月", "1990/4/1", "1990-04-12", "1990年4月", "1990/4/5 0:00")
    ] == [4] * 7
    assert [rows_values.gender(cell) for cell in ("女", "Male", "其他", "不明")] == [
        "female",
        "male",
        "other",
        None,
    ]
    for cell in ("13", "0", "April"):
        with pytest.raises(BadCell):
            rows_values.month(cell)


@pytest.mark.parametrize(
    "cell", ["U" + "a" * 31, "u" + "a" * 32, "U" + "A" * 32, "U" + "g" * 32, "C" + "a" * 32]
)
def test_line_user_ids_of_another_shape(cell: str) -> None:
    with pytest.raises(BadCell, match="LINE user id"):
        rows_values.line_user_id(cell)
    assert rows_values.line_user_id(" U" + "0a" * 16) == "U" + "0a" * 16


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "", "-2.5", "３"], FieldKind.NUMBER),
        (["0912345678", "0223456789"], FieldKind.TEXT),
        (["2026/1/5", "2026-02-03"], FieldKind.DATE),
        (["2026/1/5", "2026-02-03 10:00"], FieldKind.DATETIME),
        (["true", "FALSE"], FieldKind.FLAG),
        (["1", "many"], FieldKind.TEXT),
        (["", " "], FieldKind.TEXT),
    ],
)
def test_a_column_is_what_all_of_its_values_are(cells: list[str], kind: FieldKind) -> None:
    assert rows_values.field_kind(cells) is kind


def test_values_of_further_columns() -> None:
    def read(cell: str, kind: FieldKind) -> FieldValue:
        return rows_values.field_value(cell, kind, TAIPEI, limit=50)

    assert read("３", FieldKind.NUMBER) == FieldValue(3, FieldKind.NUMBER)
    assert read("2.5", FieldKind.NUMBER) == FieldValue(2.5, FieldKind.NUMBER)
    assert read("many", FieldKind.NUMBER) == FieldValue("many", FieldKind.TEXT)
    assert read("2026/1/5", FieldKind.DATE) == FieldValue("2026-01-05", FieldKind.DATE)
    assert read("2026/1/5 9:05", FieldKind.DATETIME) == FieldValue("2026-01-05T09:05", FieldKind.DATETIME)
    assert read("TRUE", FieldKind.FLAG) == FieldValue(value=True, kind=FieldKind.FLAG)
    assert read(normalize("NFC", "信義店"), FieldKind.TEXT) == FieldValue("信義店", FieldKind.TEXT)
