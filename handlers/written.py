"""What was written on a button that was tapped, for the people who read the story later."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime, time

from content.dates import date_line, datetime_line, time_line
from content.revisions import BUTTON_WORDS
from handlers.turn import Turn
from line.postback import AnswerTap, RunTap
from questionnaires.definition import Question
from questionnaires.path import find_question
from questionnaires.state import Action
from tickets import floor

_HANDOFF = {floor.BACK: "back_to_bot", floor.CALL: "human_yes", floor.DECLINE: "human_no"}
_RUNS = {"continue": "continue", "again": "start_again", **{word: word for word in BUTTON_WORDS}}


def of_run(turn: Turn, tap: AnswerTap | RunTap, params: Mapping[str, str]) -> str:
    """Return the label of a choice, or of a button below a question, and what was picked; empty where it is forged."""
    if isinstance(tap, RunTap) and tap.action != Action.CHANGE_ITEM:
        return turn.phrase(_RUNS[tap.action]) if tap.action in _RUNS else ""
    question = _question(turn, tap)
    if question is None:
        return ""
    if isinstance(tap, RunTap):
        return turn.words(question.short or question.ask)
    # A choice among several carries whether the tap adds or removes it.
    chosen = tap.choice.lstrip("+-") if question.multiple else tap.choice
    label = next((turn.words(choice.label) for choice in question.choices if choice.id == chosen), "")
    return " ".join(filter(None, (label, _picked(params, turn.language))))


def of_handoff(turn: Turn, button: str) -> str:
    """Return the label of a button that calls a person, or sends them away."""
    return turn.phrase(_HANDOFF[button]) if button in _HANDOFF else ""


def _question(turn: Turn, tap: AnswerTap | RunTap) -> Question | None:
    run = turn.runs.find(tap.run)
    return None if run is None else find_question(turn.runs.version_of(run).definition, tap.question)


def _picked(params: Mapping[str, str], language: str) -> str:
    """Return the date, the time or both that a picker brought; nothing for what is none."""
    with suppress(ValueError):
        if "date" in params:
            return date_line(date.fromisoformat(params["date"]), language)
        if "time" in params:
            return time_line(time.fromisoformat(params["time"]), language)
        if "datetime" in params:
            return datetime_line(datetime.fromisoformat(params["datetime"]), language)
    return ""
