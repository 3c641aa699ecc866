"""Questions, summaries and choices as LINE messages."""

from collections.abc import Sequence
from datetime import date, datetime

from content.dates import date_line, datetime_line
from content.saying import (
    FLEX_WORDS_LIMIT,
    INK,
    LABEL_LIMIT,
    MUTED,
    NAMELESS,
    above_buttons,
    alt,
    button_box,
    short,
)
from handlers.turn import Turn
from line import actions, flex, templates
from line.actions import Action
from line.limits import TEXT_LIMIT
from line.limits_templates import BUTTONS_LIMIT, BUTTONS_TEXT_LIMIT
from line.messages import Message, Reply, text, with_quick_replies
from line.messages import flex as flex_message
from line.postback import AnswerTap, RunTap, pack
from line.units import Unit, cut, measure
from questionnaires.bounds import picker_limits
from questionnaires.definition import Choice, Question
from questionnaires.models import Run
from questionnaires.state import Ask, ChooseWhatToChange, Hint, HintKind, Review, Shown
from questionnaires.versions import Version

HINT = "#B45309"
CHECKED = "✓ "
SUMMARY_UNITS = 6_000
"""Of all answers of a summary together: a bubble holds 30 KB, and each unit may be three bytes."""
ANSWER_UNITS, NAME_UNITS = 500, 100
PROGRESS = frozenset({HintKind.CHOSEN_SO_FAR, HintKind.REMOVED})
"""Hints that tell how far one is, not that something was wrong."""


def show(turn: Turn, run: Run, shown: Shown, *, hint: str | None = None) -> Reply:
    """Build what the contact is looking at, with a hint above it where something made no sense."""
    version = turn.runs.version_of(run)
    match shown:
        case Ask():
            return (_ask(turn, run, version, shown, hint),)
        case Review():
            return (_review(turn, run, version, hint),)
        case ChooseWhatToChange(questions):
            return (_choose_item(turn, run, version, questions, hint),)


def hint_words(turn: Turn, hint: Hint, question: Question | None) -> str:
    """Return why something comes again, in the question's own words where it has them."""
    labels = {choice.id: turn.words(choice.label) for choice in (question.choices if question else ())}
    chosen = "、".join(labels.get(choice, choice) for choice in hint.choices)
    details = {
        "min": _bound(turn, hint.minimum),
        "max": _bound(turn, hint.maximum),
        "chosen": chosen,
        "choice": chosen,
    }
    if hint.said is not None and hint.kind is not HintKind.CHOSEN_SO_FAR:
        return turn.words(hint.said, details)
    return turn.phrase(hint.kind.value, **details)


def _bound(turn: Turn, bound: str | None) -> str | None:
    """Write a bound the way people read it: dates with their weekday, anything else as it is."""
    if bound is None or "-" not in bound[1:]:
        return bound
    if "T" in bound:
        return datetime_line(datetime.fromisoformat(bound), turn.language)
    return date_line(date.fromisoformat(bound), turn.language)


def _ask(turn: Turn, run: Run, version: Version, ask: Ask, hint: str | None) -> Message:
    question = ask.question
    hint = hint or (hint_words(turn, ask.hint, question) if ask.hint is not None else None)
    words = turn.words(question.ask).strip() or NAMELESS
    found = _answers(turn, run, version, ask)
    navigation = _navigation(turn, run, version, question)
    said = f"{hint}\n{words}" if hint else words
    quick = question.style == "quick_replies" or question.kind in {"photo", "location"}
    if quick or not found:
        message = text(cut(said, TEXT_LIMIT, Unit.UTF16))
        items = [short(action) for action in (*found, *navigation)]
        return with_quick_replies(message, items) if items else message
    if question.style == "buttons":
        beside = len(found) + question.optional  # the way past a question stands among its answers
        whole = _template(said, [*found, *navigation][:beside], navigation[question.optional :])
        if whole is not None:
            return whole
    colour = MUTED if ask.hint is not None and ask.hint.kind in PROGRESS else HINT
    if not question.multiple:
        return _bubble(words, [button_box(found, main=0)], navigation, hint=hint, hint_colour=colour)
    choices = [button_box(found[:-1], main=0), button_box(found[-1:], main=1)]
    return _bubble(words, choices, navigation, hint=hint, hint_colour=colour)


def _template(words: str, found: Sequence[Action], navigation: Sequence[Action]) -> Message | None:
    """Build LINE's own message of a text above up to four buttons; None where there is more to say than it takes.

    What leads back and out stands below as quick replies; where LINE has none, it is typed.
    """
    if len(found) > BUTTONS_LIMIT or measure(words, Unit.GRAPHEME) > BUTTONS_TEXT_LIMIT:
        return None
    message = templates.buttons(words, [short(action) for action in found], alt_text=alt(words))
    return with_quick_replies(message, [short(action) for action in navigation])


def _answers(turn: Turn, run: Run, version: Version, ask: Ask) -> list[Action]:
    question = ask.question
    if question.kind == "photo":
        return [actions.camera(turn.phrase("take_photo")), actions.camera_roll(turn.phrase("from_album"))]
    if question.kind == "location":
        return [actions.location(turn.phrase("send_location"))]
    if question.kind in {"date", "time", "datetime"}:
        return [_picker(turn, run, version, question, None)]
    found = [
        _picker(turn, run, version, question, choice)
        if choice.pick is not None
        else _choice(turn, run, version, question, choice, is_chosen=choice.id in ask.chosen)
        for choice in question.choices
    ]
    if question.multiple:
        label = turn.phrase("done")
        found.append(_run_action(run, version, "done", label, question.id))
    return found


