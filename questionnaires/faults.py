"""What is wrong with a questionnaire beyond its shape, for the check of a playbook.

Ids that are badly written or given twice, and lengths and counts that LINE refuses, are found
where the files are read; here is what only the meaning of the questions tells.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import combinations
from typing import NamedTuple
from zoneinfo import ZoneInfo

from contacts.folding import fold
from content.matching import pattern_fault
from questionnaires.bounds import MOMENTS, bounds_as_values, number_bound
from questionnaires.conditions import Path, condition_faults
from questionnaires.definition import Choice, Question, Questionnaire, Range
from questionnaires.state import Facts

_SOME_DAY = Facts(now=datetime(2027, 1, 1, tzinfo=UTC), zone=ZoneInfo("UTC"))
"""Relative bounds are compared as they lie on any day."""


class Fault(NamedTuple):
    path: Path
    """From the questionnaire: ("questions", 2, "choices", 0, "range")."""
    message: str


def faults(definition: Questionnaire) -> list[Fault]:
    """Return everything that would leave a customer stuck, misunderstood or with a lost answer."""
    found = [Fault(path, message) for path, message in condition_faults(definition)]
    if not definition.questions:
        found.append(Fault(("questions",), "there are no questions; write at least one"))
    for place, question in enumerate(definition.questions):
        found += [Fault(("questions", place, *path), message) for path, message in _question(question)]
    reminder = definition.reminder
    if reminder is not None and reminder.after >= definition.timeout:
        found.append(Fault(("reminder", "after"), "the run has ended by then; remind before the timeout"))
    return found


def _question(question: Question) -> Iterator[tuple[Path, str]]:
    if question.kind == "choice" and not question.choices and not question.cards:
        yield ("choices",), "a question of kind choice needs choices; for typed answers write `kind: text`"
    if question.choices and question.kind in {*MOMENTS, "photo", "location"}:
        yield (
            ("choices",),
            f"a question of kind {question.kind} shows no choices; leave `kind` out and give one a `pick`",
        )
    if question.multiple and question.kind != "choice":
        yield ("multiple",), "only questions with choices can take several answers"
    if question.pattern is not None and question.kind != "text":
        yield (
            ("pattern",),
            f"a question of kind {question.kind} ignores its pattern; only `kind: text` has one",
        )
    elif question.pattern is not None and (reason := pattern_fault(question.pattern)):
        yield ("pattern",), reason
    yield from _pickers(question)
    yield from _bounds(question)
    yield from _ranges(question)
    yield from _words(question)


def _pickers(question: Question) -> Iterator[tuple[Path, str]]:
    picks = [(place, choice.pick) for place, choice in enumerate(question.choices) if choice.pick is not None]
    if question.field is None and question.kind in MOMENTS:
        yield ("kind",), f"the {question.kind} that is picked goes nowhere; name a `field`"
    for place, pick in picks:
        if question.field is None:
            yield (
                ("choices", place, "pick"),
                f"the {pick} that is picked goes nowhere; give the question a `field`",
            )
        if question.multiple:
            yield ("choices", place, "pick"), "a question that takes several answers cannot have a picker"
    if question.open_hours and "datetime" not in {question.kind, *(pick for _, pick in picks)}:
        yield ("open_hours",), "open_hours is about a date and time; use `kind: datetime`"


def _bounds(question: Question) -> Iterator[tuple[Path, str]]:
    written = [name for name in ("min", "max") if getattr(question, name) is not None]
    if not written:
        return
    moments = [MOMENTS[question.kind]] if question.kind in MOMENTS else []
    moments += [choice.pick for choice in question.choices if choice.pick is not None]
    if not moments and question.kind not in {"text", "number"}:
        yield (written[0],), f"a question of kind {question.kind} has nothing to bound; leave min and max out"
        return
    for name in written:
        lone = question.model_copy(update={other: None for other in ("min", "max") if other != name})
        try:
            _is_crossed(lone)
        except (ValueError, OverflowError):
            example = "today, +3d, +1y or 2027-03-01" if moments else "a number"
            example = "10:00" if moments == ["time"] else example
            yield (name,), f"{getattr(question, name)!r} cannot be read here; write {example}"
            return
    if _is_crossed(question):
        yield ("max",), "max lies before min, so no answer fits"


def _is_crossed(question: Question) -> bool:
    """Return whether max lies before min.

    :raises ValueError: a bound cannot be read; or OverflowError, far from any calendar.
    """
    moments = [MOMENTS[question.kind]] if question.kind in MOMENTS else []
    moments += [choice.pick for choice in question.choices if choice.pick is not None]
    if not moments:
        least, most = number_bound(question.min), number_bound(question.max)
        return least is not None and most is not None and least > most
    limits = [bounds_as_values(question, moment, _SOME_DAY) for moment in moments]
    return any(low is not None and high is not None and low > high for low, high in limits)


def _ranges(question: Question) -> Iterator[tuple[Path, str]]:
    ranged = [(place, choice, choice.range) for place, choice in enumerate(question.choices) if choice.range]
    for place, _choice, one in ranged:
        if one.min is None and one.max is None:
            yield ("choices", place, "range"), "a range needs min, max or both"
        elif _ends(one)[0] >= _ends(one)[1]:
            yield ("choices", place, "range"), "min must be below max"
    for (_, first, one), (place, second, other) in combinations(ranged, 2):
        if max(_ends(one)[0], _ends(other)[0]) < min(_ends(one)[1], _ends(other)[1]):
            yield (
                ("choices", place, "range"),
                f"an amount could mean {first.id!r} or {second.id!r}; let one range begin where the other ends",
            )


def _ends(range_: Range) -> tuple[float, float]:
    low = float("-inf") if range_.min is None else range_.min
    return low, (float("inf") if range_.max is None else range_.max)


def _words(question: Question) -> Iterator[tuple[Path, str]]:
    """Two choices must not be typed alike; LINE for PC knows no other way to answer some questions."""
    taken: dict[str, Choice] = {}
    for place, choice in enumerate(question.choices):
        for path, word in _places(choice):
            folded = fold(word)
            if not folded:
                yield ("choices", place, *path), f"{word!r} has nothing that could be typed"
                continue
            first = taken.setdefault(folded, choice)
            if first is not choice:
                yield (
                    ("choices", place, *path),
                    f"{word!r} could mean {first.id!r} or {choice.id!r}; typed, it would be understood as neither",
                )


def _places(choice: Choice) -> Iterator[tuple[Path, str]]:
    for language, word in choice.label.items():
        yield ("label", language) if language else ("label",), word
    for position, word in enumerate(choice.also):
        yield ("also", position), word
