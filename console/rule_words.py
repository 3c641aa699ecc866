"""A segment's rule in words: as a tree, about one person with each verdict, or as one sentence."""

from dataclasses import dataclass, replace
from typing import assert_never

from console.fact_words import fact_words, group_fact
from console.leaf_words import leaf_colour, leaf_words
from console.rule_names import Labels
from console.value_words import all_of, any_of, points_words
from console.words import _
from segmentation.kinds.orders import OrdersSeen
from segmentation.people import Fact
from segmentation.rules import AllOf, AnyOf, Leaf, Member, Not, Rule, ScoreFits
from segmentation.why import Reason

__all__ = ["Labels", "Node", "sentence_of", "tree"]


@dataclass(frozen=True, slots=True)
class Node:
    """One line of the tree."""

    kind: str
    """`all`, `any`, `not` or `leaf`."""
    words: str
    colour: str | None = None
    """Of a tag's group."""
    holds: bool | None = None
    """The verdict about a person; None where nobody in particular is asked about."""
    fact: str = ""
    """What the verdict was decided by."""
    inner: "tuple[Node, ...]" = ()
    names: str = ""
    """Of another segment that stands here: its key."""
    saw: Fact | None = None
    """The fact behind the verdict, for who wants more than words."""

    @property
    def proof(self) -> str:
        """The key of the event or order behind the verdict; an order's is in the words already."""
        return "" if self.saw is None or isinstance(self.saw, OrdersSeen) else self.saw.proof or ""


def tree(rule: Rule, labels: Labels, reason: Reason | None = None) -> Node:
    """Return a rule in words; with a reason, also what it says of the person."""
    holds = reason.holds if reason is not None else None
    fact = group_fact(reason.fact) if reason is not None else ""
    reasons = reason.reasons if reason is not None else ()

    def inside(*rules: Rule) -> tuple[Node, ...]:
        # Of somebody erased there is a verdict about the whole only.
        pairs = zip(rules, reasons or [None] * len(rules), strict=False)
        return tuple(tree(one, labels, why) for one, why in pairs)

    match rule:
        case AllOf(rules):
            return Node("all", _("all of these"), None, holds, fact, inside(*rules))
        case AnyOf(rules):
            return Node("any", _("at least one of these"), None, holds, fact, inside(*rules))
        case Not(inner):
            return Node("not", _("not"), None, holds, fact, inside(inner))
        case Member(key, inner):
            words = _("is in the segment “%(segment)s”", segment=labels.segment(key))
            return Node("all", words, None, holds, fact, inside(inner), names=key)
        case Leaf():
            told = "" if reason is None else fact_words(rule, reason, labels)
            saw = None if reason is None else reason.fact
            return Node("leaf", leaf_words(rule, labels), leaf_colour(rule, labels), holds, told, saw=saw)
        case ScoreFits(score, leaf):
            told = "" if reason is None else fact_words(leaf, reason, labels)
            parts = inside(*(part.rule for part in score.parts))
            gives = (with_points(one, part.points) for one, part in zip(parts, score.parts, strict=False))
            saw = None if reason is None else reason.fact
            return Node("leaf", leaf_words(leaf, labels), None, holds, told, tuple(gives), saw=saw)
        case _:
            assert_never(rule)


def with_points(node: Node, points: int) -> Node:
    """Return a condition of a score with what it gives."""
    words = _("%(points)s: %(condition)s", points=points_words(points), condition=node.words)
    return replace(node, words=words)


def sentence_of(node: Node) -> str:
    """Return a rule as one sentence: groups inside groups stand in brackets."""
    return _sentence(node, is_inside=False)


def _sentence(node: Node, *, is_inside: bool) -> str:
    if node.names:
        return node.words
    inner = [_sentence(one, is_inside=True) for one in node.inner]
    match node.kind:
        case "all" | "any" if not inner:
            return "…"
        case "not":
            return _("not: %(what)s", what=inner[0])
        case "all" | "any" if len(inner) == 1:
            return inner[0]
        case "all" | "any":
            joined = (all_of if node.kind == "all" else any_of)(inner)
            return _("(%(what)s)", what=joined) if is_inside else joined
        case _:
            return node.words
