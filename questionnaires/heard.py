"""What a text is to the question that is open, before anybody takes it for something else."""

from enum import Enum

from questionnaires.definition import Questionnaire
from questionnaires.path import find_question
from questionnaires.state import NotUnderstood, Step


class Heard(Enum):
    ANSWER = "answer"
    ANY_WORDS = "any words"
    """An answer, because any words would be one."""
    NO_ANSWER = "no answer"


def heard(definition: Questionnaire, step: Step) -> Heard:
    """Say what the text was that led to a step."""
    if isinstance(step.outcome, NotUnderstood):
        return Heard.NO_ANSWER
    question = find_question(definition, step.answered)
    if question is not None and question.kind == "text" and not step.state.answers[question.id].choices:
        return Heard.ANY_WORDS
    return Heard.ANSWER
