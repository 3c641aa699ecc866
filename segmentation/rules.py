"""A rule about people as a tree: `all`, `any` and `not` over leaves such as `tag: area:taipei`.

What leaves there are is said by a table (`segmentation.leaves`, and those of higher packages);
here a leaf is only its name and what it asks, read by the form that the table gives it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, assert_never

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from core.errors import InvalidInput

DEPTH_LIMIT = 18
"""Levels of `all`, `any` and `not`: deeper ones nobody reads."""
SIZE_LIMIT = 200
"""Groups and leaves of one rule."""

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one holds. Of nothing at all: nobody, as for `AnyOf`."""

    rules: "tuple[Rule, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    rules: "tuple[Rule, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    rule: "Rule"


@dataclass(frozen=True, slots=True)
class Leaf:
    """One question about a person."""

    kind: str
    """Its key in the leaf table."""
    asks: Any
    """What the table's form made of the value behind the key."""
    written: Any = field(default=None, compare=False)
    """That value as somebody wrote it."""


@dataclass(frozen=True, slots=True)
class Member:
    """What `segment: KEY` means: the rule of the segment with that id (`segmentation.references`)."""

    key: str
    rule: "Rule"


@dataclass(frozen=True, slots=True)
class Weighted:
    """A rule that gives points to everybody for whom it holds."""

    points: int
    """Fewer than none take some away."""
    rule: "Rule"


@dataclass(frozen=True, slots=True)
class Score:
    """How many points somebody has: those of all its conditions that hold now, added up."""

    key: str
    """As rules name it: `score:heat`."""
    parts: tuple[Weighted, ...]


@dataclass(frozen=True, slots=True)
class ScoreFits:
    """What a leaf about a score means, once the score's own conditions are looked up."""

    score: Score
    leaf: Leaf


Rule = AllOf | AnyOf | Not | Leaf | Member | ScoreFits

NOBODY = AllOf(())
"""The rule that says nothing."""


@dataclass(frozen=True, slots=True)
class RuleFault:
    """One thing to put right in a rule."""

    path: Path
    """Where in the rule as it is written."""
    what: str
    unknown: str | None = None
    """A key that is not known there."""
    known: tuple[str, ...] = ()
    """The keys that are."""
    detail: ErrorDetails | None = None
    """What pydantic says of a leaf; its `loc` starts where `path` ends."""


class FaultyRule(InvalidInput):
    """Refuse a rule, naming every fault at once."""

    def __init__(self, faults: Sequence[RuleFault]) -> None:
        super().__init__({_dotted(fault): fault.what for fault in faults})
        self.faults = tuple(faults)


def parse(raw: object, forms: Mapping[str, TypeAdapter[Any]]) -> Rule:
    """Read a rule as it is written in YAML or JSON.

    :param forms: what may stand behind the key of each leaf.
    :raises FaultyRule: with all that is wrong.
    """
    reader = _Reader(forms)
    rule = reader.rule(raw, (), 1)
    if reader.faults:
        raise FaultyRule(reader.faults)
    return rule


def is_finished(rule: Rule) -> bool:
    """Say whether no group inside is empty.

    An empty group stands for somebody who has not finished writing. It lets nobody in, and
    neither does a `not` around it: an unfinished rule must never mean everybody.
    """
    match rule:
        case AllOf(rules) | AnyOf(rules):
            return bool(rules) and all(map(is_finished, rules))
        case Not(inner) | Member(_, inner):
            return is_finished(inner)
        case ScoreFits(score):
            return all(is_finished(part.rule) for part in score.parts)
        case Leaf():
            return True
        case _:
            assert_never(rule)


def leaves(rule: Rule, path: Path = ()) -> Iterator[tuple[Path, Leaf]]:
    """Yield every leaf with the path of its value in the rule as written.

    Those of a segment or a score that the rule names come too, where they stand in that one's rule.
    """
    match rule:
        case AllOf(rules) | AnyOf(rules):
            key = "all" if isinstance(rule, AllOf) else "any"
            for place, inner in enumerate(rules):
                yield from leaves(inner, (*path, key, place))
        case Not(inner):
            yield from leaves(inner, (*path, "not"))
        case Leaf(kind):
            yield (*path, kind), rule
        case Member(_, inner):
            yield from leaves(inner, path)
        case ScoreFits(score):
            for part in score.parts:
                yield from leaves(part.rule, path)
        case _:
            assert_never(rule)


def empty_groups(rule: Rule, path: Path = ()) -> Iterator[Path]:
    """Yield the place of every group that holds nothing."""
    match rule:
        case AllOf(rules) | AnyOf(rules):
            if not rules:
                yield path
            key = "all" if isinstance(rule, AllOf) else "any"
            for place, inner in enumerate(rules):
                yield from empty_groups(inner, (*path, key, place))
        case Not(inner):
            yield from empty_groups(inner, (*path, "not"))
        case Leaf() | Member() | ScoreFits():
            return
        case _:
            assert_never(rule)


def json_schema(forms: Mapping[str, TypeAdapter[Any]]) -> Mapping[str, Any]:
    """Return the JSON Schema of a rule; how deep and how large it may be is not in it."""
    definitions: dict[str, Any] = {}
    several = {"type": "array", "items": {"$ref": "#/$defs/rule"}}
    choices = [_only("all", several), _only("any", several), _only("not", {"$ref": "#/$defs/rule"})]
    for kind, form in forms.items():
        schema = form.json_schema(ref_template=f"#/$defs/{kind}.{{model}}")
        for name, inner in schema.pop("$defs", {}).items():
            definitions[f"{kind}.{name}"] = inner
        choices.append(_only(kind, schema))
    nothing = {"type": "object", "maxProperties": 0}
    definitions["rule"] = {"anyOf": [*choices, nothing]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": "#/$defs/rule",
        "$defs": definitions,
    }


def _only(key: str, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"type": "object", "properties": {key: schema}, "required": [key], "additionalProperties": False}


_OF_MEMBERS: Mapping[int | str, tuple[str, ...]] = MappingProxyType(
    {"int": ("int_type",), "float": ("float_type",), "str": ("string_type",), "bool": ("bool_type",)}
)
"""What pydantic appends to the path for each type that a value might have had, and how it refuses it."""
_A_VALUE: Mapping[str, str] = MappingProxyType(
    {
        "float": "a number",
        "str": "a number or a text",
        "bool": "one text, one number, or true or false",
    }
)
"""By the widest of the types."""
_WIDTH = ("int", "float", "str", "bool")


def _key(place: Path) -> str:
    return next((part for part in reversed(place) if isinstance(part, str)), "it")


class _Reader:
    def __init__(self, forms: Mapping[str, TypeAdapter[Any]]) -> None:
        self.forms = forms
        self.keys = ("all", "any", "not", *forms)
        self.size = 0
        self.faults: list[RuleFault] = []

    def rule(self, raw: object, path: Path, depth: int) -> Rule:
        self.size += 1
        if self.size > SIZE_LIMIT + 1:
            return NOBODY  # said once
        if (refusal := self.refusal(raw, depth)) is not None:
            return self.fault(path, refusal)
        assert isinstance(raw, Mapping)
        for key, value in raw.items():
            return self.said(key, value, path, depth)
        return NOBODY

    def refusal(self, raw: object, depth: int) -> str | None:
        if depth > DEPTH_LIMIT:
            return f"is nested more than {DEPTH_LIMIT} levels deep"
        if self.size > SIZE_LIMIT:
            return f"a rule has at most {SIZE_LIMIT} conditions; let a tag stand for what many of them say"
        if not isinstance(raw, Mapping):
            return f"a rule is a map with one key: {', '.join(self.keys)}"
        if len(raw) > 1:
            named = " and ".join(f"`{key}`" for key in raw)
            return f"a rule says one thing: put {named} under `all` or `any`, each with a dash of its own"
        return None

    def said(self, key: object, value: object, path: Path, depth: int) -> Rule:
        match key:
            case "all":
                return AllOf(self.rules(value, (*path, key), depth))
            case "any":
                return AnyOf(self.rules(value, (*path, key), depth))
            case "not":
                return Not(self.rule(value, (*path, key), depth + 1))
            case str() if key in self.forms:
                return self.leaf(key, value, (*path, key))
            case _:
                return self.unknown((*path, str(key)), self.keys)

    def rules(self, raw: object, path: Path, depth: int) -> tuple[Rule, ...]:
        if not isinstance(raw, Sequence) or isinstance(raw, str | bytes):
            self.fault(path, f"{path[-1]} takes a list of rules")
            return ()
        return tuple(self.rule(item, (*path, place), depth + 1) for place, item in enumerate(raw))

    def leaf(self, kind: str, raw: object, path: Path) -> Rule:
        try:
            return Leaf(kind, self.forms[kind].validate_python(raw), raw)
        except ValidationError as error:
            for detail in self.several(error.errors(include_url=False), path):
                if detail["type"] == "extra_forbidden":
                    self.unknown((*path, *detail["loc"]), _keys(self.forms[kind]))
                    continue
                what = detail["msg"].removeprefix("Value error, ")
                self.faults.append(RuleFault(path, what, detail=detail))
        return NOBODY

    def several(self, details: Sequence[ErrorDetails], path: Path) -> Iterator[ErrorDetails]:
        """Yield what is wrong; where a value is of none of several types, that is one fault and not one for each."""
        refused: dict[Path, set[str]] = {}
        for detail in details:
            if detail["loc"] and detail["type"] in _OF_MEMBERS.get(detail["loc"][-1], ()):
                refused.setdefault(detail["loc"][:-1], set()).add(str(detail["loc"][-1]))
            else:
                yield detail
        for place, members in refused.items():
            self.fault((*path, *place), f"`{_key(place)}` must be {_A_VALUE[max(members, key=_WIDTH.index)]}")

    def unknown(self, path: Path, known: tuple[str, ...]) -> Rule:
        key = str(path[-1])
        self.faults.append(RuleFault(path, f"unknown key {key!r}", key, known))
        return NOBODY

    def fault(self, path: Path, what: str) -> Rule:
        self.faults.append(RuleFault(path, what))
        return NOBODY


def _keys(form: TypeAdapter[Any]) -> tuple[str, ...]:
    """Return the keys that may stand in what a leaf asks."""
    schema = form.json_schema()
    models = (schema, *schema.get("$defs", {}).values())
    return tuple(dict.fromkeys(key for model in models for key in model.get("properties", {})))


def _dotted(fault: RuleFault) -> str:
    inside = fault.detail["loc"] if fault.detail is not None else ()
    return ".".join(map(str, ("rule", *fault.path, *inside)))
