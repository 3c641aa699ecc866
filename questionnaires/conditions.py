"""Whether the conditions of a questionnaire can hold at all."""

from collections.abc import Iterator, Sequence

from questionnaires.definition import Choice, Condition, Question, Questionnaire

Path = tuple[str | int, ...]


def condition_faults(definition: Questionnaire) -> Iterator[tuple[Path, str]]:
    """Yield place and fault of conditions that name what is not there or can never hold."""
    for place, question in enumerate(definition.questions):
        if question.only_if is None:
            continue
        path: Path = ("questions", place, "only_if")
        named = list(_names(definition.questions, place, question.only_if))
        yield from ((path + inner, what) for inner, what in named)
        if not named and (reason := _never(definition.questions, place)):
            yield path, f"question {question.id!r} is never asked: {reason}"


def _names(questions: Sequence[Question], place: int, condition: Condition) -> Iterator[tuple[Path, str]]:
    places = {question.id: position for position, question in enumerate(questions)}
    for question_id, wanted in condition.answers.items():
        inner: Path = ("answers", question_id)
        if question_id not in places:
            yield inner, f"there is no question {question_id!r} in this questionnaire"
            continue
        asked = questions[places[question_id]]
        if places[question_id] >= place:
            yield inner, f"{question_id!r} is not asked before this question, so its answer is not there yet"
        elif not asked.choices and not asked.cards:
            yield inner, f"{question_id!r} has no choices, so no answer of it can be named here"
        elif not asked.cards:
            known = [choice.id for choice in asked.choices]
            for choice_id in wanted:
                if choice_id not in known:
                    yield inner, f"{question_id!r} has no choice {choice_id!r}; there are {', '.join(known)}"


def _never(questions: Sequence[Question], place: int) -> str | None:
    """Return why a question is never asked, looking through all conditions it depends on.

    Conditions only ever say "and", so it is enough to narrow down, question by question, which
    choices must have been given.
    """
    by_id = {question.id: question for question in questions}
    given: dict[str, list[Choice]] = {}
    forbidden: set[str] = set()
    waiting = [questions[place]]
    while waiting:
        condition = waiting.pop().only_if
        if condition is None:
            continue
        if condition.tags and set(condition.tags) <= set(condition.without_tags):
            return f"nobody carries and lacks {', '.join(condition.tags)} at once"
        forbidden |= set(condition.without_tags)
        for question_id, wanted in condition.answers.items():
            asked = by_id.get(question_id)
            if asked is None or asked.cards:
                continue
            if question_id not in given:
                waiting.append(asked)
            before = given.get(question_id, list(asked.choices))
            left = [choice for choice in before if choice.id in wanted]
            if not left and not asked.multiple:
                return f"it needs two different answers to {question_id!r} at once"
            given[question_id] = before if asked.multiple else left
    return _contradicted(by_id, given, forbidden)


def _contradicted(
    by_id: dict[str, Question], given: dict[str, list[Choice]], forbidden: set[str]
) -> str | None:
    """Return which needed answer sets a tag that must not be there."""
    for question_id, choices in given.items():
        setting = [{*by_id[question_id].tags, *choice.tags} & forbidden for choice in choices]
        if setting and all(setting):
            return (
                f"it needs an answer to {question_id!r} that sets {', '.join(sorted(set().union(*setting)))}"
            )
    return None
