"""A conversation that must hold, as it is written in transcripts/*.yaml."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from content.steps import Names
from content.text import Frozen

DOES = ("adds", "taps", "types", "picks", "sends", "menu")
"""What the customer does; exactly one to a line that is theirs."""
EXPECTS = (
    "bot",
    "says_nothing",
    "buttons",
    "tags",
    "no_tags",
    "fields",
    "segments",
    "no_segments",
    "handed_over",
    "queue",
)
"""What must then hold; any number to a line."""

FieldValue = bool | int | float | str | None


def _as_tap(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Words = Annotated[str, BeforeValidator(_as_tap)]
"""A label or a text; 3 and 22000 may stand without quotes."""


class Person(Frozen):
    """Who talks in the transcript."""

    name: str | None = "王小明"
    """None: somebody whose profile LINE does not tell."""
    tags: Names = ()
    """Carried from before."""
    fields: dict[str, FieldValue] = Field(default_factory=dict)


class Line(Frozen):
    """One thing the customer does, or what must hold after it; both may stand in one line."""

    adds: bool | None = None
    """Adds the account as a friend."""
    taps: Words | None = None
    """Taps the newest button or quick reply with this label."""
    types: Words | None = None
    picks: Words | None = None
    """Picks this date, time or date and time in the newest picker: `2027-03-01`, `14:30`, `2027-03-01T14:30`."""
    sends: Literal["photo", "location", "sticker"] | None = None
    menu: Words | None = None
    """Taps the area of the rich menu with this label."""

    bot: Names | None = None
    """Parts of what the bot answers in this turn, in this order."""
    says_nothing: bool | None = None
    buttons: Names | None = None
    """Labels of buttons and quick replies of this turn, in this order; others may stand between."""
    tags: Names | None = None
    """Tags the contact carries now; more may be there."""
    no_tags: Names | None = None
    """Tags the contact does not carry now."""
    fields: dict[str, FieldValue] | None = None
    """Fields of the contact; `null` for one without a value."""
    segments: Names | None = None
    """Segments the contact is in now; more may be there."""
    no_segments: Names | None = None
    handed_over: bool | None = None
    queue: str | None = None
    """Where the contact's ticket waits now."""

    @property
    def does(self) -> str | None:
        """Which of `DOES` the customer does in this line; None for a line of the bot's."""
        return next((verb for verb in DOES if getattr(self, verb) is not None), None)

    @model_validator(mode="after")
    def _does_or_expects(self) -> "Line":
        does = [verb for verb in DOES if getattr(self, verb) is not None]
        expects = any(getattr(self, name) is not None for name in EXPECTS)
        if len(does) > 1 or not (does or expects):
            raise ValueError(
                f"a line is one thing the customer does ({', '.join(DOES)})"
                f" or what must then hold ({', '.join(EXPECTS)})"
            )
        if self.adds is False:
            raise ValueError("`adds` is written `adds: true`")
        return self


class Transcript(Frozen):
    """One conversation. `key` is the file's name."""

    key: str
    name: str
    language: str | None = None
    """What the person's LINE speaks; the playbook's default when left out."""
    at: str | None = None
    """Local time of the first line, e.g. `2027-03-01T14:00`; within business hours when left out."""
    contact: Person = Person()
    lines: tuple[Line, ...]
    line_numbers: tuple[int, ...] = ()
    """Where each line stands in its file; filled in by the loader."""

    @property
    def file(self) -> str:
        return f"transcripts/{self.key}.yaml"
