from datetime import date, datetime
from decimal import Decimal

import pytest

from content.dates import date_line, datetime_line, moment_line, money_line, number_line


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("zh-TW", "2027/3/1（一）"),
        ("zh-Hant-HK", "2027/3/1（一）"),
        ("zh-CN", "2027/3/1（一）"),
        ("ja", "2027年3月1日(月)"),
        ("ja-JP", "2027年3月1日(月)"),
        ("en", "Mon, 1 Mar 2027"),
        ("en-US", "Mon, 1 Mar 2027"),
        ("ko", "2027년 3월 1일 (월)"),
        ("th", "จ. 1 มี.ค. 2027"),
        ("xx-unknown", "Mon, 1 Mar 2027"),
        ("", "Mon, 1 Mar 2027"),
    ],
)
def test_a_date_is_written_as_its_readers_write_it(language: str, written: str) -> None:
    assert date_line(date(2027, 3, 1), language) == written


def test_date_and_time_together() -> None:
    at = datetime(2027, 3, 1, 9, 5)  # noqa: DTZ001 - a wall clock
    assert datetime_line(at, "zh-TW") == "2027/3/1（一） 09:05"
    assert datetime_line(at, "en") == "Mon, 1 Mar 2027, 09:05"


@pytest.mark.parametrize(
    ("day", "written"), [(1, "今天 10:00"), (2, "明天 10:00"), (3, "2027/3/3（三） 10:00")]
)
def test_a_near_moment_is_said_by_its_day(day: int, written: str) -> None:
    now = datetime(2027, 3, 1, 22, 0)  # noqa: DTZ001 - a wall clock
    assert moment_line(datetime(2027, 3, day, 10, 0), now, "zh-TW") == written  # noqa: DTZ001 - a wall clock


def test_numbers_and_money() -> None:
    assert number_line(20000, "zh-TW") == "20,000"
    assert money_line(Decimal(20000), "TWD", "zh-TW") == "$20,000"
    assert money_line(Decimal("20.5"), "USD", "en") == "US$20.50"
