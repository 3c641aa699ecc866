"""Whether the conditions of a questionnaire can hold at all."""

from collections.abc import Iterator, Mapping, Sequence

from content.comparing import Comparison
from questionnaires.answers import Answer
from questionnaires.branches import fits
from questionnaires.comparable import fault_of
from questionnaires.contradictions import some_answer_fits
from questionnaires.definition import Choice, Condition, Question, Questionnaire, Wanted

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
        elif (fault := fault_of(asked, wanted)) is not None:
            below, what = fault
            yield (*inner, *below), what


def _never(questions: Sequence[Question], place: int) -> str | None:
    """Return why a question is never asked, looking through all conditions it depends on.

    Conditions only ever say "and", so it is enough to narrow down, question by question, which
    choices must have been given.
    """
    by_id = {question.id: question for question in questions}
    given: dict[str, list[Choice]] = {}
    wishes: dict[str, list[Wanted]] = {}
    forbidden: set[str] = set()
    waiting = [questions[place]]
    seen: set[str] = set()
    while waiting:
        condition = waiting.pop().only_if
        if condition is None:
            continue
        if condition.tags and set(condition.tags) <= set(condition.without_tags):
            return f"nobody carries and lacks {', '.join(condition.tags)} at once"
        forbidden |= set(condition.without_tags)
        for question_id, wanted in condition.answers.items():
            asked = by_id.get(question_id)
            if asked is None:
                continue
            wishes.setdefault(question_id, []).append(wanted)
            if _wants_none(wanted):
                if asked.only_if is None and not asked.optional:
                    return f"{question_id!r} is always asked and cannot be skipped, so it is known by then"
                continue
            if question_id not in seen:
                seen.add(question_id)
                waiting.append(asked)
            if not _narrow(given, asked, wanted):
                return f"it needs two different answers to {question_id!r} at once"
    return _unmet(by_id, wishes) or _contradicted(by_id, given, forbidden)


def _unmet(by_id: Mapping[str, Question], wishes: Mapping[str, Sequence[Wanted]]) -> str | None:
    """Return what is wanted of one answer that no answer is."""
    for question_id, wanted in wishes.items():
        if not some_answer_fits(by_id[question_id], wanted):
            return f"no answer to {question_id!r} is all that it needs"
    return None


def _wants_none(wanted: Wanted) -> bool:
    return isinstance(wanted, Comparison) and wanted.known is False


def _narrow(given: dict[str, list[Choice]], asked: Question, wanted: Wanted) -> bool:
    """Leave of the choices that may have been given those that fit; return whether any are left."""
    if asked.cards or not asked.choices or (asked.kind != "choice" and isinstance(wanted, Comparison)):
        return True
    before = given.get(asked.id, list(asked.choices))
    left = [choice for choice in before if _may_fit(asked, choice, wanted)]
    given[asked.id] = before if asked.multiple else left
    return bool(left) or asked.multiple


def _may_fit(asked: Question, choice: Choice, wanted: Wanted) -> bool:
    """Return whether choosing this may be what is wanted; what a picker brings is not known beforehand."""
    brings_value = choice.pick is not None and isinstance(wanted, Comparison)
    return brings_value or fits(asked, Answer((choice.id,)), wanted)


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
