"""What is wrong with a rule, at the very condition, in words of the viewer's language."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic_core import ErrorDetails

from console.refusals import in_words
from console.words import _, sentence
from segmentation.comparing import SCORE
from segmentation.references import Others, circle, named
from segmentation.rules import FaultyRule, Path, Rule, RuleFault
from segmentation.segments import Segments


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to put right."""

    path: Path
    """Where in the rule as it is written."""
    words: str


SENTENCES: Mapping[str, str] = {
    "missing": sentence("something is missing here"),
    "string_type": sentence("must be text"),
    "string_too_short": sentence("must not be empty"),
    "string_too_long": sentence("is too long"),
    "too_short": sentence("name at least one"),
    "too_long": sentence("are too many"),
    "bool_type": sentence("must be yes or no"),
    "bool_parsing": sentence("must be yes or no"),
    "int_type": sentence("must be a whole number"),
    "int_parsing": sentence("must be a whole number"),
    "int_from_float": sentence("must be a whole number"),
    "float_type": sentence("must be a number"),
    "float_parsing": sentence("must be a number"),
    "greater_than": sentence("must be more than %(gt)s"),
    "greater_than_equal": sentence("must be at least %(ge)s"),
    "less_than": sentence("must be less than %(lt)s"),
    "less_than_equal": sentence("must be at most %(le)s"),
    "date_type": sentence("must be a day such as 2027-03-01"),
    "date_parsing": sentence("must be a day such as 2027-03-01"),
    "date_from_datetime_parsing": sentence("must be a day such as 2027-03-01"),
    "time_delta_type": sentence("must be a time such as 30m, 12h or 90d"),
    "time_delta_parsing": sentence("must be a time such as 30m, 12h or 90d"),
    "time_type": sentence("must be a time such as 09:30"),
    "time_parsing": sentence("must be a time such as 09:30"),
    "tuple_type": sentence("must be a list"),
    "list_type": sentence("must be a list"),
    "dict_type": sentence("must be made of names and values"),
    "model_type": sentence("must be made of names and values"),
    "model_attributes_type": sentence("must be made of names and values"),
    "literal_error": sentence("is none of what can stand here"),
    "enum": sentence("is none of what can stand here"),
    "extra_forbidden": sentence("means nothing here"),
}
"""By pydantic's name of the error."""


def of_refusal(refused: FaultyRule) -> Iterator[Fault]:
    """Yield what a rule was refused for."""
    for fault in refused.faults:
        inside = fault.detail["loc"] if fault.detail is not None else ()
        yield Fault((*fault.path, *inside), _told(fault))


def _told(fault: RuleFault) -> str:
    if fault.unknown is not None:
        return _("“%(key)s” means nothing here", key=fault.unknown)
    if fault.detail is None:
        return in_words(fault.what)
    return _detail(fault.detail)


def _detail(detail: ErrorDetails) -> str:
    if detail["type"] == "value_error":
        return in_words(detail["msg"].removeprefix("Value error, "))
    if (known := SENTENCES.get(detail["type"])) is not None:
        return _(known, **detail.get("ctx", {}))
    return detail["msg"]


def of_names(segments: Segments, rule: Rule, known: Mapping[str, frozenset[str]]) -> Iterator[Fault]:
    """Yield what the rule names and nobody knows.

    :param known: the names in it that are known, by noun.
    """
    for path, mention in segments.mentions(rule):
        if mention.name not in known[mention.noun]:
            yield Fault(path, _unknown(mention.noun, mention.name.lstrip("/")))


def of_sense(segments: Segments, rule: Rule) -> Iterator[Fault]:
    """Yield the conditions that can hold for nobody."""
    for path, why in segments.never(rule):
        yield Fault(path, in_words(why))


def of_references(segments: Segments, rule: Rule, others: Others, key: str) -> Iterator[Fault]:
    """Yield what is wrong with the segments that a rule names.

    :param key: of the segment whose rule it is going to be; empty: of a new one.
    """
    names = set(named(rule))
    if not names:
        return
    for one in sorted(names - others.keys()):
        if not one.startswith(SCORE):  # told where it stands
            yield Fault((), _("there is no segment %(segment)s", segment=one))
    parsed = {
        other: segments.parse_other(other, stored) for other, stored in others.items() if stored is not None
    }
    if way := circle({**parsed, key: rule}, key):
        yield Fault((), _("it goes round in a circle: %(way)s", way=" → ".join(way)))
        return
    resolving = segments.resolving(rule, others)
    resolving.resolve(rule)
    if resolving.is_too_large:
        yield Fault((), _("together with the segments that it names it grows too large"))


def _unknown(noun: str, name: str) -> str:
    match noun:
        case "tag" | "topic":
            return _("there is no tag “%(name)s”", name=name)
        case "field":
            return _("nobody has told us “%(name)s” yet", name=name)
        case "segment":
            return _("there is no segment %(segment)s", segment=name)
        case "score":
            return _("there is no score “%(name)s”", name=name)
        case "consent":
            return _("nobody can agree to “%(name)s”", name=name)
        case "event":
            return _("nothing called “%(name)s” has happened yet", name=name)
        case "property":
            return _("this event never tells “%(name)s”", name=name.partition("/")[2])
        case _:
            return _("there is no “%(name)s”", name=name)
