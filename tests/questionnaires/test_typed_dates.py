from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questionnaires.typed_dates import date_in, datetime_in, time_in

TODAY = date(2026, 11, 21)
"""A Saturday."""


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2027/3/1", "2027-03-01"),
        ("2027-03-01", "2027-03-01"),
        ("2027.3.1", "2027-03-01"),
        ("2027年3月1日(月)", "2027-03-01"),
        ("2027년 3월 1일", "2027-03-01"),
        ("民國116年3月1日", "2027-03-01"),
        ("116/3/1", "2027-03-01"),
        ("令和9年3月1日", "2027-03-01"),
        ("R9.3.1", "2027-03-01"),
        ("Mar 1, 2028", "2028-03-01"),
        ("1st of March 2028", "2028-03-01"),
        ("3/1", "2027-03-01"),
        ("３／１", "2027-03-01"),
        ("3/1（一）", "2027-03-01"),
        ("3月1日", "2027-03-01"),
        ("3月1號", "2027-03-01"),
        ("三月一號", "2027-03-01"),
        ("十二月二十五日", "2026-12-25"),
        ("3월 1일", "2027-03-01"),
        ("1 Mar", "2027-03-01"),
        ("March 1st", "2027-03-01"),
        ("11/21", "2026-11-21"),
        ("11/20", "2027-11-20"),
        ("2/29", "2028-02-29"),
        ("今天", "2026-11-21"),
        ("明天", "2026-11-22"),
        ("後天", "2026-11-23"),
        ("后天", "2026-11-23"),
        ("大後天", "2026-11-24"),
        ("明日", "2026-11-22"),
        ("明後日", "2026-11-23"),
        ("あさって", "2026-11-23"),
        ("tomorrow", "2026-11-22"),
        ("the day after tomorrow", "2026-11-23"),
        ("내일", "2026-11-22"),
        ("모레", "2026-11-23"),
        ("3天後", "2026-11-24"),
        ("三天后", "2026-11-24"),
        ("3日後", "2026-11-24"),
        ("in 3 days", "2026-11-24"),
        ("3일 후", "2026-11-24"),
        ("兩週後", "2026-12-05"),
        ("一個禮拜後", "2026-11-28"),
        ("2週間後", "2026-12-05"),
        ("in 2 weeks", "2026-12-05"),
        ("下週一", "2026-11-23"),
        ("下星期日", "2026-11-29"),
        ("下個禮拜二", "2026-11-24"),
        ("下下週三", "2026-12-02"),
        ("這週日", "2026-11-22"),
        ("週五", "2026-11-27"),
        ("星期六", "2026-11-21"),
        ("禮拜天", "2026-11-22"),
        ("来週月曜", "2026-11-23"),
        ("来週の火曜日", "2026-11-24"),
        ("再来週の金曜日", "2026-12-04"),
        ("日曜", "2026-11-22"),
        ("next Monday", "2026-11-23"),
        ("Friday", "2026-11-27"),
        ("다음 주 월요일", "2026-11-23"),
        ("15號", "2026-12-15"),
        ("21日", "2026-11-21"),
        ("下個月1號", "2026-12-01"),
        ("来月5日", "2026-12-05"),
        ("這個月30號", "2026-11-30"),
        ("我想3月1日入住", "2027-03-01"),
    ],
)
def test_a_day_is_read_as_it_is_meant(typed: str, day: str) -> None:
    assert date_in(typed, TODAY) == date.fromisoformat(day)


@pytest.mark.parametrize(
    "typed",
    ["", "3", "31", "2/30", "13/2", "2027/2/29", "3/1到3/5", "明天或後天", "10:00", "hello", "sunny", "saturn",
     "下週", "下個月", "日本", "5日間", "1.5萬", "0912345678", "3/1 " * 30],
)  # fmt: skip
def test_what_names_no_one_day_is_not_guessed(typed: str) -> None:
    assert date_in(typed, TODAY) is None


@pytest.mark.parametrize(
    ("typed", "at", "is_vague"),
    [
        ("14:30", time(14, 30), False),
        ("２：３０", time(2, 30), True),
        ("09:05", time(9, 5), False),
        ("9:05", time(9, 5), True),
        ("14時30分", time(14, 30), False),
        ("下午2點", time(14), False),
        ("下午兩點半", time(14, 30), False),
        ("午後2時", time(14), False),
        ("오후 2시 30분", time(14, 30), False),
        ("2pm", time(14), False),
        ("2:30 p.m.", time(14, 30), False),
        ("早上十點", time(10), False),
        ("晚上7點", time(19), False),
        ("中午", time(12), False),
        ("中午12點", time(12), False),
        ("中午1點", time(13), False),
        ("noon", time(12), False),
        ("12am", time(0), False),
        ("12pm", time(12), False),
        ("凌晨12點", time(0), False),
        ("2點", time(2), True),
        ("十點半", time(10, 30), True),
        ("14點", time(14), False),
    ],
)
def test_a_time_is_read_as_it_is_meant(typed: str, at: time, is_vague: bool) -> None:
    assert time_in(typed) == (at, is_vague)


@pytest.mark.parametrize(
    "typed", ["", "25:00", "10:75", "10:00-12:00", "晚上12點", "2", "現在", "10:00:00:00"]
)
def test_what_names_no_one_time_is_not_guessed(typed: str) -> None:
    assert time_in(typed) is None


def test_day_and_time_must_both_be_there() -> None:
    wall_clock = datetime(2026, 11, 22, 14, 0)  # noqa: DTZ001 - a wall clock
    assert datetime_in("明天下午兩點", TODAY) == (wall_clock, False)
    assert datetime_in("2026-11-22T14:00", TODAY) == (wall_clock, False)
    assert datetime_in("明天", TODAY) is None
    assert datetime_in("下午兩點", TODAY) is None


@given(
    st.text(alphabet="0123456789/年月日號點時分:-. 上下午週一二三十明天後marpthunex", max_size=30),
    st.dates(min_value=date(2000, 1, 1), max_value=date(2090, 1, 1)),
)
def test_nothing_typed_breaks_the_reading(text: str, today: date) -> None:
    day, at = date_in(text, today), time_in(text)
    assert (datetime_in(text, today) is None) is (day is None or at is None)


@given(
    st.dates(min_value=date(2000, 1, 1), max_value=date(2090, 1, 1)),
    st.dates(min_value=date(2000, 1, 1), max_value=date(2090, 1, 1)),
)
def test_a_day_without_its_year_is_the_next_one_to_come(day: date, today: date) -> None:
    found = date_in(f"{day.month}/{day.day}", today)
    assert found is not None
    assert found >= today
    assert (found.month, found.day) == (day.month, day.day)
    assert (found - today).days <= (8 * 366 if (day.month, day.day) == (2, 29) else 366)
    assert date_in(f"{day.year}年{day.month}月{day.day}日", today) == day
