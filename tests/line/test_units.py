"""Counting and cutting text the way LINE counts it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from line.units import Unit, cut, grapheme_len, graphemes, measure, utf16_len

FAMILY = "👨‍👩‍👧"
# Pieces that like to be torn apart: pairs, joiners, flags, marks, line ends, Hangul, Thai.
PIECES = st.sampled_from(
    [
        "a",
        "好",
        "🏠",
        FAMILY,
        "🇹🇼",
        "🇯🇵",
        "e\u0301",
        "\r\n",
        "\n",
        "👍🏽",
        "각",
        "ก็",
        "\u200d",
        "\ufe0f",
        "☀️",
        " ",
    ]
)
TEXTS = st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=40)


@pytest.mark.parametrize(
    ("text", "units", "clusters"),
    [
        ("", 0, 0),
        ("abc", 3, 3),
        ("好窩", 2, 2),
        ("🏠", 2, 1),
        (FAMILY, 8, 1),
        ("🇹🇼", 4, 1),
        ("👍🏽", 4, 1),
        ("e\u0301", 2, 1),
        ("\r\n", 2, 1),
        ("a\r\nb", 4, 3),
        ("각", 1, 1),
        ("\u1100\u1161\u11a8", 3, 1),
        ("ก็", 2, 1),
        ("☀️", 2, 1),
    ],
)
def test_lengths_in_both_units(text: str, units: int, clusters: int) -> None:
    assert utf16_len(text) == units
    assert grapheme_len(text) == clusters
    assert measure(text, Unit.UTF16) == units
    assert measure(text, Unit.GRAPHEME) == clusters


@given(TEXTS)
def test_utf_16_units_are_what_the_encoder_says(text: str) -> None:
    assert utf16_len(text) == len(text.encode("utf-16-le")) // 2


def test_half_a_pair_counts_as_one_unit() -> None:
    assert utf16_len("a\ud83d") == 2


@given(TEXTS)
def test_graphemes_are_a_partition(text: str) -> None:
    assert "".join(graphemes(text)) == text
    assert len(graphemes(text)) == grapheme_len(text)


@given(text=TEXTS, limit=st.integers(0, 60), unit=st.sampled_from(Unit))
def test_a_cut_keeps_whole_graphemes_and_as_many_as_fit(text: str, limit: int, unit: Unit) -> None:
    kept = cut(text, limit, unit)
    assert text.startswith(kept)
    assert measure(kept, unit) <= limit
    pieces = graphemes(text)
    ends = ["".join(pieces[:count]) for count in range(len(pieces) + 1)]
    assert kept in ends
    longer = [end for end in ends if len(end) > len(kept)]
    assert not longer or measure(longer[0], unit) > limit


@given(text=TEXTS, unit=st.sampled_from(Unit))
def test_a_text_that_fits_is_not_cut(text: str, unit: Unit) -> None:
    assert cut(text, measure(text, unit), unit) == text


@pytest.mark.parametrize(
    ("text", "limit", "unit", "kept"),
    [
        (FAMILY * 3, 23, Unit.UTF16, FAMILY * 2),
        (FAMILY * 3, 2, Unit.GRAPHEME, FAMILY * 2),
        (FAMILY, 7, Unit.UTF16, ""),
        ("🏠🏠", 3, Unit.UTF16, "🏠"),
        ("ab", 1, Unit.UTF16, "a"),
        ("ab", 0, Unit.GRAPHEME, ""),
        ("ab", -1, Unit.GRAPHEME, ""),
        ("ab", -1, Unit.UTF16, ""),
        (FAMILY * 1_000, 5_000, Unit.UTF16, FAMILY * 625),
    ],
)
def test_cuts(text: str, limit: int, unit: Unit, kept: str) -> None:
    assert cut(text, limit, unit) == kept
