"""Letting a contact's tags and fields follow what they answer, while they answer it."""

from collections.abc import Callable
from functools import cache

from contacts.fields import Value, kind_of
from contacts.models import FieldKind
from handlers.turn import Turn
from questionnaires.effects import Effects
from questionnaires.models import Run, RunStatus

FIELD_KINDS = {
    "number": FieldKind.NUMBER,
    "date": FieldKind.DATE,
    "time": FieldKind.TIME,
    "datetime": FieldKind.DATETIME,
}


def source(questionnaire: str, question: str = "") -> str:
    """Return who stands by what an answer sets; without a question, what all of them begin with."""
    return f"question:{questionnaire}/{question}"


def follow_open(turn: Turn, run: Run, *, answered: str | None) -> None:
    """While a run is open the confirmed one before it still stands, where the two do not contradict."""

    @cache
    def earlier() -> Effects:
        return turn.runs.effects_of(turn.runs.last_confirmed(run.questionnaire))

    _follow(turn, run, turn.runs.effects_of(run), before=earlier, refresh=answered)


def follow_confirmed(turn: Turn, run: Run) -> None:
    """A confirmed run replaces the one before it."""
    _follow(turn, run, turn.runs.effects_of(run))


def follow_cancelled(turn: Turn, run: Run) -> None:
    """After a cancelled run the confirmed one before it stands as if nothing had been."""
    _follow(turn, run, turn.runs.effects_of(turn.runs.last_confirmed(run.questionnaire)))


def follow_taken_back(turn: Turn, questionnaire: str) -> None:
    """After an answer was taken back nothing of it stands.

    Only takes away: what others have removed since does not come again.
    """
    newest = turn.runs.newest(questionnaire)
    is_valid = newest is not None and newest.status is not RunStatus.CANCELLED
    wanted = turn.runs.effects_of(newest if is_valid else None)
    kept = turn.runs.effects_of(turn.runs.last_confirmed(questionnaire))
    prefix = source(questionnaire)
    for tag, said_by in turn.tags.set_by(prefix):
        is_by_ending = said_by == prefix
        if tag not in wanted.tags and tag not in kept.tags and not is_by_ending:
            turn.tags.withdraw(tag, source=said_by)
    for name, said_by in turn.fields.set_by(prefix).items():
        found = wanted.fields.get(name) or kept.fields.get(name)
        if found is None or newest is None:
            turn.fields.withdraw(name, source=said_by)
        else:
            value, question = found
            kind = _field_kind(turn, newest, question, value)
            turn.fields.set(name, value, kind=kind, source=source(questionnaire, question))


def _follow(
    turn: Turn,
    run: Run,
    wanted: Effects,
    *,
    before: Callable[[], Effects] = Effects,
    refresh: str | None = None,
) -> None:
    """Make tags and fields say what the answers say; other sources' words stay untouched.

    :param before: returns what may stay although `wanted` does not ask for it; most turns need not know.
    :param refresh: the question whose tags are set again even where they stand already.
    """
    prefix = source(run.questionnaire)
    for tag, said_by in turn.tags.set_by(prefix):
        if tag not in wanted.tags and tag not in before().tags:
            turn.tags.withdraw(tag, source=said_by)
    standing = {tag for tag, _said_by in turn.tags.set_by(prefix)}
    for tag, question in wanted.tags.items():
        if tag not in standing or question == refresh:
            turn.tags.set(tag, source=source(run.questionnaire, question))
    for name, said_by in turn.fields.set_by(prefix).items():
        if name not in wanted.fields and name not in before().fields:
            turn.fields.withdraw(name, source=said_by)
    for name, (value, question) in wanted.fields.items():
        turn.fields.set(
            name,
            value,
            kind=_field_kind(turn, run, question, value),
            source=source(run.questionnaire, question),
        )


def _field_kind(turn: Turn, run: Run, question: str, value: Value) -> FieldKind:
    for asked in turn.runs.version_of(run).definition.questions:
        if asked.id == question and isinstance(value, str):
            picks = [choice.pick for choice in asked.choices if choice.pick is not None]
            return FIELD_KINDS.get(picks[0] if picks else asked.kind, FieldKind.TEXT)
    return kind_of(value)
