"""What a tap carries: typed, packed into LINE's 300 characters, and never trusted when it comes back."""

from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import quote, unquote

LIMIT_CHARS = 300
_FORMAT = "1"


class TooLong(ValueError):  # noqa: N818 - reads as the fault it is
    """The data would not fit into a postback."""


@dataclass(frozen=True, slots=True)
class AnswerTap:
    """A choice of a question, in one run of one version."""

    CODE: ClassVar = "a"
    run: str
    version: int
    question: str
    choice: str


@dataclass(frozen=True, slots=True)
class RunTap:
    """Something done to a run: back, cancel, done, skip, confirm, change, restart, continue."""

    CODE: ClassVar = "r"
    run: str
    version: int
    action: str
    question: str = ""
    """The question it was shown with, or the one to change."""


@dataclass(frozen=True, slots=True)
class ButtonTap:
    """A button of the published content, by whom it belongs to and a hash of what it is."""

    CODE: ClassVar = "b"
    owner: str
    """`greeting.new`, `rule.rent`, `menu.main`, `card.home1`, `end.find_home`."""
    button: str
    card: str = ""
    """The card it stood below, for buttons that all cards share."""


Tap = AnswerTap | RunTap | ButtonTap
_KINDS: dict[str, type[AnswerTap] | type[RunTap] | type[ButtonTap]] = {
    kind.CODE: kind for kind in (AnswerTap, RunTap, ButtonTap)
}


def pack(tap: Tap) -> str:
    """Return the postback data of a tap.

    :raises TooLong: beyond 300 characters, which LINE refuses.
    """
    values = [str(getattr(tap, name)) for name in tap.__slots__]
    parts = [_FORMAT, tap.CODE, *(quote(value, safe="#:./@ ") for value in values)]
    data = "|".join(parts)
    if len(data) > LIMIT_CHARS:
        raise TooLong(f"{tap!r} needs {len(data)} characters of {LIMIT_CHARS}")
    return data


def unpack(data: str) -> Tap | None:
    """Read postback data; None for what we never wrote."""
    if len(data) > LIMIT_CHARS:
        return None
    form, _, rest = data.partition("|")
    code, *parts = rest.split("|")
    kind = _KINDS.get(code)
    if form != _FORMAT or kind is None:
        return None
    values = [unquote(part) for part in parts]
    if any("\x00" in value for value in values):
        return None  # no database could look it up
    try:
        if kind is AnswerTap:
            run, version, question, choice = values
            return AnswerTap(run, int(version), question, choice)
        if kind is RunTap:
            run, version, action, question = values
            return RunTap(run, int(version), action, question)
        owner, button, card = values
        return ButtonTap(owner, button, card)
    except ValueError:
        return None
