"""Answers whose message their sender took back: as if they had never been given."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from questionnaires import answers
from questionnaires.definition import Questionnaire
from questionnaires.models import LEFT_BEHIND, Answer, Run
from questionnaires.path import chosen_of, find_question
from questionnaires.state import RunState
from questionnaires.summary import answer_line
from questionnaires.versions import Versions


def given_in(session: Session, contact_id: int, event_keys: Collection[str]) -> Sequence[Answer]:
    """Return the answers that a contact gave in these events, also where a later run took them over."""
    return session.scalars(
        sa.select(Answer)
        .join(Run, Run.id == Answer.run_id)
        .where(Run.contact_id == contact_id, Answer.event_key.in_(event_keys))
        .options(joinedload(Answer.run))
        .order_by(Answer.id)
    ).all()


def words_of(session: Session, given: Iterable[Answer], versions: Versions) -> set[str]:
    """Return everything that a message of ours may have quoted of the answers, in every language."""
    words: set[str] = set()
    for row in given:
        if row.value is not None:
            definition = versions.get(session, row.run.version_id).definition
            words |= _words(definition, row, answers.Answer.from_json(row.value))
    return words


def withdraw(session: Session, given: Iterable[Answer]) -> set[str]:
    """Blank the answers, and take them out of their runs where nothing else was answered since.

    An open run asks for them again. Returns the questionnaires concerned.
    """
    concerned = set()
    for row in given:
        row.value = None
        run = row.run
        if run.state and _is_newest(session, row):
            run.state = _without(RunState.from_json(run.state), row.question).to_json()
            concerned.add(run.questionnaire)
    return concerned


def _words(definition: Questionnaire, row: Answer, answer: answers.Answer) -> set[str]:
    if answer.is_skipped:
        return set()
    words = {answer.shown or "", "" if answer.value is None else str(answer.value)}
    question = find_question(definition, row.question)
    if question is not None:
        languages = {*question.ask, str(row.run.state.get("language", ""))}
        words |= {answer_line(question, answer, language, "") for language in languages}
        words |= {label for choice in chosen_of(question, answer) for label in choice.label.values()}
    return words


def _is_newest(session: Session, row: Answer) -> bool:
    later = sa.select(Answer.id).where(
        Answer.run_id == row.run_id,
        Answer.question == row.question,
        Answer.id > row.id,
        Answer.event_key.is_not(LEFT_BEHIND),
    )
    return session.scalar(later.limit(1)) is None


def _without(state: RunState, question: str) -> RunState:
    return replace(
        state,
        answers={asked: answer for asked, answer in state.answers.items() if asked != question},
        chosen=() if state.question == question else state.chosen,
        last=None if state.last == question else state.last,
    )
