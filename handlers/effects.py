"""Letting a contact's tags and fields follow what they answer, while they answer it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from types import MappingProxyType

from contacts.fields import Value, kind_of
from contacts.models import FieldKind
from handlers.turn import Turn
from questionnaires.effects import Effects
from questionnaires.models import Run, RunStatus
from segmentation.tags import Word

NOTHING: Mapping[str, datetime | None] = MappingProxyType({})
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
    """While a run is not confirmed those before it still stand, where its answers leave theirs alone."""
    if run.started_at < turn.now and not turn.runs.state_of(run).answers:
        follow_cancelled(turn, run)  # filled in anew from the start: nothing is said in it any more
        return

    @cache
    def earlier() -> Effects:
        return turn.runs.beside(run)

    _follow(
        turn,
        run,
        turn.runs.effects_of(run),
        stays=lambda tag, said_by: said_by == source(run.questionnaire) or tag in earlier().tags,
        stays_field=lambda name: name in earlier().fields,
        is_said_anew=lambda question, _word: question == answered,
    )


def follow_confirmed(turn: Turn, run: Run) -> None:
    """A confirmed run replaces the one before it, and says anew what that one said before it began."""
    _follow(
        turn, run, turn.runs.effects_of(run), is_said_anew=lambda _question, word: word.at < run.started_at
    )


def follow_cancelled(turn: Turn, run: Run) -> None:
    """After a cancelled run, or in one that is filled in anew, those before it stand as if nothing had been.

    That is what it took from them: what has ended meanwhile, or others took off, does not come again.
    """
    prefix = source(run.questionnaire)
    wanted = turn.runs.without(run)
    stood = turn.tags.stood_by(prefix, at=run.started_at)
    others = {row.name for row in turn.fields.rows() if not row.source.startswith(prefix)}
    others |= turn.fields.taken_off(wanted.fields.keys(), before=run.started_at)
    _follow(
        turn,
        run,
        Effects(
            {tag: question for tag, question in wanted.tags.items() if tag in stood},
            {name: found for name, found in wanted.fields.items() if name not in others},
        ),
        stays=lambda _tag, said_by: said_by == prefix,
        ends={tag: word.expires_at for tag, word in stood.items()},
    )


def follow_taken_back(turn: Turn, questionnaire: str) -> None:
    """After an answer was taken back nothing of it stands.

    Only takes away: what others have removed since does not come again.
    """
    newest = turn.runs.newest(questionnaire)
    wanted, kept = Effects(), Effects()
    if newest is not None and newest.status is RunStatus.CANCELLED:
        kept = turn.runs.without(newest)
    elif newest is not None:
        wanted = turn.runs.effects_of(newest)
        kept = Effects() if newest.status is RunStatus.CONFIRMED else turn.runs.beside(newest)
    prefix = source(questionnaire)
    for tag, word in turn.tags.set_by(prefix):
        is_by_ending = word.source == prefix
        if tag not in wanted.tags and tag not in kept.tags and not is_by_ending:
            turn.tags.withdraw(tag, source=word.source)
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
    stays: Callable[[str, str], bool] = lambda _tag, _said_by: False,
    stays_field: Callable[[str], bool] = lambda _name: False,
    is_said_anew: Callable[[str, Word], bool] = lambda _question, _word: False,
    ends: Mapping[str, datetime | None] = NOTHING,
) -> None:
    """Make tags and fields say what the answers say; other sources' words stay untouched.

    :param stays: whether a tag of some source may stay although `wanted` does not ask for it: what an ending's
        steps have set, which no answer stands for, until the next run is confirmed. Most turns need not know.
    :param is_said_anew: whether what a question says is set again although its word stands already.
    :param ends: of tags that are set as they had been: until when.
    """
    prefix = source(run.questionnaire)
    for tag, word in turn.tags.set_by(prefix):
        if tag not in wanted.tags and not stays(tag, word.source):
            turn.tags.withdraw(tag, source=word.source)
    standing = dict(turn.tags.set_by(prefix))
    for tag, question in wanted.tags.items():
        if tag not in standing or is_said_anew(question, standing[tag]):
            turn.tags.set(tag, source=source(run.questionnaire, question), expires_at=ends.get(tag))
    for name, said_by in turn.fields.set_by(prefix).items():
        if name not in wanted.fields and not stays_field(name):
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
