"""Which questions are due, given the answers so far."""

from collections.abc import Collection, Mapping

from questionnaires.answers import Answer
from questionnaires.branches import fits
from questionnaires.definition import Choice, Condition, Question, Questionnaire


def find_question(definition: Questionnaire, question_id: str | None) -> Question | None:
    return next((question for question in definition.questions if question.id == question_id), None)


def find_choice(question: Question, choice_id: str) -> Choice | None:
    return next((choice for choice in question.choices if choice.id == choice_id), None)


def due_questions(
    definition: Questionnaire, answers: Mapping[str, Answer], tags: Collection[str]
) -> tuple[Question, ...]:
    """Return the questions whose condition holds, answered or not, in the order of asking.

    `tags` are those the contact carried at the start; a condition sees them together with what
    earlier answers of this run set. A question never sees its own tags, so one that asks for
    consent may ask only people who have not given it.
    """
    due: list[Question] = []
    counting: dict[str, Answer] = {}
    carried = set(tags)
    for question in definition.questions:
        if question.only_if is not None and not _holds(definition, question.only_if, counting, carried):
            continue
        due.append(question)
        if question.id in answers:
            counting[question.id] = answers[question.id]
            carried |= tags_of(question, answers[question.id])
    return tuple(due)


def effective_answers(
    definition: Questionnaire, answers: Mapping[str, Answer], tags: Collection[str]
) -> dict[str, Answer]:
    """Return the answers that count, in the order of asking; those on a branch no longer taken do not."""
    return {
        question.id: answers[question.id]
        for question in due_questions(definition, answers, tags)
        if question.id in answers
    }


def next_question(
    definition: Questionnaire,
    answers: Mapping[str, Answer],
    tags: Collection[str],
    reopened: Collection[str] = (),
) -> Question | None:
    """Return the first question that is due and has no answer, or one that is to be given again."""
    return next(
        (
            question
            for question in due_questions(definition, answers, tags)
            if question.id not in answers or question.id in reopened
        ),
        None,
    )


def chosen_of(question: Question, answer: Answer) -> tuple[Choice, ...]:
    """Return the choices of an answer, in the order of the question."""
    return tuple(choice for choice in question.choices if choice.id in answer.choices)


def tags_of(question: Question, answer: Answer) -> set[str]:
    """Return the tags an answer sets; a skipped question sets none."""
    if answer.is_skipped:
        return set()
    return {*question.tags, *(tag for choice in chosen_of(question, answer) for tag in choice.tags)}


def _holds(
    definition: Questionnaire, condition: Condition, counting: Mapping[str, Answer], carried: Collection[str]
) -> bool:
    for question_id, wanted in condition.answers.items():
        asked = find_question(definition, question_id)
        if asked is None or not fits(asked, counting.get(question_id), wanted):
            return False
    if condition.tags and not set(condition.tags) & set(carried):
        return False
    return not set(condition.without_tags) & set(carried)
