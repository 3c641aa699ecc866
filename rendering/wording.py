"""The few words of our own in a drawn message, for things that LINE shows and we only name; in the viewer's language."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum


class Word(StrEnum):
    """What is said, in English."""

    PICTURE = "Picture"
    FILM = "Film"
    RECORDING = "Recording"
    FILE = "File"
    STICKER = "Sticker"
    LOCATION = "Location"
    COUPON = "Coupon"
    QUICK_REPLIES = "Quick replies"
    NOT_SHOWN = "This kind of message cannot be shown here:"


Wording = Callable[[Word], str]
"""Returns a word in somebody's language."""


def in_english(word: Word) -> str:
    """Return a word as it is."""
    return word.value


def say(word: Word) -> str:
    """Return a word in the language in which something is being drawn."""
    return _wording.get()(word)


@contextmanager
def worded(wording: Wording) -> Iterator[None]:
    """Draw in somebody's language meanwhile."""
    before = _wording.set(wording)
    try:
        yield
    finally:
        _wording.reset(before)


_wording: ContextVar[Wording] = ContextVar("wording", default=in_english)
