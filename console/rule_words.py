"""A segment's rule in words, as a tree; about one person with each verdict and what it was decided by."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, assert_never

import orjson

from console.sources import label_of
from console.times import ago, day, duration
from console.words import _, ngettext
from contacts.models import Following
from segmentation.comparing import FieldTest
from segmentation.kinds.forms import When
from segmentation.kinds.tags import TagTest
from segmentation.models import Tag
from segmentation.people import CarriedTag, Erased, Fact, Follows, KnownField, LastSeen
from segmentation.rules import AllOf, AnyOf, Leaf, Member, Not, Rule
from segmentation.why import Reason, Unfinished

_RELATIVE = re.compile(r"(?:today)?([+-])(\d+)([dwmy])")


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


@dataclass(frozen=True, slots=True)
class Labels:
    """What tags and questionnaires are called here."""

    tags: Mapping[str, Tag]
    pick: Callable[[Any, str], str]
    title: Callable[[str], str]
    staff: Mapping[str, str]
    """Names by login."""

    def tag(self, name: str) -> str:
        found = self.tags.get(name)
        return self.pick(found.labels, name) if found is not None else name

    def source(self, source: str) -> str:
        kind, _colon, login = source.partition(":")
        return self.staff.get(login, login) if kind == "staff" else label_of(source, self.title)


def tree(rule: Rule, labels: Labels, reason: Reason | None = None) -> Node:
    """Return a rule in words; with a reason, also what it says of the person."""
    holds = reason.holds if reason is not None else None
    fact = _group_fact(reason.fact) if reason is not None else ""
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
            return Node(
                "all", _("in the segment “%(segment)s”", segment=key), None, holds, fact, inside(inner)
            )
        case Leaf():
            tag = labels.tags.get(rule.asks.name) if isinstance(rule.asks, TagTest) else None
            told = "" if reason is None else _fact(rule, reason, labels)
            return Node("leaf", _leaf(rule, labels), tag.colour if tag else None, holds, told)
        case _:
            assert_never(rule)


def _leaf(leaf: Leaf, labels: Labels) -> str:
    match leaf.kind, leaf.asks:
        case "tag", TagTest(name=name):
            return _("carries the tag “%(tag)s”", tag=labels.tag(name))
        case "field", FieldTest() as test:
            return _field(test)
        case "following", bool(wanted):
            return _("follows the account") if wanted else _("does not follow the account")
        case "seen", When(within=timedelta() as within):
            return _("was here in the last %(duration)s", duration=_within(within))
        case "consent", str(purpose):
            return _("agreed to “%(purpose)s”", purpose=purpose)
        case kind, asks:
            return f"{kind}: {orjson.dumps(asks, default=str).decode()}"


def _field(test: FieldTest) -> str:
    if test.known is not None:
        told = _("“%(field)s” is known") if test.known else _("“%(field)s” is not known")
        return told % {"field": test.name}
    if test.between is not None:
        first, last = (_value(end) for end in test.between)
        return _("“%(field)s” is from %(first)s to %(last)s", field=test.name, first=first, last=last)
    return _("“%(field)s” is %(value)s", field=test.name, value=_value(test.is_))


def _value(value: bool | float | str | None) -> str:  # noqa: FBT001 - a value, no switch
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int | float):
        return f"{value:,}"
    text = value or ""
    if text == "today":
        return _("today")
    if (found := _RELATIVE.fullmatch(text)) is not None:
        return _relative(found[1], int(found[2]), found[3])
    return text


def _relative(sign: str, count: int, unit: str) -> str:
    is_later = sign == "+"
    match unit:
        case "d" if is_later:
            return ngettext("%(num)s day from today", "%(num)s days from today", count)
        case "d":
            return ngettext("%(num)s day before today", "%(num)s days before today", count)
        case "w" if is_later:
            return ngettext("%(num)s week from today", "%(num)s weeks from today", count)
        case "w":
            return ngettext("%(num)s week before today", "%(num)s weeks before today", count)
        case "m" if is_later:
            return ngettext("%(num)s month from today", "%(num)s months from today", count)
        case "m":
            return ngettext("%(num)s month before today", "%(num)s months before today", count)
        case _ if is_later:
            return ngettext("%(num)s year from today", "%(num)s years from today", count)
        case _:
            return ngettext("%(num)s year before today", "%(num)s years before today", count)


def _within(within: timedelta) -> str:
    if within % timedelta(days=1):
        return duration(within)
    return ngettext("%(num)s day", "%(num)s days", within.days)


def _group_fact(fact: Fact | None) -> str:
    match fact:
        case Unfinished():
            return _("empty, so nobody fits")
        case Erased():
            return _("this person's data were erased")
        case _:
            return ""


def _fact(leaf: Leaf, reason: Reason, labels: Labels) -> str:
    match reason.fact:
        case CarriedTag() as tag:
            told = _("set %(when)s: %(source)s", when=day(tag.set_at), source=labels.source(tag.source))
            return (
                told if tag.expires_at is None else f"{told} · {_('until %(day)s', day=day(tag.expires_at))}"
            )
        case KnownField() as field:
            source = labels.source(field.source)
            return _("it is %(value)s: %(source)s", value=_shown(field), source=source)
        case Follows() as follows:
            return _followed(follows)
        case LastSeen() as seen:
            return _("last here %(when)s", when=ago(seen.at))
        case None:
            return _NOTHING.get(leaf.kind, lambda: _("nothing is known"))()
        case other:
            return type(other).__name__


def _shown(field: KnownField) -> str:
    return _value(field.value) if isinstance(field.value, bool) else str(field.value)


def _followed(follows: Follows) -> str:
    if follows.following is Following.FOLLOWING:
        return _("since %(day)s", day=day(follows.since)) if follows.since else _("follows the account")
    if follows.following is Following.BLOCKED:
        return _("has blocked the account")
    return _("has never added the account")


_NOTHING: Mapping[str, Callable[[], str]] = {
    "tag": lambda: _("does not carry it"),
    "field": lambda: _("never told us"),
    "consent": lambda: _("has not agreed"),
}
