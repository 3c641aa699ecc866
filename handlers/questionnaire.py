"""Leading a contact through a questionnaire: what a tap or a text means for their run."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from content import liquid
from content.saying import plain, with_buttons
from content.steps import Start
from content.voice import With
from handlers import effects, facts, handoff
from handlers.asking import again_button, continue_buttons, hint_words, show
from handlers.progress import Progress
from handlers.turn import Turn
from line.messages import Reply, text
from line.postback import AnswerTap, RunTap
from questionnaires import flow
from questionnaires.definition import Questionnaire
from questionnaires.heard import Heard, heard
from questionnaires.models import Run, RunStatus
from questionnaires.state import (
    Ask,
    Cancelled,
    ChooseWhatToChange,
    Completed,
    Facts,
    Input,
    NotUnderstood,
    Picked,
    Pressed,
    Review,
    RunState,
    SentLocation,
    SentOther,
    SentPhoto,
    Shown,
    Stale,
    Step,
    Tapped,
    Typed,
)

Aside = Callable[[str, Turn], Reply | None]
"""Answers a question that was asked in the middle of a questionnaire; None where it knows no answer."""

OFFER_HUMAN_AFTER = 2
"""Misses in a row after which a person is offered."""


def begin(turn: Turn, start: Start, variables: Mapping[str, object]) -> Progress:
    """Start a questionnaire, or offer to go on with an unfinished one."""
    handoff.take_back(turn)
    turn.contact.misses = 0
    unfinished = turn.runs.open_of(start.questionnaire)
    if unfinished is None:
        return _begin_fresh(turn, start, variables)
    if start.reuse or start.answers:
        if not _begins_as(turn, unfinished, start, variables):
            return _begin_fresh(turn, start, variables)
    elif turn.runs.state_of(unfinished).answers:
        title = turn.words(turn.runs.version_of(unfinished).definition.title)
        words = turn.phrase("unfinished", title=title)
        return Progress((with_buttons(words, continue_buttons(turn, unfinished)),))
    if unfinished.version_id != turn.published.version_ids.get(start.questionnaire):
        return _begin_fresh(turn, start, variables)
    # Tapped twice: nobody gave up, and the buttons of the first time stay good.
    turn.runs.resume(unfinished)
    turn.decisions.append(f"run.{unfinished.public_id} asked again")
    intro = () if start.reuse else _before(turn, unfinished)
    return Progress((*intro, *show(turn, unfinished, _shown(turn, unfinished))))


def _begins_as(turn: Turn, unfinished: Run, start: Start, variables: Mapping[str, object]) -> bool:
    """Return whether a start would begin just where a run still stands, in which nothing was answered yet."""
    if unfinished.version_id != turn.published.version_ids.get(start.questionnaire):
        return False
    state = turn.runs.state_of(unfinished)
    as_then = replace(turn.facts, tags=frozenset(state.tags))
    begun = _first_step(turn, _definition(turn, unfinished), start, variables, as_then).state
    stands = (state.mode, state.question, state.answers) == (begun.mode, begun.question, begun.answers)
    return stands and state.last is None


def _first_step(
    turn: Turn, definition: Questionnaire, start: Start, variables: Mapping[str, object], given: Facts
) -> Step:
    all_variables = With(turn.voice.variables, variables)
    preset = {question: liquid.render(value, all_variables) for question, value in start.answers.items()}
    earlier = turn.runs.last_confirmed(start.questionnaire) if start.reuse else None
    reuse = None if earlier is None else turn.runs.state_of(earlier).answers
    return flow.begin(definition, given, preset=preset, reuse=reuse)


def _begin_fresh(turn: Turn, start: Start, variables: Mapping[str, object]) -> Progress:
    if start.questionnaire not in turn.published.version_ids:
        return old_button(turn)  # messages outlive the questionnaires that their buttons began
    version = turn.runs.live_version(start.questionnaire)
    step = _first_step(turn, version.definition, start, variables, turn.facts)
    earlier = turn.runs.last_confirmed(start.questionnaire) if start.reuse else None
    run = turn.runs.begin(version, step.state, reused=earlier)
    turn.decisions.append(f"run.{run.public_id} begun")
    facts.did(turn, "questionnaire_started", questionnaire=run.questionnaire)
    intro: Reply = ()
    if start.reuse and earlier is None:
        intro = (text(turn.phrase("nothing_to_reuse")),)
    elif earlier is None:
        intro = _before(turn, run)
    progress = _go_on(turn, run, step)
    return Progress(
        intro + progress.messages, progress.then, progress.owner, progress.source, progress.variables
    )


def _before(turn: Turn, run: Run) -> Reply:
    """Say what is said before the first question."""
    before = _definition(turn, run).before
    return () if before is None else plain(turn.words(before))


def tapped(turn: Turn, tap: AnswerTap | RunTap, params: Mapping[str, str]) -> Progress:
    """Take a tap on a question, a summary or a navigation button."""
    run = turn.runs.find(tap.run)
    if run is None or turn.runs.version_of(run).number != tap.version:
        return old_button(turn)
    is_open = run.status in {RunStatus.RUNNING, RunStatus.PAUSED}
    if isinstance(tap, RunTap) and tap.action == "again":
        start = Start(questionnaire=run.questionnaire)
        # From an old message it must not wipe out what was begun since.
        return _begin_fresh(turn, start, {}) if is_open else begin(turn, start, {})
    if not is_open:
        return _ended(turn, run)
    if isinstance(tap, RunTap) and tap.action == "continue":
        handoff.take_back(turn)
        turn.runs.resume(run)
        return Progress((text(turn.phrase("resume")), *show(turn, run, _shown(turn, run))))
    what = _meaning(tap, params)
    if what is None:
        return old_button(turn)
    step = flow.advance(_definition(turn, run), _state(turn, run), what, turn.facts)
    if isinstance(step.outcome, Stale):
        return old_button(turn)
    handoff.take_back(turn)
    turn.runs.resume(run)
    return _go_on(turn, run, step)


def _meaning(tap: AnswerTap | RunTap, params: Mapping[str, str]) -> Input | None:
    """Return what a tap says to the flow; None for what we never wrote."""
    if isinstance(tap, RunTap):
        return Pressed.read(tap.action, tap.question)
    picked = params.get("date") or params.get("datetime") or params.get("time")
    if picked is not None:
        return Picked(tap.question, picked, tap.choice)
    wanted = {"+": True, "-": False}.get(tap.choice[:1])
    return Tapped(tap.question, tap.choice.lstrip("+-") if wanted is not None else tap.choice, wanted)


def hear(turn: Turn, words: str) -> Heard:
    """Say what a text would be to the open question; nothing is changed."""
    run = turn.runs.running
    if run is None:
        return Heard.NO_ANSWER
    definition = _definition(turn, run)
    return heard(definition, flow.advance(definition, _state(turn, run), Typed(words), turn.facts))


def typed(turn: Turn, words: str, *, aside: Aside, aside_by_whole_text: Aside) -> Progress:
    """Take a text inside a questionnaire; one that is no answer may be a question that a rule knows.

    Where any words would be an answer, only a text that is nothing but a rule's word is for the rule.
    """
    run = turn.runs.running
    if run is None:
        return Progress()
    definition, state = _definition(turn, run), _state(turn, run)
    step = flow.advance(definition, state, Typed(words), turn.facts)
    answer: Reply | None = None
    match heard(definition, step):
        case Heard.NO_ANSWER:
            answer = aside(words, turn)
        case Heard.ANY_WORDS:
            # A rule that only takes note of the words leaves them to the question.
            answer = aside_by_whole_text(words, turn) or None
        case Heard.ANSWER:
            pass
    if answer is None:
        return _go_on(turn, run, step)
    # Whoever called a person is not asked on: they get the question when they take the bot back.
    again = reopen(turn) if turn.runs.running is run and not turn.bot_is_silent else ()
    has_asked = answer[-1:] == show(turn, run, _shown(turn, run)) if again else True
    return Progress(answer if has_asked else (*answer[:4], *again))


def reopen(turn: Turn) -> Reply:
    """Show the open question again after something else; nothing where none is open."""
    run = turn.runs.running
    return () if run is None else show(turn, run, _shown(turn, run), hint=turn.phrase("resume"))


def sent(turn: Turn, what: SentPhoto | SentLocation | SentOther) -> Progress:
    """Take a photo or a place where one is asked for; anything else without words gets the question again.

    Of several that come together all but the first are kept without a word.
    """
    run = turn.runs.running
    if run is None:
        return Progress()
    step = flow.advance(_definition(turn, run), _state(turn, run), what, turn.facts)
    return Progress() if isinstance(step.outcome, Stale) else _go_on(turn, run, step)


def old_button(turn: Turn) -> Progress:
    """Answer a tap that no longer means anything: kindly, and with the question that is open."""
    run = turn.runs.running
    if run is None or turn.bot_is_silent:
        return Progress((text(turn.phrase("old_button_idle")),))
    shown = _shown(turn, run)
    return Progress(show(turn, run, shown, hint=turn.phrase("old_button")))


def _ended(turn: Turn, run: Run) -> Progress:
    """Answer a tap on a run that is over."""
    if turn.runs.running is not None:
        return old_button(turn)
    key = {RunStatus.EXPIRED: "expired", RunStatus.CONFIRMED: "too_late"}.get(run.status, "old_button_idle")
    return Progress((with_buttons(turn.phrase(key), again_button(turn, run), main=0),))


def silent(turn: Turn, public_id: str) -> Reply:
    """Remind the contact of an unfinished run, once, if the playbook pays for that; else end it.

    Returns what is to be pushed.
    """
    run = turn.runs.find(public_id)
    if run is None or run.due_at is None or run.due_at > turn.now:
        return ()  # they went on meanwhile
    reminder = _definition(turn, run).reminder
    if reminder is not None and run.reminded_at is None and run.status is RunStatus.RUNNING:
        run.reminded_at = turn.now
        run.due_at = run.answered_at + _definition(turn, run).timeout
        words = turn.words(reminder.say)
        return (with_buttons(words, continue_buttons(turn, run)),) if words.strip() else ()
    turn.runs.end(run, RunStatus.EXPIRED)
    return ()


def _go_on(turn: Turn, run: Run, step: Step) -> Progress:
    """Keep a step, let its tags and fields follow, and show what comes next."""
    turn.runs.save(run, step)
    facts.answered(turn, run, step)
    said = tuple(message for words in step.said for message in plain(turn.words(words)))
    match step.outcome:
        case Completed():
            return _complete(turn, run, said)
        case Cancelled():
            turn.runs.end(run, RunStatus.CANCELLED)
            effects.follow_cancelled(turn, run)
            return Progress((*said, text(turn.phrase("cancelled"))))
        case Ask() | Review() | ChooseWhatToChange():
            effects.follow_open(turn, run, answered=step.answered)
            return Progress((*said, *show(turn, run, step.outcome)))
        case Stale(again=again):
            if again is None:
                return _ended(turn, run)
            return Progress((*said, *show(turn, run, again, hint=turn.phrase("old_button"))))
        case NotUnderstood():
            return Progress((*said, *_ask_again(turn, run, step.outcome)))


def _ask_again(turn: Turn, run: Run, missed: NotUnderstood) -> Reply:
    question = missed.again.question if isinstance(missed.again, Ask) else None
    again = show(turn, run, missed.again, hint=hint_words(turn, missed.hint, question))
    turn.decisions.append(f"not understood: {missed.count}")
    return (*handoff.offer(turn), *again) if missed.count >= OFFER_HUMAN_AFTER else again


def _complete(turn: Turn, run: Run, said: Reply) -> Progress:
    turn.runs.end(run, RunStatus.CONFIRMED)
    effects.follow_confirmed(turn, run)
    version = turn.runs.version_of(run)
    turn.decisions.append(f"run.{run.public_id} confirmed")
    facts.did(turn, "questionnaire_finished", questionnaire=run.questionnaire)
    return Progress(
        said,
        version.definition.ending,
        owner=version.owner,
        source=effects.source(run.questionnaire),
        variables={"answers": turn.runs.answer_labels(turn.language)},
    )


def _definition(turn: Turn, run: Run) -> Questionnaire:
    return turn.runs.version_of(run).definition


def _state(turn: Turn, run: Run) -> RunState:
    return turn.runs.state_of(run)


def _shown(turn: Turn, run: Run) -> Shown:
    shown = flow.shown(_definition(turn, run), _state(turn, run))
    if shown is None:
        raise ValueError(f"run {run.public_id} is {run.status} but asks nothing")
    return shown
