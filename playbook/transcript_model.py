"""A conversation that must hold, as it is written in transcripts/*.yaml."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from content.model import Duration
from content.steps import Names
from content.text import Frozen

DOES = ("adds", "scans", "taps", "types", "picks", "sends", "menu")
"""What the customer does; at most one to a line."""
HAPPENS = ("order", "event")
"""What another system tells of the customer; it takes the place of what they do."""
EXPECTS = (
    "bot",
    "says_nothing",
    "buttons",
    "tags",
    "no_tags",
    "fields",
    "segments",
    "no_segments",
    "left",
    "because",
    "handed_over",
    "queue",
)
"""What must then hold; any number to a line."""

FieldValue = bool | int | float | str | None


def _as_tap(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Words = Annotated[str, BeforeValidator(_as_tap, json_schema_input_type=str | int | float)]
"""A label or a text; 3 and 22000 may stand without quotes."""


class Person(Frozen):
    """Who talks in the transcript."""

    name: str | None = "王小明"
    """None: somebody whose profile LINE does not tell."""
    tags: Names = ()
    """Carried from before."""
    fields: dict[str, FieldValue] = Field(default_factory=dict)


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else (value,)


_Days = Annotated[float, Field(ge=0, le=3660)]
DaysAgo = Annotated[
    tuple[_Days, ...],
    BeforeValidator(_as_list, json_schema_input_type=_Days | tuple[_Days, ...]),
    Field(min_length=1),
]
"""One number of days or a list: as many times it happened, counted from the line's own moment."""


class OrderTold(Frozen):
    """An order as the till tells of it, or several of the same kind."""

    amount: Annotated[float, Field(ge=0, le=10**9)]
    """In the account's currency."""
    days_ago: DaysAgo = (0.0,)
    store: str | None = None
    channel: str | None = None
    coupon: str | None = None
    status: Literal["paid", "cancelled", "refunded"] = "paid"


Property = bool | int | float | str | list[str]


class EventTold(Frozen):
    """Something that another system tells of (`track`), once or several times."""

    name: str
    properties: dict[str, Property] = Field(default_factory=dict)
    days_ago: DaysAgo = (0.0,)


def _forward(gap: timedelta) -> timedelta:
    if not timedelta(0) < gap <= timedelta(days=3660):
        raise ValueError("later must be a stretch of time like 2h or 30d")
    return gap


class Line(Frozen):
    """One thing that happens, or what must hold after it; both may stand in one line."""

    later: Annotated[Duration, AfterValidator(_forward)] | None = None
    """So much time passes first, and what the clock brings about is done."""
    adds: bool | None = None
    """Adds the account as a friend."""
    scans: str | None = None
    """Scans a QR code: adds the account unless they are a friend already, and sends the code."""
    taps: Words | None = None
    """Taps the newest button or quick reply with this label."""
    types: Words | None = None
    picks: Words | None = None
    """Picks this date, time or date and time in the newest picker: `2027-03-01`, `14:30`, `2027-03-01T14:30`."""
    sends: Literal["photo", "location", "sticker"] | None = None
    menu: Words | None = None
    """Taps the area of the rich menu with this label."""
    order: OrderTold | None = None
    event: EventTold | None = None

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
    left: Names | None = None
    """Segments the contact was in, and is in no more."""
    because: Names | None = None
    """Parts of the reasons why the contact is in the line's one segment, or is not."""
    handed_over: bool | None = None
    queue: str | None = None
    """Where the contact's ticket waits now."""

    @property
    def does(self) -> str | None:
        """Which of `DOES` the customer does in this line; None for a line of the bot's."""
        return next((verb for verb in DOES if getattr(self, verb) is not None), None)

    @property
    def happens(self) -> str | None:
        """Which of `HAPPENS` another system tells in this line."""
        return next((verb for verb in HAPPENS if getattr(self, verb) is not None), None)

    @property
    def judged(self) -> tuple[str, ...]:
        """Every segment that the line says something about."""
        return (*(self.segments or ()), *(self.no_segments or ()), *(self.left or ()))

    @model_validator(mode="after")
    def _does_or_expects(self) -> "Line":
        acts = [verb for verb in (*DOES, *HAPPENS) if getattr(self, verb) is not None]
        expects = any(getattr(self, name) is not None for name in EXPECTS)
        if len(acts) > 1 or not (acts or expects or self.later):
            raise ValueError(
                f"a line is one thing that happens ({', '.join((*DOES, *HAPPENS, 'later'))})"
                f" or what must then hold ({', '.join(EXPECTS)})"
            )
        if self.adds is False:
            raise ValueError("`adds` is written `adds: true`")
        if self.because is not None and len(self.judged) != 1:
            raise ValueError(
                "`because` says why somebody is in one segment or is not: name that one beside it,"
                " in `segments`, `no_segments` or `left`"
            )
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
    def waits(self) -> timedelta:
        """Return how much time passes in it by itself."""
        return sum((line.later for line in self.lines if line.later is not None), timedelta())

    @property
    def file(self) -> str:
        return f"transcripts/{self.key}.yaml"
