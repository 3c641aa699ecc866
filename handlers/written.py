"""What was written on a button that was tapped, for the people who read the story later."""

from content.revisions import BUTTON_WORDS
from handlers import handoff
from handlers.turn import Turn
from line.postback import AnswerTap, RunTap
from questionnaires.path import find_question

_HANDOFF = {handoff.BACK: "back_to_bot", handoff.CALL: "human_yes", handoff.DECLINE: "human_no"}


def of_run(turn: Turn, tap: AnswerTap | RunTap) -> str:
    """Return the label of a choice, or of a button below a question; empty where the tap is forged."""
    if isinstance(tap, RunTap):
        return turn.phrase(tap.action) if tap.action in BUTTON_WORDS else ""
    run = turn.runs.find(tap.run)
    question = None if run is None else find_question(turn.runs.version_of(run).definition, tap.question)
    choices = () if question is None else question.choices
    return next((turn.words(choice.label) for choice in choices if choice.id == tap.choice), "")


def of_handoff(turn: Turn, button: str) -> str:
    """Return the label of a button that calls a person, or sends them away."""
    return turn.phrase(_HANDOFF[button]) if button in _HANDOFF else ""
