"""Answers in words: the lines of a summary."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, time

import phonenumbers

from content.dates import date_line, datetime_line, number_line, time_line
from content.text import Text, pick
from questionnaires.answers import Answer
from questionnaires.definition import Question, Questionnaire
from questionnaires.path import chosen_of, effective_answers, find_question

SKIPPED = "–"

_PHOTO: Text = {"zh-TW": "已附照片", "ja": "写真あり", "en": "photo attached", "ko": "사진 첨부"}
_PLACE: Text = {"zh-TW": "已提供位置", "ja": "位置情報あり", "en": "location shared", "ko": "위치 공유"}


def summary_lines(
    definition: Questionnaire,
    answers: Mapping[str, Answer],
    language: str,
    default_language: str,
    *,
    tags: Collection[str] = (),
) -> list[tuple[str, str, str]]:
    """Return (question id, short title, answer in words) of what counts, in the order of asking.

    :param answers: all of a run; those left behind on another branch are ignored.
    :param tags: what the contact carried when the run began, as in its state.
    """
    lines = []
    for question_id, answer in effective_answers(definition, answers, tags).items():
        question = find_question(definition, question_id)
        if question is not None:
            title = pick(question.short or question.ask, language, default_language)
            lines.append((question_id, title, answer_line(question, answer, language, default_language)))
    return lines


def answer_line(question: Question, answer: Answer, language: str, default_language: str) -> str:
    """Return an answer in words of `language`: labels, or the value as people write it."""
    if answer.is_skipped:
        return SKIPPED
    chosen = chosen_of(question, answer)
    if answer.value is not None:
        moment = next((choice.pick for choice in chosen if choice.pick), None)
        return _value_line(moment or question.kind, answer, language)
    joiner = "、" if language.lower().startswith(("zh", "ja")) else ", "
    return joiner.join(pick(choice.label, language, default_language) for choice in chosen)


def _value_line(kind: str, answer: Answer, language: str) -> str:
    value = str(answer.value)
    line = value
    match kind:
        case "date":
            line = date_line(date.fromisoformat(value), language)
        case "time":
            line = time_line(time.fromisoformat(value), language)
        case "datetime":
            line = datetime_line(datetime.fromisoformat(value), language)
        case "number" if isinstance(answer.value, int | float):
            line = number_line(answer.value, language)
        case "phone":
            line = _phone_line(value)
        case "photo":
            line = pick(_PHOTO, language, "en")
        case "location":
            line = answer.shown or pick(_PLACE, language, "en")
    return line


def _phone_line(value: str) -> str:
    """Write +886912345678 as 0912 345 678."""
    return phonenumbers.format_number(phonenumbers.parse(value), phonenumbers.PhoneNumberFormat.NATIONAL)
