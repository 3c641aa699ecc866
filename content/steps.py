"""What a button, a menu area, a rule or an ending does: a list of steps, each with one verb."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from content.text import Frozen, Text


class Start(Frozen):
    """Begin a questionnaire."""

    questionnaire: str
    reuse: bool = False
    """Take over the answers of the last confirmed run and go straight to the summary."""
    answers: dict[str, str] = Field(default_factory=dict)
    """Question id to choice id, answered beforehand; Liquid, so a card's button can say {{ card.id }}."""


class Show(Frozen):
    """Show cards as one carousel."""

    cards: tuple[str, ...] = ()
    """Card ids; empty means every card."""
    tagged: tuple[str, ...] = ()
    """Only cards that carry all of these tags."""
    fitting: tuple[str, ...] = ()
    """Tag groups in which a card must agree with the contact, where both say something."""
    limit: int = Field(default=10, ge=1, le=10)
    say: Text | None = None
    """Said before the carousel; may use {{ count }}."""
    none: Text | None = None
    """Said instead when no card fits."""


class Say(Frozen):
    """Send a text, with buttons below it where there are any."""

    text: Text
    buttons: tuple["Button", ...] = ()
    style: Literal["buttons", "quick_replies"] = Field(default="buttons", alias="as")
    """`buttons` exist on every device; quick replies are missing on LINE for PC."""
    picture: str | None = None


def _as_say(value: Any) -> Any:
    return {"text": value} if isinstance(value, str) or _is_languages(value) else value


def _is_languages(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and not set(value) & {"text", "buttons", "as", "picture"}


def _as_start(value: Any) -> Any:
    return {"questionnaire": value} if isinstance(value, str) else value


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _is_empty(value: tuple[str, ...]) -> bool:
    """Leave it out where there is nothing: the names of buttons that are in customers' chats hash this."""
    return not value


Name = Annotated[str, Field(min_length=1, max_length=80)]
Names = Annotated[tuple[str, ...], BeforeValidator(_as_list, json_schema_input_type=str | tuple[str, ...])]

VERBS = ("say", "show", "start", "tag", "untag", "menu", "hand_over", "release")


class Step(Frozen):
    """One thing that is done. Exactly one verb is set."""

    say: Annotated[Say | None, BeforeValidator(_as_say, json_schema_input_type=Say | Text | None)] = None
    show: Show | None = None
    start: Annotated[Start | None, BeforeValidator(_as_start, json_schema_input_type=Start | str | None)] = (
        None
    )
    tag: Names | None = None
    untag: Names | None = None
    menu: str | None = None
    """Link this rich menu to the contact."""
    hand_over: bool | Literal["later"] | None = None
    """Call a person; free-text replies stop. `later`: open the ticket only, and the bot goes on answering."""
    release: bool | None = None
    """Give the conversation back to the bot."""

    @model_validator(mode="after")
    def _one_verb(self) -> "Step":
        verbs = [verb for verb in VERBS if getattr(self, verb) is not None]
        if len(verbs) != 1:
            raise ValueError(f"one step has one verb of {', '.join(VERBS)}; this one has {len(verbs)}")
        return self


def _as_steps(value: Any) -> Any:
    """Read `{tag: x, say: y}` as two steps in the order written."""
    if isinstance(value, str):
        return [{"say": value}]
    if isinstance(value, dict):
        return [{verb: argument} for verb, argument in value.items()]
    if isinstance(value, list | tuple):
        return [
            step for item in value for step in (_as_steps(item) if isinstance(item, dict | str) else [item])
        ]
    return value


Steps = Annotated[
    tuple[Step, ...],
    BeforeValidator(_as_steps, json_schema_input_type=str | Step | tuple[str | Step, ...]),
]


class Button(Frozen):
    """Something to tap. Verbs may stand beside the label or under `do`."""

    label: Text
    id: str = ""
    """Its name in postbacks and statistics; the position when left out."""
    url: str | None = None
    about: Annotated[
        tuple[Name, ...],
        BeforeValidator(_as_list, json_schema_input_type=Name | tuple[Name, ...]),
        Field(exclude_if=_is_empty),
    ] = ()
    """What it is about, for rules that ask what people tap: `offer`, `new`. A card's buttons have its tags."""
    do: Steps = ()

    @model_validator(mode="before")
    @classmethod
    def _gather_verbs(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        rest = {key: item for key, item in value.items() if key not in VERBS}
        verbs = {key: item for key, item in value.items() if key in VERBS}
        if verbs:
            rest["do"] = _as_steps(verbs) + list(_as_steps(rest.get("do", [])))
        return rest


Say.model_rebuild()
