"""The moves between states that all inputs share: asking, keeping an answer, going on, refusing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from questionnaires.answers import Answer
from questionnaires.definition import Choice, Question, Questionnaire
from questionnaires.path import chosen_of, due_questions, effective_answers, find_question, next_question
from questionnaires.state import (
    Ask,
    ChooseWhatToChange,
    Completed,
    Hint,
    HintKind,
    Mode,
    NotUnderstood,
    Review,
    RunState,
    Shown,
    Stale,
    Staleness,
    Step,
)

TOGETHER = timedelta(seconds=20)
"""Pictures and stickers that come within this of the first one count as sent in one go."""


def shown(definition: Questionnaire, state: RunState) -> Shown:
    """Return what the contact is looking at, e.g. to show it again."""
    question = find_question(definition, state.question)
    if question is not None:
        return Ask(question, suggestion=state.answers.get(question.id), chosen=state.chosen)
    if state.mode is Mode.CHANGING:
        return ChooseWhatToChange(changeable(definition, state))
    return Review()


def too_late(
    definition: Questionnaire, state: RunState, question: Question, is_same: Callable[[Answer], bool]
) -> Step:
    """Answer a tap on a question that is not asked now; the same tap twice is told apart."""
    earlier = state.answers.get(question.id)
    is_double = question.id == state.last and earlier is not None and is_same(earlier)
    return stale(definition, state, Staleness.DUPLICATE if is_double else Staleness.PASSED)


def record(
    definition: Questionnaire, state: RunState, question: Question, answer: Answer, *, is_said: bool = False
) -> Step:
    """Keep an answer and go on; `is_said` when its choices have spoken already."""
    said = () if is_said else tuple(choice.say for choice in chosen_of(question, answer) if choice.say)
    kept = replace(
        state,
        answers={**state.answers, question.id: answer},
        reopened=tuple(item for item in state.reopened if item != question.id),
        last=question.id,
    )
    return replace(go_on(definition, kept), said=said, answered=question.id)


def choose(
    state: RunState, question: Question, *, add: tuple[Choice, ...] = (), remove: Choice | None = None
) -> Step:
    """Add to what is chosen of a multiple choice, or take one away, and go on asking."""
    new = [choice for choice in add if choice.id not in state.chosen]
    wanted = {*state.chosen, *(choice.id for choice in new)} - ({remove.id} if remove else set())
    chosen = tuple(choice.id for choice in question.choices if choice.id in wanted)
    kind = HintKind.REMOVED if remove else HintKind.CHOSEN_SO_FAR
    hint = Hint(kind, choices=(remove.id,) if remove else chosen)
    step = ask_again(replace(state, chosen=chosen, misses=0), question, hint)
    return replace(step, said=tuple(choice.say for choice in new if choice.say))


def go_on(definition: Questionnaire, state: RunState, *, is_confirmed: bool = False) -> Step:
    """Ask the next question that is due; without one, show the summary or complete."""
    question = next_question(definition, state.answers, state.tags, state.reopened)
    if question is not None:
        return ask(state, question)
    counting = effective_answers(definition, state.answers, state.tags)
    if definition.summary is not None and counting and not is_confirmed:
        return Step(replace(state, mode=Mode.REVIEWING, question=None, chosen=(), misses=0), Review())
    return Step(replace(state, mode=Mode.DONE, question=None, chosen=(), misses=0), Completed(counting))


def ask(state: RunState, question: Question) -> Step:
    earlier = state.answers.get(question.id)
    chosen = earlier.choices if earlier is not None and question.multiple else ()
    fresh = replace(state, question=question.id, chosen=chosen, misses=0, wordless_at=None)
    return ask_again(fresh, question, None)


def ask_again(state: RunState, question: Question, hint: Hint | None) -> Step:
    return Step(state, Ask(question, hint, state.answers.get(question.id), state.chosen))


def stale(definition: Questionnaire, state: RunState, kind: Staleness) -> Step:
    return Step(state, Stale(kind, shown(definition, state)))


def not_understood(definition: Questionnaire, state: RunState, hint: Hint) -> Step:
    missed = replace(state, misses=state.misses + 1)
    return Step(missed, NotUnderstood(missed.misses, hint, shown(definition, state)))


def wordless(definition: Questionnaire, state: RunState, hint: Hint, now: datetime) -> Step:
    """Say that a sticker or the like is no answer here; of several sent together only once."""
    if state.wordless_at is not None and now < state.wordless_at + TOGETHER:
        return stale(definition, state, Staleness.DUPLICATE)
    return not_understood(definition, replace(state, wordless_at=now), hint)


def changeable(definition: Questionnaire, state: RunState) -> tuple[Question, ...]:
    due = due_questions(definition, state.answers, state.tags)
    return tuple(question for question in due if question.id in state.answers)


def list_hint(state: RunState) -> Hint:
    return Hint(HintKind.WHICH_TO_CHANGE if state.mode is Mode.CHANGING else HintKind.CONFIRM)
