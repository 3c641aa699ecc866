"""Why somebody is in a segment, or is not, as the command line tells it: a tree for programs, lines for people."""

from collections.abc import Iterator, Mapping
from typing import Any, assert_never

from api import Told
from segmentation.rules import AllOf, AnyOf, Leaf, Member, Not, Rule, ScoreFits
from segmentation.why import Reason, Tally, as_data


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


def _inside(reason: Reason) -> Iterator[tuple[int | None, Reason]]:
    """Yield what is inside, of a score with the points that it gives."""
    gives: list[int | None] = [None] * len(reason.reasons)
    if isinstance(reason.rule, ScoreFits):
        gives = [part.points for part in reason.rule.score.parts]
    # Of somebody erased there is a verdict about the whole only.
    yield from zip(gives, reason.reasons, strict=False)
