"""One published revision of the bot's content, as frozen data."""

from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from content.routing import Routing
from content.steps import VERBS, Button, Name, Names, Steps
from content.text import Frozen, Text

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Bound = int | float | str


def _as_duration(value: Any) -> Any:
    """Read `90d`, `12h`, `30m`, `45s` as durations."""
    if isinstance(value, str) and value[:-1].isdigit() and value[-1] in "dhms":
        unit = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}[value[-1]]
        try:
            return timedelta(**{unit: int(value[:-1])})
        except OverflowError:
            raise ValueError("is longer than anything lasts") from None
    return value


Duration = Annotated[
    timedelta, BeforeValidator(_as_duration), WithJsonSchema({"type": "string", "pattern": "^[0-9]+[dhms]$"})
]
"""`90d`, `12h`, `30m` in a playbook."""


class Tag(Frozen):
    name: str
    label: Text
    lifetime: Duration | None = None


class TagGroup(Frozen):
    """Tags that answer one question; in a `single` group a new one replaces the old."""

    id: str
    label: Text
    choice: Literal["single", "multiple"] = "multiple"
    colour: str = "#6b7280"
    tags: tuple[Tag, ...]


class SpecialDay(Frozen):
    """A date whose hours differ: closed, or open at other times."""

    on: date
    name: Text | None = None
    hours: Names = ()
    """`10:00-15:00`; none means closed all day."""


class BusinessHours(Frozen):
    """Opening times per weekday in the account's time zone, e.g. `mon: 10:00-20:00`."""

    mon: Names = ()
    tue: Names = ()
    wed: Names = ()
    thu: Names = ()
    fri: Names = ()
    sat: Names = ()
    sun: Names = ()
    special: tuple[SpecialDay, ...] = ()


class When(Frozen):
    """Conditions under which a greeting, a reply or a menu applies; all that are given must hold."""

    hours: Literal["open", "closed"] | None = None
    tags: Names = ()
    without_tags: Names = ()
    language: Names = ()
    friend: Literal["new", "returning"] | None = None
    entry: Names = ()
    """Entry source codes, e.g. `#信義店`."""
    completed: str | None = None
    """A questionnaire the contact has confirmed before."""


class Greeting(Frozen):
    id: str
    when: When = When()
    then: Steps


class Match(Frozen):
    """What a text must be like. Blind to width, case, spaces and Han variant; all that is given must hold."""

    exact: Names = ()
    """The whole text is one of these."""
    contains: Names = ()
    """All of these occur; a word of Latin letters or digits as a word of its own."""
    any_of: Names = ()
    """At least one of these occurs, in the same sense."""
    pattern: str | None = None
    """A regular expression that is found in the text; unlike words it sees spaces and punctuation."""


class AutoReply(Frozen):
    id: str
    match: Match = Match()
    when: When = When()
    once: bool = False
    """Once per person, ever."""
    every: Duration | None = None
    """At most once per person in this long."""
    always: bool = False
    """Also inside a questionnaire and while a person has the floor: for words that must work at once."""
    then: Steps


class Fallback(Frozen):
    """What an unrecognised text gets: the first miss, and the second in a row."""

    first: Steps
    second: Steps


class Card(Frozen):
    id: str
    title: Text
    text: Text | None = None
    price: Text | None = None
    picture: str | None = None
    """A file in the playbook's `pictures/`."""
    tags: Names = ()
    buttons: tuple[Button, ...] = ()


class MenuArea(Button):
    """A rectangle of the menu picture, in its pixels; left out, the areas share the picture as a grid."""

    bounds: tuple[int, int, int, int] | None = None
    """x, y, width, height."""
    open: str | None = None
    """Switch to this menu's tab."""


class RichMenu(Frozen):
    key: str
    bar: Text
    size: tuple[int, int] = (2500, 1686)
    picture: dict[str, str] | str | None = None
    """A file in the playbook's `rich_menus/`, or one per language; drawn from the labels when left out."""
    columns: int = Field(default=2, ge=1, le=6)
    default: bool = False
    when: When = When()
    """Who sees it; the first menu that fits wins, else the default one."""
    opened: bool = True
    areas: tuple[MenuArea, ...]


def _sends_nothing(steps: Steps) -> Steps:
    refused = [
        verb for step in steps for verb in VERBS if getattr(step, verb) is not None and verb not in MOVE_VERBS
    ]
    if refused:
        raise ValueError(
            f"who enters or leaves a segment can be given {', '.join(MOVE_VERBS)}, and nothing is sent by it;"
            f" not {', '.join(dict.fromkeys(refused))}"
        )
    return steps


MOVE_VERBS = ("tag", "untag", "hand_over")
MoveSteps = Annotated[Steps, AfterValidator(_sends_nothing)]


BECAUSE_LIMIT_CHARS = 500
"""Of why a segment's people are served or not, whoever says it: the playbook or staff."""


