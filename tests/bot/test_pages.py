"""Pages of long work go by what the machine does in a moment."""

from hypothesis import given
from hypothesis import strategies as st

from bot.pages import LONGEST_S, Pages


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
