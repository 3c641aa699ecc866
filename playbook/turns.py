"""No path on which one turn would send more than LINE's five messages.

Counted as the handlers answer: a text is one message and its picture another, cards are
one and the sentence before them another, a question is one, and calling a person says so.
"""

from collections.abc import Iterator, Mapping

from content.steps import Button, Start, Step, Steps
from line.limits import REPLY_LIMIT
from playbook.draft import AnyPart, Draft
from playbook.faults import Faults
from playbook.locate import Path
from playbook.schema import AutoRepliesFile
from playbook.walk import models
from questionnaires.definition import Question, Questionnaire


def check_turns(draft: Draft, faults: Faults) -> None:
    """Name every place from which one turn would send too much."""
    known = {part.value.key: part.value for part in draft.questionnaires}
    for part in draft.parts():
        for path, steps, before in _turns(part):
            count = before + sum(_messages(step, known) for step in steps)
            if count > REPLY_LIMIT:
                what = f"up to {count} messages in one turn; LINE takes {REPLY_LIMIT}: say it in fewer texts"
                part.blame(faults, path, what)
    for part in draft.questionnaires:
        if part.value.key in _begun_by(part.value, known):
            what = "the ending leads back to this questionnaire with every answer given: the turn would never end"
            part.blame(faults, ("ending",), what)


def _begun_by(questionnaire: Questionnaire, known: Mapping[str, Questionnaire]) -> set[str]:
    """Return the questionnaires that run through in the same turn once this one has ended."""
    found: set[str] = set()
    waiting = [questionnaire]
    while waiting:
        for step in waiting.pop().ending:
            begun = None if step.start is None else known.get(step.start.questionnaire)
            if step.start is None or begun is None or begun.key in found:
                continue
            if _is_all_answered(begun, step.start):
                found.add(begun.key)
                waiting.append(begun)
    return found


def _is_all_answered(started: Questionnaire, start: Start) -> bool:
    """Return whether the ending may come at once, without a summary and with nothing left to ask."""
    asked = {question.id for question in started.questions if question.only_if is None}
    return started.summary is None and (start.reuse or asked <= start.answers.keys())


def _turns(part: AnyPart) -> Iterator[tuple[Path, Steps, int]]:
    """Yield the steps that one turn does, with the messages that come before them."""
    for place, greeting in enumerate(getattr(part.value, "greetings", ())):
        yield ("greetings", place, "then"), greeting.then, 0
    if isinstance(part.value, AutoRepliesFile):
        for place, rule in enumerate(part.value.rules):
            yield ("rules", place, "then"), rule.then, 0
    for place, campaign in enumerate(getattr(part.value, "campaigns", ())):
        yield ("campaigns", place, "message"), campaign.message, 0
    if hasattr(part.value, "fallback"):
        yield ("fallback", "first"), part.value.fallback.first, 0
        yield ("fallback", "second"), part.value.fallback.second, 0
    if isinstance(part.value, Questionnaire):
        yield ("ending",), part.value.ending, _before_ending(part.value)
    for path, model in models(part.value):
        if isinstance(model, Button):
            yield (*path, "do"), model.do, 0


def _messages(step: Step, known: Mapping[str, Questionnaire]) -> int:
    if step.say is not None:
        return 1 + (step.say.picture is not None)
    if step.show is not None:
        return 1 + (step.show.say is not None)
    if step.start is not None:
        started = known.get(step.start.questionnaire)
        return 0 if started is None else _opening(started, step.start, known)
    return int(step.hand_over is True or bool(step.release))


def _opening(started: Questionnaire, start: Start, known: Mapping[str, Questionnaire]) -> int:
    """Return the messages of a start: what comes before, and the first question or the summary.

    Without a summary, answers given beforehand may be all there is to answer: then the ending
    comes at once. An ending that starts something again is counted without that.
    """
    before = int(started.before is not None or start.reuse)
    if _is_all_answered(started, start):
        others = {key: one for key, one in known.items() if key != started.key}
        return before + max(1, sum(_messages(step, others) for step in started.ending))
    return before + 1


def _before_ending(questionnaire: Questionnaire) -> int:
    """Return what the last answer is told before the ending; nothing where a summary is confirmed first."""
    if questionnaire.summary is not None:
        return 0
    return max((_said(question) for question in _possibly_last(questionnaire)), default=0)


def _possibly_last(questionnaire: Questionnaire) -> Iterator[Question]:
    for question in reversed(questionnaire.questions):
        yield question
        if question.only_if is None:
            return


def _said(question: Question) -> int:
    """Return the messages an answer gets by itself; of several choices every one may say something."""
    saying = sum(choice.say is not None for choice in question.choices)
    return saying if question.multiple else min(saying, 1)
