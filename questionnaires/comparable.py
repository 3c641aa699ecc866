"""What the answer to a question can be compared with, in the words of whoever wrote the branch."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from content.comparing import Comparison, is_time
from content.days import is_day
from questionnaires.branches import TEXTS
from questionnaires.definition import Question, Wanted

Inner = tuple[str, ...]
SAME = ("is", "is_not", "one_of")
LIMITS = ("less_than", "at_most", "more_than", "at_least", "between")


class _Kind(NamedTuple):
    """What can be asked of the value of one kind of question."""

    asks_for: str
    ways: tuple[str, ...]
    suits: Callable[[object], bool]
    """Whether a value can be compared with such an answer."""
    example: str


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_day(value: object) -> bool:
    return isinstance(value, str) and is_day(value)


def _is_time(value: object) -> bool:
    return isinstance(value, str) and is_time(value)


_TEXT = _Kind(
    "words", (*SAME, "contains"), lambda value: isinstance(value, str), "`contains: 車位` or `known: true`"
)
_UNSEEN = ("known",)
_KINDS: Mapping[str, _Kind] = MappingProxyType(
    {
        "number": _Kind("a number", (*SAME, *LIMITS), _is_number, "`at_least: 3` or `between: [1, 3]`"),
        "date": _Kind(
            "a date", ("is", "is_not", *LIMITS), _is_day, "`at_most: +14d` or `between: [today, +1m]`"
        ),
        "time": _Kind("a time", (*SAME, *LIMITS), _is_time, "`less_than: '12:00'`"),
        "datetime": _Kind(
            "a date and time",
            ("is", "is_not", *LIMITS),
            lambda value: _is_day(value) or _is_time(value),
            "`at_most: +2d` or `less_than: '12:00'`",
        ),
        **dict.fromkeys(TEXTS, _TEXT),
        "photo": _Kind("a photo", _UNSEEN, lambda _value: False, "`known: true` or `known: false`"),
        "location": _Kind("a place", _UNSEEN, lambda _value: False, "`known: true` or `known: false`"),
    }
)


def fault_of(asked: Question, wanted: Wanted) -> tuple[Inner, str] | None:
    """Return what about a branch on this question cannot be, and where below its id; None where all can."""
    known_ids = None if asked.cards else [choice.id for choice in asked.choices]
    kind = _kind_of(asked)
    if not isinstance(wanted, Comparison):
        return _named_fault(asked, known_ids, wanted, kind)
    if wanted.known is not None:
        return None
    ((way, said),) = wanted.asked().items()
    if wanted.is_backwards:
        return (way,), f"the second of `between` comes before the first, so no answer to {asked.id!r} fits"
    values = said if isinstance(said, tuple) else (said,)
    if kind is None or (way in (*SAME, "contains") and _are_choices(values, known_ids)):
        return _choice_fault(asked, known_ids, way, values)
    if way not in kind.ways:
        what = f"{asked.id!r} asks for {kind.asks_for}, which `{way}` does not compare; write {kind.example}"
        return (way,), what
    for value in values:
        if not kind.suits(value) and not _are_choices((value,), known_ids):
            what = f"{asked.id!r} asks for {kind.asks_for}, and {value!r} is none; write {kind.example}"
            return (way,), what
    return None


def _kind_of(asked: Question) -> _Kind | None:
    """Return what its value is; None where there are choices only."""
    if asked.kind != "choice":
        return _KINDS[asked.kind]
    pick = next((choice.pick for choice in asked.choices if choice.pick is not None), None)
    return None if pick is None else _KINDS[pick]


def _are_choices(values: Sequence[object], known_ids: Sequence[str] | None) -> bool:
    return known_ids is not None and all(value in known_ids for value in values)


def _named_fault(
    asked: Question, known_ids: Sequence[str] | None, wanted: Sequence[str], kind: _Kind | None
) -> tuple[Inner, str] | None:
    if known_ids == [] and kind is not None:
        what = f"{asked.id!r} has no choices: it asks for {kind.asks_for}; compare it, with {kind.example}"
        return (), what
    return next(
        (
            ((), _unknown(asked, one, known_ids))
            for one in wanted
            if known_ids is not None and one not in known_ids
        ),
        None,
    )


def _choice_fault(
    asked: Question, known_ids: Sequence[str] | None, way: str, values: Sequence[object]
) -> tuple[Inner, str] | None:
    allowed = (*SAME, "contains") if asked.multiple else SAME
    if way not in allowed:
        named = ", ".join((known_ids or ["one", "another"])[:2])
        what = f"{asked.id!r} has choices, which `{way}` does not compare; name those that count: [{named}]"
        return (way,), what
    unknown = [one for one in values if known_ids is not None and one not in known_ids]
    return ((way,), _unknown(asked, unknown[0], known_ids)) if unknown else None


def _unknown(asked: Question, named: object, known_ids: Sequence[str] | None) -> str:
    return f"{asked.id!r} has no choice {named!r}; there are {', '.join(known_ids or ())}"
