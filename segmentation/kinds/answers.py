"""The leaf `answer`: what somebody chose when they last finished a questionnaire."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import BeforeValidator, TypeAdapter, model_validator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session, aliased

from contacts.models import Contact
from content.text import Frozen
from core.by_engine import by_engine
from questionnaires.models import LEFT_BEHIND, Answer, Run, RunStatus
from segmentation.carrying import told_in
from segmentation.days import At
from segmentation.joining import Meant
from segmentation.kinds.forms import Few, Name
from segmentation.leaf import LeafKind, Mention
from segmentation.people import Fact, Person
from segmentation.sources import Need, Source


@dataclass(frozen=True, slots=True)
class Finished(Fact):
    """The run of a questionnaire that somebody finished last, with what they chose."""

    questionnaire: str
    at: datetime
    choices: Mapping[str, tuple[str, ...]]
    """By question, of those that were answered; empty where the answer was typed, picked or sent."""


@dataclass(frozen=True, slots=True)
class Answered(Fact):
    """What a leaf saw of it."""

    questionnaire: str
    question: str | None
    choices: tuple[str, ...]
    at: datetime


def _load(
    session: Session, ids: Sequence[int], needs: Sequence[Need[Finished | None]], _now: datetime
) -> Mapping[str, Mapping[int, Finished]]:
    runs = session.execute(
        sa.select(Run.id, Run.contact_id, Run.questionnaire, Run.ended_at, Run.started_at).where(
            Run.contact_id.in_(ids),
            Run.status == RunStatus.CONFIRMED,
            Run.questionnaire.in_([need.about for need in needs]),
            _is_last(),
        )
    ).all()
    given: dict[int, dict[str, tuple[str, ...]]] = {run.id: {} for run in runs}
    answers = sa.select(Answer.run_id, Answer.question, Answer.value).where(Answer.run_id.in_(given))
    for run_id, question, value in session.execute(answers.order_by(Answer.id)) if given else ():
        given[run_id].pop(question, None)
        if value:
            given[run_id][question] = tuple(value.get("choices", ()))
    found: dict[str, dict[int, Finished]] = {}
    for run in runs:
        ended_at = run.ended_at or run.started_at
        told = Finished(run.questionnaire, ended_at, given[run.id])
        found.setdefault(run.questionnaire, {})[run.contact_id] = told
    return found


def _unwritten(
    session: Session, contact: Contact, need: Need[Finished | None], known: Finished | None
) -> Finished | None:
    """Take the run that this turn has confirmed: its queue, and what it is told, may hang on it."""
    confirmed = [
        one
        for one in (*session.new, *session.dirty)
        if isinstance(one, Run)
        and contact.owns(one)
        and one.questionnaire == need.about
        and one.status is RunStatus.CONFIRMED
    ]
    if not confirmed:
        return known
    run = confirmed[-1]
    left = {one.question for one in session.new if isinstance(one, Answer) and _is_left(one, run)}
    given = {
        question: tuple(value.get("choices", ()))
        for question, value in run.state["answers"].items()
        if value and question not in left
    }
    return Finished(run.questionnaire, run.ended_at or run.started_at, given)


def _is_left(row: Answer, run: Run) -> bool:
    return row.run is run and row.event_key is LEFT_BEHIND


ANSWERS: Source[Finished | None] = Source("answers", _load, None, _unwritten)


class AnswerTest(Frozen):
    """`{questionnaire: find_home, question: area, choice: taipei}`; or only that they finished it."""

    questionnaire: Name
    question: Name | None = None
    """There is an answer to it, not skipped."""
    choice: Few | None = None
    """One of these is among what was chosen."""

    @model_validator(mode="after")
    def _choice_of_a_question(self) -> "AnswerTest":
        if self.choice is not None and self.question is None:
            raise ValueError("say of which `question` the choice is")
        return self


def _in_full(raw: Any) -> Any:
    return raw if isinstance(raw, dict | AnswerTest) else {"questionnaire": raw}


def _is_last() -> sa.ColumnElement[bool]:
    """Return the condition that a contact has not finished the questionnaire again after a run."""
    other = aliased(Run)
    later = sa.select(other.id).where(
        other.contact_id == Run.contact_id,
        other.status == RunStatus.CONFIRMED,
        other.questionnaire == Run.questionnaire,
        other.id > Run.id,
    )
    return sa.not_(later.correlate(Run).exists())


def _sql(test: AnswerTest, _at: At) -> Meant:
    finished = [Run.questionnaire == test.questionnaire, Run.status == RunStatus.CONFIRMED, _is_last()]
    if test.question is not None:
        finished.append(_answered(test.question, test.choice))
    return told_in(Run.contact_id, *finished)


def _answered(question: str, choices: Sequence[str] | None) -> sa.ColumnElement[bool]:
    # The last row of a question is its answer; one taken back, or skipped, holds nothing.
    again = aliased(Answer)
    later = sa.select(again.id).where(
        again.run_id == Answer.run_id, again.question == Answer.question, again.id > Answer.id
    )
    inside = sa.func.json_each(Answer.value).table_valued("key")
    chosen = sa.func.json_each(Answer.value, "$.choices").table_valued("value")
    # Only the choices are cast: what was typed may hold what JSONB refuses.
    told = sa.cast(Answer.value["choices"], JSONB)
    if choices is None:
        fits = by_engine(
            sqlite=sa.select(1).select_from(inside).where(inside.c.key.in_(("choices", "value"))).exists(),
            postgresql=sa.or_(Answer.value["choices"].is_not(None), Answer.value["value"].is_not(None)),
        )
    else:
        fits = by_engine(
            sqlite=sa.select(1).select_from(chosen).where(chosen.c.value.in_(choices)).exists(),
            postgresql=sa.or_(*(told.contains(sa.literal(choice, JSONB())) for choice in choices)),
        )
    rows = sa.select(Answer.id).where(
        Answer.run_id == Run.id,
        Answer.question == question,
        sa.not_(later.correlate(Answer).exists()),
        fits,
    )
    return rows.correlate(Run).exists()


def _need(test: AnswerTest) -> Need[Finished | None]:
    return Need(ANSWERS, test.questionnaire)


def _holds(test: AnswerTest, person: Person, _at: At) -> bool:
    run = person.of(_need(test))
    if run is None:
        return False
    if test.question is None:
        return True
    if test.choice is None:
        return test.question in run.choices
    return not set(test.choice).isdisjoint(run.choices.get(test.question, ()))


def _seen(test: AnswerTest, person: Person, _at: At) -> Answered | None:
    run = person.of(_need(test))
    if run is None:
        return None
    chosen = () if test.question is None else run.choices.get(test.question, ())
    return Answered(run.questionnaire, test.question, chosen, run.at)


def _mentions(test: AnswerTest) -> Sequence[Mention]:
    if test.question is None:
        return [Mention("questionnaire", test.questionnaire, ("questionnaire",))]
    question = f"{test.questionnaire}/{test.question}"
    return [
        Mention("question", question, ("question",)),
        *(Mention("choice", f"{question}/{choice}", ("choice",)) for choice in test.choice or ()),
    ]


ANSWER: LeafKind[Any] = LeafKind[AnswerTest](
    "answer",
    TypeAdapter(Annotated[AnswerTest, BeforeValidator(_in_full, json_schema_input_type=Name | AnswerTest)]),
    sql=_sql,
    holds=_holds,
    fact=_seen,
    reads=lambda test: [f"answer:{test.questionnaire}"],
    needs=lambda test: [_need(test)],
    mentions=_mentions,
)