POSITIONING_LIMIT_CHARS = 300
"""Of why a segment's people should care, in any language."""


def _is_a_line(text: Text) -> Text:
    for words in text.values():
        if len(words) > POSITIONING_LIMIT_CHARS:
            raise ValueError(f"is a line of at most {POSITIONING_LIMIT_CHARS} characters, not {len(words)}")
    return text


class Segment(Frozen):
    """A rule about people that has a name."""

    id: str
    label: Text
    description: Text | None = None
    """For staff: why these people are worth a name."""
    rule: dict[str, Any]
    """As written; `segmentation` reads it."""
    gives_tag: Name | None = None
    """Carried by whoever is in it, and by them alone as far as the segment's own word goes."""
    on_enter: MoveSteps = ()
    on_leave: MoveSteps = ()
    from_start: bool = False
    """Whether `on_enter` is also for those who are in it when the rule is written or changed."""
    target: Literal["yes", "not_now", "no"] | None = None
    """Whether the shop means to serve these people."""
    because: str | None = Field(default=None, max_length=BECAUSE_LIMIT_CHARS)
    """Why so."""
    positioning: Annotated[Text, AfterValidator(_is_a_line)] | None = None
    """Why these people should care, in one line."""


POINTS_LIMIT = 1000
"""Of one condition, given or taken away."""


class ScoreCondition(Frozen):
    """What a score gives to everybody for whom a rule holds."""

    points: Annotated[int, Field(strict=True, ge=-POINTS_LIMIT, le=POINTS_LIMIT)]
    """Less than 0 takes some away."""
    when: dict[str, Any]
    """A rule, as written; `segmentation` reads it."""


MOST_CONDITIONS = 50


def _some(conditions: tuple[ScoreCondition, ...]) -> tuple[ScoreCondition, ...]:
    if not 1 <= len(conditions) <= MOST_CONDITIONS:
        raise ValueError(f"a score has 1 to {MOST_CONDITIONS} conditions, not {len(conditions)}")
    return conditions


class Score(Frozen):
    """Points for what is known of somebody, added up: rules ask for it as `field: {name: "score:ID", …}`."""

    id: str
    label: Text
    description: Text | None = None
    """For staff: what a high one means."""
    conditions: Annotated[tuple[ScoreCondition, ...], AfterValidator(_some)]


class Cap(Frozen):
    """How many campaign messages one person gets, all campaigns together."""

    times: int = Field(ge=1, le=1000)
    within: Duration


class Cost(Frozen):
    """What a message costs beyond what LINE counts, for the preview of a campaign."""

    per_message: float = Field(ge=0)
    currency: str = "TWD"


class CampaignRules(Frozen):
    """What holds for every campaign."""

    quiet_hours: str | None = None
    """`21:00-09:00` in the account's zone: nothing is sent in them, whatever was planned."""
    cap: Cap | None = None
    cost: Cost | None = None


class CampaignMessage(Frozen):
    """What a campaign sends: `say` and `show` steps, at most five messages."""

    steps: Steps = ()


class PlannedCampaign(Frozen):
    """One campaign of campaigns.yaml."""

    id: str
    name: str
    """For staff."""
    segment: str
    consent: str | None = None
    """The purpose its recipients must have agreed to."""
    message: Steps
    send: str = "draft"
    """`draft`, `weekly fri 11:00`, or a date and time such as `2027-03-01T10:00`."""
    late_by: Duration = timedelta(hours=1)
    """How late it may begin by itself after an outage."""


class Content(Frozen):
    """Everything the bot says and decides, except questionnaires, which are versioned by themselves."""

    name: str
    default_language: str
    languages: tuple[str, ...]
    time_zone: str
    privacy_url: str
    hours: BusinessHours
    region: str = "TW"
    """Where phone numbers without a country code belong."""
    phrases: dict[str, Text] = Field(default_factory=dict)
    """The playbook's own wording for sentences of the program, by key of `content.phrases`."""
    keywords: dict[str, Names] = Field(default_factory=dict)
    """Further words customers may type, by what they ask for with them: menu, human, bot, cancel, back, done, skip."""
    resume_bot_after: Duration = timedelta(hours=12)
    tag_groups: tuple[TagGroup, ...] = ()
    greetings: tuple[Greeting, ...] = ()
    cards: tuple[Card, ...] = ()
    card_buttons: tuple[Button, ...] = ()
    """Buttons below every card, after its own."""
    rich_menus: tuple[RichMenu, ...] = ()
    auto_replies: tuple[AutoReply, ...] = ()
    fallback: Fallback
    segments: tuple[Segment, ...] = ()
    scores: tuple[Score, ...] = ()
    campaigns: tuple[PlannedCampaign, ...] = ()
    campaign_rules: CampaignRules = CampaignRules()
    routing: Routing = Routing()
