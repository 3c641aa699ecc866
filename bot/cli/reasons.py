"""Why somebody is in a segment, or is not, as the command line tells it: a tree for programs, lines for people."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, assert_never
from zoneinfo import ZoneInfo

from api import Told
from campaigns.leaves import Received
from segmentation.kinds.activity import DaysSeen
from segmentation.kinds.answers import Answered
from segmentation.kinds.chance import Drawn
from segmentation.kinds.happened import EventsSeen
from segmentation.kinds.lists import Listed
from segmentation.kinds.orders import OrdersSeen
from segmentation.kinds.rfm import Scored
from segmentation.people import CameBy, CarriedTag, Erased, Fact, Follows, KnownField, LastSeen, Speaks
from segmentation.rules import AllOf, AnyOf, Leaf, Member, Not, Rule, ScoreFits
from segmentation.why import Points, Reason, Tally, Unfinished, as_data
from tickets.leaves import TicketSeen


def _says(rule: Rule) -> str | Mapping[str, Any]:
    match rule:
        case AllOf():
            return "all"
        case AnyOf():
            return "any"
        case Not():
            return "not"
        case Member(key):
            return f"segment {key}"
        case Leaf(kind, _, written) | ScoreFits(_, Leaf(kind, _, written)):
            return {kind: written}
        case _:
            assert_never(rule)


def tree(reason: Reason) -> Mapping[str, Any]:
    return {
        "says": _says(reason.rule),
        "holds": reason.holds,
        "fact": None if reason.fact is None else as_data(reason.fact),
        "reasons": [
            {"points": points, **tree(inner)} if points is not None else tree(inner)
            for points, inner in _inside(reason)
        ],
    }


def told_tree(told: Told) -> Mapping[str, Any]:
    return {
        "says": told.says,
        "words": told.words,
        "holds": told.holds,
        "because": told.because,
        "proof": told.proof,
        "inside": [told_tree(one) for one in told.inside],
    }


def told_lines(told: Told, depth: int = 0) -> Iterator[tuple[int, str]]:
    """Yield each line of the rule as the console says it, and how deep it stands."""
    because = f": {told.because}" if told.because else ""
    proof = f" [{told.proof}]" if told.proof else ""
    yield depth, f"{'✓' if told.holds else '✗'} {told.words}{because}{proof}"
    for inner in told.inside:
        yield from told_lines(inner, depth + 1)


def tally_tree(tally: Tally) -> Mapping[str, Any]:
    return {
        "points": tally.points,
        "reasons": [{"points": one.points, **tree(one.reason)} for one in tally.gives],
    }


def tally_lines(tally: Tally, zone: ZoneInfo) -> Iterator[tuple[int, str]]:
    for one in tally.gives:
        yield from lines(one.reason, zone, points=one.points)


def _inside(reason: Reason) -> Iterator[tuple[int | None, Reason]]:
    """Yield what is inside, of a score with the points that it gives."""
    gives: list[int | None] = [None] * len(reason.reasons)
    if isinstance(reason.rule, ScoreFits):
        gives = [part.points for part in reason.rule.score.parts]
    # Of somebody erased there is a verdict about the whole only.
    yield from zip(gives, reason.reasons, strict=False)


def lines(
    reason: Reason, zone: ZoneInfo, depth: int = 0, *, points: int | None = None
) -> Iterator[tuple[int, str]]:
    mark = "✓" if reason.holds else "✗"
    if points is not None:
        mark = f"{mark} {points:+}"
    says = _says(reason.rule)
    if isinstance(says, str):
        because = f": {_words(reason.fact, zone)}" if reason.fact is not None else ""
        yield depth, f"{mark} {says}{because}"
    else:
        ((key, value),) = says.items()
        yield depth, f"{mark} {key} {_asked(value)}: {_words(reason.fact, zone)}"
    for gives, inner in _inside(reason):
        yield from lines(inner, zone, depth + 1, points=gives)


def _asked(value: object, name: str = "") -> str:
    match value:
        case dict():
            return ", ".join(f"{key} {_asked(part, key)}" for key, part in value.items())
        case list():
            return (" to " if name in _FROM_TO else " or ").join(map(_asked, value))
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)


_FROM_TO = frozenset({"between", "within"})
"""Where a list holds the first and the last; elsewhere one of it has to fit."""


def _words(fact: Fact | None, zone: ZoneInfo) -> str:
    if fact is None:
        return "nothing known"
    told = _WORDS.get(type(fact))
    return str(fact) if told is None else told(fact, zone)


def _tag(fact: CarriedTag, zone: ZoneInfo) -> str:
    until = f", until {_at(fact.expires_at, zone)}" if fact.expires_at is not None else ""
    return f"set by {fact.source}, {_at(fact.set_at, zone)}{until}"


def _follows(fact: Follows, zone: ZoneInfo) -> str:
    since = f" since {_at(fact.since, zone)}" if fact.since is not None else ""
    again = f", for the {fact.times}. time" if fact.times > 1 else ""
    return f"{fact.following}{since}{again}"


def _events(fact: EventsSeen, zone: ZoneInfo) -> str:
    of = f" of {fact.of}" if fact.of is not None else ""
    last = f", last {_at(fact.last.at, zone)} ({fact.last.key})" if fact.last is not None else ""
    return f"{' or '.join(fact.names)}: {fact.count}{of}{last}"


def _orders(fact: OrdersSeen, zone: ZoneInfo) -> str:
    amount = f"{fact.net_cents / 100:,.2f}".removesuffix(".00")
    return f"{fact.count} orders, {amount} in all, last {_at(fact.last.at, zone)} (order {fact.last.key})"


def _answered(fact: Answered, zone: ZoneInfo) -> str:
    chosen = f", chose {', '.join(fact.choices)}" if fact.choices else ""
    return f"finished {fact.questionnaire} {_at(fact.at, zone)}{chosen}"


def _ticket(fact: TicketSeen, zone: ZoneInfo) -> str:
    solved = f", solved {_at(fact.solved_at, zone)}" if fact.solved_at is not None else ""
    return (
        f"ticket {fact.public_id} in {fact.queue}: {fact.state}, opened {_at(fact.opened_at, zone)}{solved}"
    )


def _received(fact: Received, zone: ZoneInfo) -> str:
    tapped = f", tapped {_at(fact.tapped_at, zone)}" if fact.tapped_at is not None else ""
    return f"{fact.campaign}: sent {_at(fact.at, zone)}{tapped}"


def _scored(fact: Scored, zone: ZoneInfo) -> str:
    fifths = f"recency {fact.recency}, frequency {fact.frequency}, monetary {fact.monetary}"
    return f"{fact.group or 'no group'}: {fifths}, {_at(fact.at, zone)}"


_WORDS: Mapping[type[Fact], Callable[[Any, ZoneInfo], str]] = MappingProxyType(
    {
        CarriedTag: _tag,
        KnownField: lambda fact, zone: (
            f"{fact.value} ({fact.kind}), set by {fact.source}, {_at(fact.set_at, zone)}"
        ),
        Follows: _follows,
        LastSeen: lambda fact, zone: f"last seen {_at(fact.at, zone)}",
        Speaks: lambda fact, _zone: f"speaks {fact.language}",
        CameBy: lambda fact, _zone: f"came by {fact.entry}",
        EventsSeen: _events,
        OrdersSeen: _orders,
        DaysSeen: lambda fact, _zone: f"{fact.days} of {fact.of} days, last {fact.last}",
        Answered: _answered,
        Listed: lambda fact, zone: f"on the list since {_at(fact.since, zone)}: {fact.because}",
        Drawn: lambda fact, _zone: f"drew {fact.place:.4f}",
        Scored: _scored,
        Points: lambda fact, _zone: f"{fact.points} points",
        TicketSeen: _ticket,
        Received: _received,
        Erased: lambda fact, zone: f"erased {_at(fact.at, zone)}",
        Unfinished: lambda _fact, _zone: "a group inside is empty, so nobody fits",
    }
)


def _at(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"
