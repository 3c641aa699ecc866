"""One contact's way through a questionnaire, as a pure function from input to next state.

`begin` makes the first step, `advance` every further one; both only return what is to be said
and kept. Order of the definition is order of asking; a question whose condition does not hold is
left out; answers are never dropped, but only those along the path taken count
(`effective_answers`). Going back makes an answer a suggestion until it is given again.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from questionnaires.answers import Answer
from questionnaires.choosing import choice_typed_whole, question_named
from questionnaires.definition import Choice, Question, Questionnaire
from questionnaires.moves import (
    ask,
    ask_again,
    changeable,
    choose,
    go_on,
    list_hint,
    not_understood,
    record,
    shown,
    stale,
    too_late,
    wordless,
)
from questionnaires.path import (
    chosen_of,
    due_questions,
    find_choice,
    find_question,
)
from questionnaires.reading import (
    hint_for,
    read_location,
    read_photo,
    read_picked,
    read_text,
    said_again,
    still_fits,
)
from questionnaires.state import (
    ENDED,
    Action,
    Cancelled,
    ChooseWhatToChange,
    Facts,
    Hint,
    HintKind,
    Input,
    Mode,
    Picked,
    Pressed,
    Review,
    RunState,
    SentLocation,
    SentOther,
    SentPhoto,
    Stale,
    Staleness,
    Step,
    Tapped,
    Typed,
)
from questionnaires.wording import action_typed, wants_change

__all__ = ["advance", "begin", "shown"]


def begin(
    definition: Questionnaire,
    facts: Facts,
    preset: Mapping[str, str] | None = None,
    reuse: Mapping[str, Answer] | None = None,
) -> Step:
    """Start a run.

    :param preset: question id to choice id, answered beforehand; what does not exist is ignored.
    :param reuse: answers of an earlier run. Those that would still be accepted are taken over, so
        usually the summary comes at once; the others are asked again.
    """
    answers: dict[str, Answer] = {}
    for question in definition.questions:
        earlier = (reuse or {}).get(question.id)
        choice = find_choice(question, (preset or {}).get(question.id, ""))
        if choice is not None and choice.pick is None:
            answers[question.id] = Answer((choice.id,))
        elif earlier is not None and still_fits(question, earlier, facts):
            answers[question.id] = said_again(question, earlier, facts)
    state = RunState(Mode.ASKING, None, facts.language, answers, tuple(sorted(facts.tags)))
    return go_on(definition, state)


def advance(definition: Questionnaire, state: RunState, given: Input, facts: Facts) -> Step:
    """Return the state after one input, and what came of it. Never raises, whatever a customer sends."""
    if state.mode in ENDED:
        return Step(state, Stale(Staleness.ENDED, None))
    match given:
        case Tapped():
            return _tapped(definition, state, given)
        case Picked():
            return _picked(definition, state, given, facts)
        case Typed(text):
            return _typed(definition, state, text, facts)
        case SentPhoto() | SentLocation() | SentOther():
            return _sent(definition, state, given, facts)
        case Pressed():
            return _pressed(definition, state, given)
        case _:
            assert_never(given)


def _tapped(definition: Questionnaire, state: RunState, tap: Tapped) -> Step:
    question = find_question(definition, tap.question)
    choice = None if question is None else find_choice(question, tap.choice)
    if question is None or choice is None:
        return stale(definition, state, Staleness.UNKNOWN)
    if question.id != state.question:
        return too_late(definition, state, question, lambda earlier: choice.id in earlier.choices)
    if choice.pick is not None:
        return ask_again(state, question, hint_for(question, HintKind(f"invalid_{choice.pick}")))
    if not question.multiple:
        return record(definition, state, question, Answer((choice.id,)))
    return _toggle(definition, state, question, choice, wanted=tap.wanted)


def _toggle(
    definition: Questionnaire, state: RunState, question: Question, choice: Choice, *, wanted: bool | None
) -> Step:
    is_chosen = choice.id in state.chosen
    if wanted is is_chosen:
        return stale(definition, state, Staleness.DUPLICATE)
    return choose(state, question, remove=choice) if is_chosen else choose(state, question, add=(choice,))


def _picked(definition: Questionnaire, state: RunState, picked: Picked, facts: Facts) -> Step:
    question = find_question(definition, picked.question)
    if question is None:
        return stale(definition, state, Staleness.UNKNOWN)
    if question.id != state.question:
        return too_late(definition, state, question, lambda earlier: earlier.value == picked.value)
    read = read_picked(question, picked, facts)
    if read is None:
        return stale(definition, state, Staleness.UNKNOWN)
    return _take(definition, state, question, read)


def _sent(
    definition: Questionnaire, state: RunState, sent: SentPhoto | SentLocation | SentOther, facts: Facts
) -> Step:
    question = find_question(definition, state.question)
    asks_photo = question is not None and question.kind == "photo"
    if isinstance(sent, SentPhoto) and not asks_photo and _has_just_sent_one(definition, state):
        # Several pictures sent together arrive one by one; the first was the answer.
        return stale(definition, state, Staleness.DUPLICATE)
    if question is None:
        return wordless(definition, state, list_hint(state), facts.now)
    read: Answer | Hint = hint_for(question)
    if isinstance(sent, SentPhoto):
        read = read_photo(question, sent)
    elif isinstance(sent, SentLocation):
        read = read_location(question, sent)
    if isinstance(read, Hint):
        return wordless(definition, state, read, facts.now)
    return _take(definition, state, question, read)


def _has_just_sent_one(definition: Questionnaire, state: RunState) -> bool:
    last = find_question(definition, state.last)
    return last is not None and last.kind == "photo" and not state.answers[last.id].is_skipped


def _typed(definition: Questionnaire, state: RunState, text: str, facts: Facts) -> Step:
    question = find_question(definition, state.question)
    if question is None:
        return _typed_at_summary(definition, state, text, facts)
    allowed = {Action.BACK, Action.CANCEL, Action.RESTART}
    allowed |= {Action.DONE} if question.multiple else set()
    allowed |= {Action.SKIP} if question.optional else set()
    # A choice may be called 取消 or 好了 itself; then that is what is meant.
    if choice_typed_whole(question, text) is None:
        action = action_typed(text, allowed, facts.keywords)
        if action is Action.RESTART:
            return _restart(definition, state)
        if action is not None:
            return _pressed(definition, state, Pressed(action))
    return _take(definition, state, question, read_text(question, text, facts))


def _typed_at_summary(definition: Questionnaire, state: RunState, text: str, facts: Facts) -> Step:
    allowed = {Action.CONFIRM, Action.CHANGE, Action.RESTART, Action.BACK, Action.CANCEL}
    action = action_typed(text, allowed, facts.keywords)
    if action is not None:
        return _pressed(definition, state, Pressed(action))
    if state.mode is Mode.CHANGING or wants_change(text):
        named = question_named(changeable(definition, state), text)
        if named is not None:
            return _change(definition, state, named.id)
    return not_understood(definition, state, list_hint(state))


def _pressed(definition: Questionnaire, state: RunState, pressed: Pressed) -> Step:
    question = find_question(definition, state.question)
    if pressed.question and pressed.action is not Action.CHANGE_ITEM and pressed.question != state.question:
        return stale(definition, state, Staleness.PASSED)
    step: Step | None = None
    match pressed.action:
        case Action.CANCEL:
            step = Step(replace(state, mode=Mode.CANCELLED, question=None, chosen=()), Cancelled())
        case Action.BACK:
            step = _back(definition, state, question)
        case Action.DONE | Action.SKIP if question is not None:
            step = _finish(definition, state, question, pressed.action)
        case Action.CONFIRM if question is None:
            step = go_on(definition, replace(state, mode=Mode.ASKING), is_confirmed=True)
        case Action.CHANGE if state.mode is not Mode.ASKING:
            changing = replace(state, mode=Mode.CHANGING, question=None, chosen=(), misses=0)
            step = Step(changing, ChooseWhatToChange(changeable(definition, state)))
        case Action.CHANGE_ITEM if state.mode is not Mode.ASKING:
            step = _change(definition, state, pressed.question)
        case Action.RESTART if state.mode is not Mode.ASKING:
            step = _restart(definition, state)
        case _:
            pass  # a button of another place; too late or forged
    return step or stale(definition, state, Staleness.PASSED)


def _finish(definition: Questionnaire, state: RunState, question: Question, action: Action) -> Step:
    """End a multiple choice, or skip."""
    if action is Action.SKIP:
        if not question.optional:
            return ask_again(state, question, hint_for(question))
        return record(definition, state, question, Answer())
    if not question.multiple:
        return stale(definition, state, Staleness.PASSED)
    if not state.chosen and not question.optional:
        return ask_again(state, question, Hint(HintKind.CHOOSE_AT_LEAST_ONE))
    return record(definition, state, question, Answer(state.chosen), is_said=True)


def _back(definition: Questionnaire, state: RunState, question: Question | None) -> Step:
    if state.mode is Mode.CHANGING and (question is None or question.id in state.answers):
        return Step(replace(state, mode=Mode.REVIEWING, question=None, chosen=(), misses=0), Review())
    due = due_questions(definition, state.answers, state.tags)
    ids = [item.id for item in due]
    earlier = due[: ids.index(question.id)] if question is not None and question.id in ids else due
    if question is not None and not earlier:
        return ask_again(state, question, None)
    if not earlier:
        return Step(state, Review())
    mode = Mode.ASKING if state.mode is Mode.REVIEWING else state.mode
    again = tuple(dict.fromkeys((*state.reopened, earlier[-1].id)))
    return ask(replace(state, mode=mode, reopened=again), earlier[-1])


def _change(definition: Questionnaire, state: RunState, question_id: str) -> Step:
    question = find_question(definition, question_id)
    if question is None or question not in changeable(definition, state):
        return stale(definition, state, Staleness.UNKNOWN)
    return ask(replace(state, mode=Mode.CHANGING), question)


def _restart(definition: Questionnaire, state: RunState) -> Step:
    return go_on(definition, RunState(Mode.ASKING, None, state.language, {}, state.tags))


def _take(definition: Questionnaire, state: RunState, question: Question, read: Answer | Hint) -> Step:
    if isinstance(read, Hint):
        return not_understood(definition, state, read)
    if question.multiple and read.value is None:
        return choose(state, question, add=chosen_of(question, read))
    return record(definition, state, question, read)
