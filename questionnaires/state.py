"""What goes into a step of a questionnaire and what comes out of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from zoneinfo import ZoneInfo

from content.model import BusinessHours
from content.text import Text
from questionnaires.answers import Answer
from questionnaires.definition import Question


class Mode(StrEnum):
    ASKING = "asking"
    REVIEWING = "reviewing"
    """The summary waits for a yes."""
    CHANGING = "changing"
    """From the summary: without a question, which one to change; with one, its new answer."""
    DONE = "done"
    CANCELLED = "cancelled"


ENDED = frozenset({Mode.DONE, Mode.CANCELLED})


@dataclass(frozen=True, slots=True)
class RunState:
    """Where one contact is. Never changed; a step makes the next one."""

    mode: Mode
    question: str | None
    """The question that is asked now."""
    language: str
    answers: Mapping[str, Answer] = field(default_factory=dict)
    """By question id, those of branches left behind included; `effective_answers` says which count."""
    tags: tuple[str, ...] = ()
    """What the contact carried when the run began. Conditions see these and what earlier answers set."""
    chosen: tuple[str, ...] = ()
    """So far, of a multiple choice."""
    misses: int = 0
    """Inputs in a row that made no sense here."""
    reopened: tuple[str, ...] = ()
    """Gone back over: their answers are suggestions until given again."""
    last: str | None = None
    """The question answered most recently."""
    wordless_at: datetime | None = None
    """When something came here that can be no answer, such as a sticker, and was said to be none."""

    def to_json(self) -> dict[str, Any]:
        return {
            "mode": self.mode.value,
            "question": self.question,
            "language": self.language,
            "answers": {question: answer.to_json() for question, answer in self.answers.items()},
            "tags": list(self.tags),
            "chosen": list(self.chosen),
            "misses": self.misses,
            "reopened": list(self.reopened),
            "last": self.last,
            "wordless_at": None if self.wordless_at is None else self.wordless_at.isoformat(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            mode=Mode(data["mode"]),
            question=data["question"],
            language=data["language"],
            answers={question: Answer.from_json(answer) for question, answer in data["answers"].items()},
            tags=tuple(data["tags"]),
            chosen=tuple(data["chosen"]),
            misses=data["misses"],
            reopened=tuple(data["reopened"]),
            last=data["last"],
            wordless_at=None if (at := data.get("wordless_at")) is None else datetime.fromisoformat(at),
        )


@dataclass(frozen=True, slots=True)
class Facts:
    """What a step may know of the world."""

    now: datetime
    zone: ZoneInfo
    tags: frozenset[str] = frozenset()
    """What the contact carries; read once, when a run begins."""
    hours: BusinessHours = field(default_factory=BusinessHours)
    region: str = "TW"
    language: str = "zh-TW"
    keywords: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The playbook's further words to type, by action: back, cancel, done, skip, confirm, change, restart."""


class Action(StrEnum):
    BACK = "back"
    CANCEL = "cancel"
    DONE = "done"
    """Enough chosen."""
    SKIP = "skip"
    CONFIRM = "confirm"
    CHANGE = "change"
    """Show what can be changed."""
    CHANGE_ITEM = "change_item"
    RESTART = "restart"


@dataclass(frozen=True, slots=True)
class Tapped:
    """A choice of a question."""

    question: str
    choice: str
    wanted: bool | None = None
    """For a multiple choice: True adds and False removes, so that a double tap changes nothing;
    None turns it round, which a double tap undoes."""


@dataclass(frozen=True, slots=True)
class Typed:
    text: str


@dataclass(frozen=True, slots=True)
class Picked:
    """A date, a time, or both, from LINE's picker."""

    question: str
    value: str
    choice: str = ""
    """The choice that opened the picker, where a question has several such."""


@dataclass(frozen=True, slots=True)
class SentPhoto:
    message_id: str


