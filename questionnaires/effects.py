"""The tags and fields that the answers of a run stand for."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from questionnaires.answers import Answer
from questionnaires.definition import FieldValue, Question, Questionnaire
from questionnaires.path import chosen_of, effective_answers, find_question, tags_of
from questionnaires.state import RunState

BY_COMPLETING = ""
"""Stands for the question where the whole questionnaire sets a tag."""


@dataclass(frozen=True, slots=True)
class Effects:
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tag name to the id of the question that sets it; of several questions the last."""
    fields: Mapping[str, tuple[FieldValue, str]] = field(default_factory=dict)
    """Field name to value and question id; of several questions the last."""


def effects(
    definition: Questionnaire,
    answers: Mapping[str, Answer],
    tags: Collection[str],
    *,
    is_completed: bool = False,
) -> Effects:
    """Return what the answers that count amount to.

    :param answers: all of a run; those left behind on another branch are ignored.
    :param tags: what the contact carried when the run began, as in its state.
    :param is_completed: then the tags set by completing it are there as well, for question "".
    """
    set_tags: dict[str, str] = {}
    set_fields: dict[str, tuple[FieldValue, str]] = {}
    for question_id, answer in effective_answers(definition, answers, tags).items():
        question = find_question(definition, question_id)
        if question is None or answer.is_skipped:
            continue
        set_tags |= dict.fromkeys(sorted(tags_of(question, answer)), question_id)
        set_fields |= {name: (value, question_id) for name, value in _fields(question, answer).items()}
    if is_completed:
        set_tags |= dict.fromkeys(definition.sets_tags, BY_COMPLETING)
    return Effects(set_tags, set_fields)


@dataclass(frozen=True, slots=True)
class Layer:
    """An ended run that a later one has not replaced."""

    definition: Questionnaire
    state: RunState
    is_completed: bool


def still_said(earlier: Iterable[Layer], newer: Mapping[str, Answer]) -> Effects:
    """Return what earlier runs still say under newer answers, which have the last word.

    An answer that was given anew says nothing any more, and neither does one on a branch that the
    newer answers lead past: who has no pets by now has no dog.

    :param earlier: the newest first.
    :param newer: those that count, by question id.
    """
    known = dict(newer)
    tags: dict[str, str] = {}
    fields: dict[str, tuple[FieldValue, str]] = {}
    for run in earlier:
        asked = {question.id for question in run.definition.questions}
        merged = {**run.state.answers, **{key: answer for key, answer in known.items() if key in asked}}
        said = effects(run.definition, merged, run.state.tags, is_completed=run.is_completed)
        # What a newer run says of the same tag or field goes before.
        tags = {tag: question for tag, question in said.tags.items() if question not in known} | tags
        fields = {name: found for name, found in said.fields.items() if found[1] not in known} | fields
        known = {**effective_answers(run.definition, merged, run.state.tags), **known}
    return Effects(tags, fields)


def _fields(question: Question, answer: Answer) -> dict[str, FieldValue]:
    """Return the fields an answer sets.

    The question's own field takes a typed or picked value; of plain choices it takes the ids,
    several with a comma, unless the field belongs to a picker among the choices (move_in is a
    date, so 越快越好 leaves it empty). What a choice says itself goes before.
    """
    fields: dict[str, FieldValue] = {}
    has_picker = any(choice.pick is not None for choice in question.choices)
    if question.field is not None and answer.value is not None:
        fields[question.field] = answer.value
    elif question.field is not None and answer.choices and not has_picker:
        fields[question.field] = ",".join(choice.id for choice in chosen_of(question, answer))
    for choice in chosen_of(question, answer):
        fields |= choice.fields
    return fields
