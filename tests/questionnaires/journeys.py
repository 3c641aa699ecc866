"""Telling a questionnaire's story in a test: what is said to it, and what came of it."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from questionnaires.answers import Answer
from questionnaires.definition import Questionnaire
from questionnaires.flow import advance, begin
from questionnaires.state import (
    Action,
    Ask,
    Facts,
    Input,
    NotUnderstood,
    Outcome,
    Picked,
    Pressed,
    Stale,
    Step,
    Tapped,
    Typed,
)
from tests.questionnaires.rental import FACTS


@dataclass
class Journey:
    """One contact's way; each call is one input, and returns what came of it."""

    definition: Questionnaire
    facts: Facts = FACTS
    preset: dict[str, str] = field(default_factory=dict)
    reuse: dict[str, Answer] | None = None

    def __post_init__(self) -> None:
        self.step: Step = begin(self.definition, self.facts, self.preset, self.reuse)

    @property
    def asked(self) -> str | None:
        return self.step.state.question

    @property
    def mode(self) -> str:
        return self.step.state.mode.value

    @property
    def answers(self) -> dict[str, Answer]:
        return dict(self.step.state.answers)

    @property
    def hint(self) -> str | None:
        outcome = self.step.outcome
        hint = outcome.hint if isinstance(outcome, Ask | NotUnderstood) else None
        return None if hint is None else hint.kind.value

    @property
    def stale(self) -> str | None:
        return self.step.outcome.kind.value if isinstance(self.step.outcome, Stale) else None

    def at(self, now: datetime) -> None:
        self.facts = replace(self.facts, now=now)

    def gives(self, given: Input) -> Outcome:
        self.step = advance(self.definition, self.step.state, given, self.facts)
        return self.step.outcome

    def types(self, *texts: str) -> Outcome:
        for text in texts:
            self.gives(Typed(text))
        return self.step.outcome

    def taps(self, *choices: str) -> Outcome:
        for choice in choices:
            self.gives(Tapped(self.asked or "", choice))
        return self.step.outcome

    def picks(self, value: str) -> Outcome:
        return self.gives(Picked(self.asked or "", value))

    def presses(self, action: str, question: str = "") -> Outcome:
        return self.gives(Pressed(Action(action), question))
