"""Pages of long work go by what the machine does in a moment."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pages import LONGEST_S, LONGEST_UNAWAITED_S, Pages


@given(
    st.tuples(st.integers(1, 300), st.integers(0, 300), st.integers(0, 2_000)),
    st.lists(st.floats(0, 2)),
    st.floats(0.000_01, 0.01),
)
def test_whatever_happened_pages_come_to_be_as_long_as_they_may(
    sizes: tuple[int, int, int], before: list[float], seconds_each: float
) -> None:
    fewest, first = sizes[0], sizes[0] + sizes[1]
    most = first + sizes[2]
    pages = Pages(first, fewest=fewest, most=most)
    for seconds in before:
        pages.took(seconds)
        assert fewest <= pages.size <= most
    for _ in range(100):
        pages.took(pages.size * seconds_each)
    assert pages.size == fewest or pages.size * seconds_each <= LONGEST_S
    assert pages.size == most or (pages.size + 1) * 5 / 4 * seconds_each >= LONGEST_S * 0.7 * 2 / 3


@given(st.integers(0, 60), st.lists(st.booleans(), max_size=60))
def test_transactions_end_when_somebody_waits_and_lose_no_row(rows: int, waits: list[bool]) -> None:
    pages, left, answers = Pages(7, fewest=7, most=7), list(range(rows)), iter(waits)
    written: list[int] = []
    asked: list[bool] = []

    def is_awaited() -> bool:
        asked.append(next(answers, False))
        return asked[-1]

    while left:
        asked.clear()
        size = 0
        for page in pages.of_one_transaction(left, is_awaited):
            written += page
            size += len(page)
        assert asked[:-1] == [False] * (len(asked) - 1), "nobody was let wait for a further page"
        assert asked[-1] or size == len(left)
        del left[:size]
    assert written == list(range(rows))


def test_what_takes_long_is_written_now_and_then_though_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = count(0, LONGEST_UNAWAITED_S / 10)
    monkeypatch.setattr("bot.pages.monotonic", lambda: next(ticks))
    pages = list(Pages(1, fewest=1, most=1).of_one_transaction(range(100), lambda: False))
    assert 3 <= len(pages) <= 6, "two looks at the clock for each page"
