from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.hours import HORIZON_DAYS, day_spans, describe_day, hours_fault, is_open, opens_at
from content.model import BusinessHours, SpecialDay

TAIPEI = ZoneInfo("Asia/Taipei")
NEW_YORK = ZoneInfo("America/New_York")

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def every_day(*spans: str, special: tuple[SpecialDay, ...] = ()) -> BusinessHours:
    return BusinessHours.model_validate(dict.fromkeys(DAYS, spans) | {"special": special})


def taipei(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=TAIPEI)


@pytest.mark.parametrize(
    ("at", "is_it"),
    [
        ("2027-03-01T09:59:59.999999", False),
        ("2027-03-01T10:00", True),
        ("2027-03-01T19:59:59.999999", True),
        ("2027-03-01T20:00", False),
        ("2027-03-01T00:00", False),
    ],
)
def test_opening_counts_and_closing_does_not(at: str, is_it: bool) -> None:
    assert is_open(every_day("10:00-20:00"), taipei(at).astimezone(UTC), TAIPEI) is is_it


def test_a_lunch_break_is_closed() -> None:
    hours = every_day("17:00-22:00", "11:00-14:00")
    assert is_open(hours, taipei("2027-03-01T13:59"), TAIPEI)
    assert not is_open(hours, taipei("2027-03-01T15:00"), TAIPEI)
    assert opens_at(hours, taipei("2027-03-01T15:00"), TAIPEI) == taipei("2027-03-01T17:00")


def test_a_night_belongs_to_the_day_it_begins_on() -> None:
    closed_sunday = SpecialDay(on=date(2027, 3, 7), hours=())
    hours = BusinessHours(sat=("18:00-02:00",), sun=("18:00-02:00",), special=(closed_sunday,))
    assert is_open(hours, taipei("2027-03-07T01:59"), TAIPEI)
    assert not is_open(hours, taipei("2027-03-07T02:00"), TAIPEI)
    assert not is_open(hours, taipei("2027-03-07T18:30"), TAIPEI)
    assert not is_open(hours, taipei("2027-03-08T01:00"), TAIPEI)


def test_a_special_day_has_its_own_hours() -> None:
    hours = every_day("10:00-20:00", special=(SpecialDay(on=date(2027, 3, 1), hours=("12:00-13:00",)),))
    assert not is_open(hours, taipei("2027-03-01T10:30"), TAIPEI)
    assert is_open(hours, taipei("2027-03-01T12:30"), TAIPEI)


def test_the_next_opening_skips_closed_days() -> None:
    hours = BusinessHours(mon=("10:00-20:00",), special=(SpecialDay(on=date(2027, 3, 8)),))
    assert opens_at(hours, taipei("2027-03-01T20:00"), TAIPEI) == taipei("2027-03-15T10:00")
    assert opens_at(hours, taipei("2027-03-01T12:00"), TAIPEI) == taipei("2027-03-01T12:00")


def test_what_stays_closed_for_two_weeks_has_no_next_opening() -> None:
    assert opens_at(BusinessHours(), taipei("2027-03-01T12:00"), TAIPEI) is None
    closed = tuple(SpecialDay(on=date(2027, 3, day)) for day in range(1, 20))
    assert opens_at(every_day("10:00-20:00", special=closed), taipei("2027-03-01T12:00"), TAIPEI) is None


def test_open_round_the_clock_never_closes() -> None:
    hours = every_day("00:00-24:00")
    assert is_open(hours, taipei("2027-03-01T23:59:59.999"), TAIPEI)
    assert is_open(hours, taipei("2027-03-02T00:00"), TAIPEI)


def test_an_opening_that_the_clock_jumps_over_happens_at_the_jump() -> None:
    # New York, 2027-03-14: 02:00 becomes 03:00.
    hours = every_day("02:30-04:00")
    jump = datetime(2027, 3, 14, 7, 0, tzinfo=UTC)
    assert opens_at(hours, jump - timedelta(hours=1), NEW_YORK) == jump
    assert not is_open(hours, jump - timedelta(seconds=1), NEW_YORK)
    assert is_open(hours, jump, NEW_YORK)


def test_hours_that_the_clock_jumps_over_whole_do_not_happen() -> None:
    hours = every_day("02:10-02:50")
    day = datetime(2027, 3, 14, 5, 0, tzinfo=UTC)
    assert not any(is_open(hours, day + timedelta(minutes=5 * step), NEW_YORK) for step in range(200))


