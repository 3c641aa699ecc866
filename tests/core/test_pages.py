"""Pages of long work go by what the machine does in a moment."""

from hypothesis import given
from hypothesis import strategies as st

from core.pages import LONGEST_S, Pages


@given(st.lists(st.floats(0, 2)), st.floats(0.000_01, 0.01))
def test_whatever_happened_pages_come_to_be_as_long_as_they_may(
    before: list[float], seconds_each: float
) -> None:
    pages = Pages(200, fewest=50, most=1_000)
    for seconds in before:
        pages.took(seconds)
        assert 50 <= pages.size <= 1_000
    for _ in range(60):
        pages.took(pages.size * seconds_each)
    assert pages.size == 50 or pages.size * seconds_each <= LONGEST_S * 5 / 4
    assert pages.size == 1_000 or pages.size * seconds_each >= LONGEST_S * 0.7 * 2 / 3 or pages.size == 50
