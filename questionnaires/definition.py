"""A questionnaire as immutable data. Order is the order of asking; `only_if` leaves questions out."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from content.comparing import Comparison
from content.model import Bound, Duration
from content.steps import Names, Steps
from content.text import Frozen, Text

Kind = Literal["choice", "text", "number", "date", "time", "datetime", "phone", "email", "photo", "location"]
FieldValue = bool | int | float | str


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _as_wanted(value: Any) -> Any:
    """Read `guests: 2` and `guests: [2, 3]` as the numbers they are."""
    if _is_number(value):
        return {"is": value}
    is_list = isinstance(value, list | tuple)
    return {"one_of": value} if is_list and value and all(map(_is_number, value)) else value


def _form(value: Any) -> str:
    return COMPARED if isinstance(value, dict | Comparison) else CHOSEN


CHOSEN, COMPARED = "list", "comparison"
"""What stands in the place of an error for the way in which an answer is named."""

Wanted = Annotated[
    Annotated[Names, Tag(CHOSEN)] | Annotated[Comparison, Tag(COMPARED)],
    Discriminator(_form),
    BeforeValidator(_as_wanted),
]


class Condition(Frozen):
    """Whether a question is asked: all that is given must hold."""

    answers: dict[str, Wanted] = Field(default_factory=dict)
    """Earlier question id to choice ids, of which one was given, or to what its answer is compared with."""
    tags: Names = ()
    """The contact carries one of these."""
    without_tags: Names = ()
    """The contact carries none of these."""


class Range(Frozen):
    """The amounts that a choice stands for, so that a typed 2萬 finds its choice; upper end excluded."""

    min: float | None = None
    max: float | None = None


class Choice(Frozen):
    id: str
    label: Text
    tags: Names = ()
    fields: dict[str, FieldValue] = Field(default_factory=dict)
    also: Names = ()
    """Other ways to type it."""
    range: Range | None = None
    pick: Literal["date", "time", "datetime"] | None = None
    """Opens a picker; the value goes to the question's field."""
    say: Text | None = None
    """Said at once when this is chosen, before the next question."""


class Question(Frozen):
    id: str
    ask: Text
    short: Text | None = None
    """Its name in the summary; the question itself when left out."""
    kind: Kind = "choice"
    choices: tuple[Choice, ...] = ()
    multiple: bool = False
    style: Literal["flex", "buttons", "quick_replies"] = Field(default="flex", alias="as")
    only_if: Condition | None = None
    field: str | None = None
    """The typed field of the contact that takes the value."""
    tags: Names = ()
    """Set by any answer."""
    optional: bool = False
    """May be skipped."""
    min: Bound | None = None
    """Characters of a text, value of a number, `today` or `+3d` / `+1y` or an ISO date."""
    max: Bound | None = None
    pattern: str | None = None
    open_hours: bool = False
    """A date and time must lie within business hours."""
    cards: bool = False
    """In a playbook: offer every card as a choice, before the written ones. Expanded when published."""
    invalid: Text | None = None
    """Said when a typed answer does not fit; a sentence per kind when left out."""


class Summary(Frozen):
    title: Text


class Reminder(Frozen):
    """A paid push to somebody who stopped answering."""

    after: Duration
    say: Text


def _as_summary(value: Any) -> Any:
    return value if value is None or (isinstance(value, dict) and "title" in value) else {"title": value}


class Questionnaire(Frozen):
    key: str
    title: Text
    before: Text | None = None
    """Said once, before the first question."""
    questions: tuple[Question, ...]
    summary: Annotated[
        Summary | None, BeforeValidator(_as_summary, json_schema_input_type=Summary | Text | None)
    ] = None
    """Shown for confirmation; without one the last answer ends the run."""
    ending: Steps = ()
    sets_tags: Names = ()
    """Set by completing it."""
    timeout: Duration
    """Silence after which the run ends by itself."""
    reminder: Reminder | None = None