def test_an_hour_that_comes_twice_opens_and_closes_once() -> None:
    # New York, 2027-11-07: 02:00 becomes 01:00, so 01:15 is read at 05:15 and at 06:15 UTC.
    hours = every_day("01:15-01:45")
    assert is_open(hours, datetime(2027, 11, 7, 5, 30, tzinfo=UTC), NEW_YORK)
    assert not is_open(hours, datetime(2027, 11, 7, 6, 30, tzinfo=UTC), NEW_YORK)
    night = every_day("18:00-02:00")
    assert is_open(night, datetime(2027, 11, 7, 6, 59, tzinfo=UTC), NEW_YORK)
    assert not is_open(night, datetime(2027, 11, 7, 7, 0, tzinfo=UTC), NEW_YORK)


@pytest.mark.parametrize(
    "text", ["", "10-20", "10:00", "25:00-26:00", "10:60-11:00", "10:00-24:01", "24:00-02:00", "10:00-10:00"]
)
def test_an_unreadable_span_is_named(text: str) -> None:
    assert f"“{text}”" in (hours_fault(text) or "")


@pytest.mark.parametrize("text", ["10:00-20:00", "9:30-18:00", "00:00-24:00", "18:00-02:00", "10:00–20:00"])
def test_a_readable_span_has_no_fault(text: str) -> None:
    assert hours_fault(text) is None


@pytest.mark.parametrize(
    ("spans", "language", "said"),
    [
        (("10:00-20:00",), "zh-TW", "10:00–20:00"),
        (("9:00-24:00",), "en", "09:00–24:00"),
        (("18:00-02:00",), "ja", "18:00–02:00"),
        (("17:00-22:00", "11:00-14:00"), "zh-TW", "11:00–14:00、17:00–22:00"),
        (("17:00-22:00", "11:00-14:00"), "en", "11:00–14:00, 17:00–22:00"),
        (("00:00-24:00",), "zh-TW", "24 小時"),
        ((), "zh-TW", "公休"),
        ((), "ja", "定休日"),
        ((), "fr", "closed"),
    ],
)
def test_a_day_is_described_in_few_words(spans: tuple[str, ...], language: str, said: str) -> None:
    assert describe_day(every_day(*spans), date(2027, 3, 1), language) == said


clock = st.integers(0, 24 * 60 - 1).map(lambda minutes: f"{minutes // 60:02d}:{minutes % 60:02d}")
span = st.tuples(clock, clock).map("-".join).filter(lambda text: hours_fault(text) is None)
week = st.lists(span, max_size=2).map(tuple)
hours_strategy = st.builds(
    BusinessHours, mon=week, tue=week, wed=week, thu=week, fri=week, sat=week, sun=week
)
zones = st.sampled_from(
    ["Asia/Taipei", "Asia/Tokyo", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Cairo"]
).map(ZoneInfo)
instants = st.datetimes(
    min_value=datetime(2011, 12, 25),  # noqa: DTZ001 - made aware below
    max_value=datetime(2028, 1, 1),  # noqa: DTZ001 - made aware below
    timezones=st.just(UTC),
)


@given(hours_strategy, instants, zones)
def test_the_next_opening_is_open_and_nothing_before_it_is(
    hours: BusinessHours, at: datetime, zone: ZoneInfo
) -> None:
    opening = opens_at(hours, at, zone)
    if is_open(hours, at, zone):
        assert opening == at
    elif opening is None:
        assert not any(
            is_open(hours, at + timedelta(hours=6 * step), zone) for step in range(4 * HORIZON_DAYS)
        )
    else:
        assert opening > at
        assert is_open(hours, opening, zone)
        assert not is_open(hours, opening - timedelta(microseconds=1), zone)
        assert not is_open(hours, at + (opening - at) / 2, zone)


@given(hours_strategy, instants)
def test_without_clock_changes_open_is_what_the_wall_clock_says(hours: BusinessHours, at: datetime) -> None:
    wall = at.astimezone(TAIPEI)
    minute = wall.hour * 60 + wall.minute
    today, before = wall.date(), wall.date() - timedelta(days=1)
    expected = any(span.start <= minute < span.end for span in day_spans(hours, today)) or any(
        span.start <= minute + 24 * 60 < span.end for span in day_spans(hours, before)
    )
    assert is_open(hours, at, TAIPEI) is expected
