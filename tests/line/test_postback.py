"""What taps carry: packed and read back without loss, and never trusted."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from line.limits import check_message
from line.postback import LIMIT_CHARS, AnswerTap, ButtonTap, RunTap, Tap, TooLong, pack, unpack

WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
NUMBERS = st.integers(0, 10**9)
TAPS = st.one_of(
    st.builds(AnswerTap, WORDS, NUMBERS, WORDS, WORDS),
    st.builds(RunTap, WORDS, NUMBERS, WORDS, WORDS),
    st.builds(ButtonTap, WORDS, WORDS, WORDS),
)


@given(TAPS)
def test_a_tap_comes_back_as_it_was(tap: Tap) -> None:
    try:
        data = pack(tap)
    except TooLong:
        return
    assert data.isascii()
    assert len(data) <= LIMIT_CHARS
    assert unpack(data) == tap


@given(TAPS, TAPS)
def test_different_taps_never_look_alike(one: Tap, other: Tap) -> None:
    try:
        assert (pack(one) == pack(other)) == (one == other)
    except TooLong:
        return


def test_the_last_character_that_fits_fits_and_the_next_does_not() -> None:
    room = LIMIT_CHARS - len(pack(ButtonTap("", "", "")))
    data = pack(ButtonTap("o", "b", "c" * (room - 2)))
    assert len(data) == LIMIT_CHARS
    button = {"type": "postback", "label": "a", "data": data}
    message = {
        "type": "template",
        "altText": "a",
        "template": {"type": "buttons", "text": "a", "actions": [button]},
    }
    assert check_message(message) == []
    with pytest.raises(TooLong, match="301 characters"):
        pack(ButtonTap("o", "b", "c" * (room - 1)))


@given(st.text(max_size=LIMIT_CHARS + 20))
def test_anything_may_come_in(data: str) -> None:
    tap = unpack(data)
    assert tap is None or isinstance(tap, AnswerTap | RunTap | ButtonTap)


@given(st.lists(st.text(max_size=20), max_size=6), st.sampled_from("arb"))
def test_a_forgery_of_our_own_form_is_read_or_refused(parts: list[str], code: str) -> None:
    forged = "|".join(["1", code, *(quote(part.encode("utf-8", "replace")) for part in parts)])
    tap = unpack(forged)
    assert tap is None or isinstance(tap, AnswerTap | RunTap | ButtonTap)


@pytest.mark.parametrize(
    "data",
    [
        "",
        "|",
        "1",
        "1|",
        "1|x|a|b|c",
        "2|b|owner|button|card",
        "0|b|owner|button|card",
        "1|b|owner|button",
        "1|b|owner|button|card|more",
        "1|a|run|one|question|choice",
        "1|a|run||question|choice",
        "1|a|run|1.5|question|choice",
        "1|a|run|1|question",
        "1|r|run|1|confirm",
        "1|r|run|x|confirm|",
        "buy=1",
        '{"action":"confirm"}',
        "1|b|" + "o" * 300 + "||",
    ],
)
def test_what_we_never_wrote_is_nothing(data: str) -> None:
    assert unpack(data) is None


def test_a_zero_byte_that_no_database_keeps_is_nothing_of_ours() -> None:
    assert unpack("1|b|%00|button|card") is None
    assert unpack("1|a|run|1|question|yes%00") is None