def _choice(
    turn: Turn, run: Run, version: Version, question: Question, choice: Choice, *, is_chosen: bool
) -> Action:
    label = turn.words(choice.label).strip() or NAMELESS
    mark = "" if not question.multiple else "-" if is_chosen else "+"
    data = pack(AnswerTap(run.public_id, version.number, question.id, f"{mark}{choice.id}"))
    shown = f"{CHECKED}{label}" if is_chosen else label
    return actions.postback(cut(shown, LABEL_LIMIT, Unit.GRAPHEME), data, display_text=label)


def _picker(turn: Turn, run: Run, version: Version, question: Question, choice: Choice | None) -> Action:
    mode = choice.pick if choice is not None and choice.pick is not None else question.kind
    if mode not in {"date", "time", "datetime"}:
        raise ValueError(f"{question.id} has no picker")
    label = turn.phrase(f"pick_{mode}") if choice is None else turn.words(choice.label).strip() or NAMELESS
    data = pack(AnswerTap(run.public_id, version.number, question.id, choice.id if choice else ""))
    earliest, latest = picker_limits(question, mode, turn.facts)
    return actions.datetime_picker(
        cut(label, LABEL_LIMIT, Unit.GRAPHEME), data, mode=mode, earliest=earliest, latest=latest
    )


def _navigation(turn: Turn, run: Run, version: Version, question: Question) -> list[Action]:
    found = []
    if question.optional:
        found.append(_run_action(run, version, "skip", turn.phrase("skip"), question.id))
    if turn.runs.state_of(run).answers:
        found.append(_run_action(run, version, "back", turn.phrase("back"), question.id))
    found.append(_run_action(run, version, "cancel", turn.phrase("cancel"), question.id))
    return found


def _review(turn: Turn, run: Run, version: Version, hint: str | None) -> Message:
    summary = version.definition.summary
    title = turn.phrase("summary_title") if summary is None else turn.words(summary.title)
    lines = turn.runs.lines(run, turn.language)
    most = min(ANSWER_UNITS, SUMMARY_UNITS // max(len(lines), 1))
    rows = [
        flex.box(
            "baseline",
            [
                flex.text(_shortened(name, NAME_UNITS), size="sm", color=MUTED, flex=3, wrap=True),
                flex.text(_shortened(value, most), size="sm", color=INK, flex=5, wrap=True),
            ],
            spacing="md",
        )
        for _question, name, value in lines
    ]
    parts = [flex.text(title, weight="bold", size="md", wrap=True, color=INK), flex.separator(margin="md")]
    if hint:
        parts.insert(0, flex.text(hint, size="sm", color=HINT, wrap=True))
    body = above_buttons([*parts, flex.box("vertical", rows, spacing="sm", margin="md")])
    found = [
        _run_action(run, version, action, turn.phrase(action), "")
        for action in ("confirm", "change", "restart")
    ]
    return flex_message(alt(title), flex.bubble(body=body, footer=button_box(found)))


def _shortened(words: str, most: int) -> str:
    """Return words that are at most so long, and say so where they were longer; somebody may paste a novel."""
    kept = cut(words, most, Unit.UTF16)
    return (kept if kept == words else f"{kept}…") or NAMELESS


def _choose_item(
    turn: Turn, run: Run, version: Version, questions: Sequence[Question], hint: str | None
) -> Message:
    found = [
        _run_action(run, version, "change_item", turn.words(question.short or question.ask), question.id)
        for question in questions
    ]
    return _bubble(turn.phrase("which_to_change"), [button_box(found, main=0)], [], hint=hint)


def _bubble(
    words: str,
    choices: Sequence[flex.Component],
    navigation: Sequence[Action],
    *,
    hint: str | None,
    hint_colour: str = HINT,
) -> Message:
    said = cut(words, FLEX_WORDS_LIMIT, Unit.UTF16)
    parts = [flex.text(said, wrap=True, size="md", weight="bold", color=INK)]
    if hint:
        said = cut(hint, FLEX_WORDS_LIMIT, Unit.UTF16)
        parts.insert(0, flex.text(said, wrap=True, size="sm", color=hint_colour))
    footer = [*choices]
    if navigation:
        links = [
            flex.button(action, style="link", height="sm", color=MUTED, adjust_mode="shrink-to-fit")
            for action in navigation
        ]
        footer.append(flex.box("horizontal", links))
    body, below = above_buttons(parts), flex.box("vertical", footer, spacing="sm")
    return flex_message(alt(words), flex.bubble(body=body, footer=below))


def _run_action(run: Run, version: Version, action: str, label: str, question: str) -> Action:
    data = pack(RunTap(run.public_id, version.number, action, question))
    label = cut(label, LABEL_LIMIT, Unit.GRAPHEME).strip() or NAMELESS
    return actions.postback(label, data, display_text=label)


def continue_buttons(turn: Turn, run: Run) -> list[Action]:
    """Return the buttons that take up an unfinished run, or begin it anew."""
    version = turn.runs.version_of(run)
    return [
        _run_action(run, version, "continue", turn.phrase("continue"), ""),
        _run_action(run, version, "again", turn.phrase("start_again"), ""),
    ]


def again_button(turn: Turn, run: Run) -> list[Action]:
    """Return the button that begins an ended questionnaire anew."""
    return [_run_action(run, turn.runs.version_of(run), "again", turn.phrase("start_again"), "")]