@dataclass(frozen=True, slots=True)
class SentLocation:
    latitude: float
    longitude: float
    title: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class SentOther:
    """A sticker, a voice message, a film or a file: an answer to nothing."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """Something done to the run itself."""

    action: Action
    question: str = ""
    """The question it was shown with, so that a second tap on 返回 does not go back twice; of
    CHANGE_ITEM the one to change."""

    @classmethod
    def read(cls, action: str, question: str = "") -> Self | None:
        """Read what a button carries: `back`, or `change_item:budget`; None for what we never wrote."""
        name, _, item = action.partition(":")
        if name not in set(Action):
            return None
        known = Action(name)
        if known is Action.CHANGE and (item or question):
            known = Action.CHANGE_ITEM
        return cls(known, item or question)


Input = Tapped | Typed | Picked | SentPhoto | SentLocation | SentOther | Pressed


class HintKind(StrEnum):
    """Why a question comes again; each value is the key of a sentence in `content.phrases`."""

    CHOOSE = "choose_hint"
    CHOOSE_SEVERAL = "choose_hint_multiple"
    CHOOSE_AT_LEAST_ONE = "choose_at_least_one"
    CHOSEN_SO_FAR = "chosen_so_far"
    REMOVED = "removed_from_chosen"
    TEXT = "invalid_text"
    TOO_SHORT = "invalid_text_short"
    TOO_LONG = "invalid_text_long"
    NUMBER = "invalid_number"
    DATE = "invalid_date"
    DATE_RANGE = "invalid_date_range"
    TIME = "invalid_time"
    DATETIME = "invalid_datetime"
    MOMENT_RANGE = "invalid_datetime_range"
    """Too early or too late, of a time or a date and time."""
    CLOSED = "invalid_time_range"
    """Outside business hours."""
    PHONE = "invalid_phone"
    EMAIL = "invalid_email"
    PATTERN = "invalid_pattern"
    PHOTO = "invalid_photo"
    LOCATION = "invalid_location"
    CONFIRM = "confirm_hint"
    WHICH_TO_CHANGE = "which_to_change"


@dataclass(frozen=True, slots=True)
class Hint:
    kind: HintKind
    said: Text | None = None
    """The question's own sentence for it, which goes before ours."""
    minimum: str | None = None
    """The bound that applies, in the form of an answer's value."""
    maximum: str | None = None
    choices: tuple[str, ...] = ()
    """Chosen so far, or the ones removed."""


@dataclass(frozen=True, slots=True)
class Ask:
    question: Question
    hint: Hint | None = None
    suggestion: Answer | None = None
    """What was answered before going back."""
    chosen: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Review:
    """Show the summary."""


@dataclass(frozen=True, slots=True)
class ChooseWhatToChange:
    questions: tuple[Question, ...]


Shown = Ask | Review | ChooseWhatToChange
"""What the contact is looking at, and is shown again when something made no sense."""


@dataclass(frozen=True, slots=True)
class Completed:
    answers: Mapping[str, Answer]
    """Only those that count."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    pass


class Staleness(StrEnum):
    DUPLICATE = "duplicate"
    """The same again: a double tap, a second photo, one sticker of several."""
    PASSED = "passed"
    """Of a question or a summary already left."""
    UNKNOWN = "unknown"
    """No such question or choice here: forged, or of another version."""
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Stale:
    """A button of the past. Nothing changed."""

    kind: Staleness
    again: Shown | None
    """None when the run has ended."""


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """Fits nothing here; from the second in a row on, a human should be offered."""

    count: int
    hint: Hint
    again: Shown


Outcome = Ask | Review | ChooseWhatToChange | Completed | Cancelled | Stale | NotUnderstood


@dataclass(frozen=True, slots=True)
class Step:
    state: RunState
    outcome: Outcome
    said: tuple[Text, ...] = ()
    """What the chosen choices say at once, before the outcome is shown."""
    answered: str | None = None
    """The question that got its answer in this step."""
