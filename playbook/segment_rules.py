"""What is wrong with the rules of segments and scores: what cannot be read, what is named and not there, circles."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from typing import Any

from facts.event_properties import OF_TURNS
from facts.rfm import FIRST_GROUPS
from playbook.draft import Draft, Names
from playbook.faults import Faults, suggestion
from playbook.locate import Path
from playbook.schema import SegmentsFile
from playbook.wording import in_plain_words
from segmentation.comparing import SCORE
from segmentation.consent import PREFIX, tag_for
from segmentation.leaf import Mention
from segmentation.references import (
    RESOLVED_SIZE_LIMIT,
    Others,
    Parsed,
    circle,
    others_in,
    reference,
)
from segmentation.rules import FaultyRule, RuleFault, empty_groups, leaves
from segmentation.rules import Score as ParsedScore
from segmentation.segments import Segments

SET_BY_THE_PROGRAM = "wants:human"
"""Carried by whoever asks for a person, also where tags.yaml does not name it."""


def check_segments(draft: Draft, names: Names, segments: Segments, faults: Faults) -> None:
    """Name every rule that cannot be read, names what is not there, or can mean nobody only."""
    part = draft.segments
    if part is None:
        return
    file = part.value
    for place, written in _rules_in(file):
        for path, what in _faults(written, names, segments):
            part.blame(faults, (*place, *path), what)
    parsed = _parsed(file, segments)
    others = others_in(
        (one for one in file.segments if one.id in parsed),
        (one for one in file.scores if f"{SCORE}{one.id}" in parsed),
    )
    places: dict[str, Path] = {one.id: ("segments", at, "rule") for at, one in enumerate(file.segments)}
    places |= {f"{SCORE}{one.id}": ("scores", at) for at, one in enumerate(file.scores)}
    for key in parsed:
        for path, what in _tangles(key, parsed, others, segments):
            part.blame(faults, (*places[key], *path), what)


def _rules_in(file: SegmentsFile) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    for place, segment in enumerate(file.segments):
        yield ("segments", place, "rule"), segment.rule
    for place, score in enumerate(file.scores):
        for number, condition in enumerate(score.conditions):
            yield ("scores", place, "conditions", number, "when"), condition.when


def _parsed(file: SegmentsFile, segments: Segments) -> Mapping[str, Parsed]:
    """Return by id what can be read; the faults of the rest are named where they are."""
    found: dict[str, Parsed] = {}
    for key, written in others_in(file.segments, file.scores).items():
        with suppress(FaultyRule):
            found[key] = segments.parse_other(key, written or {})
    return found


def _faults(written: Mapping[str, Any], names: Names, segments: Segments) -> Iterator[tuple[Path, str]]:
    try:
        rule = segments.parse(written)
    except FaultyRule as refused:
        yield from map(_in_words, refused.faults)
        return
    for path in empty_groups(rule):
        yield path, "is empty, and nobody fits an empty rule; say what must hold"
    for path, mention in segments.mentions(rule):
        if (what := unknown(mention, names)) is not None:
            yield path, what
    yield from segments.never(rule)


def _tangles(
    key: str, parsed: Mapping[str, Parsed], others: Others, segments: Segments
) -> Iterator[tuple[Path, str]]:
    one = parsed[key]
    if way := circle(parsed, key):
        path: Path = ()
        if not isinstance(one, ParsedScore):
            path = next(path for path, leaf in leaves(one) if reference(leaf) == way[1])
        are = "segments and scores" if any(name.startswith(SCORE) for name in way) else "segments"
        yield path, f"the {are} name each other in a circle: {' → '.join(way)}"
        return
    resolving = segments.resolving(one, others)
    if isinstance(one, ParsedScore):
        resolving.resolve_score(one)
    else:
        resolving.resolve(one)
    if resolving.is_too_large:
        told = f"with the segments that it names, the rule has more than {RESOLVED_SIZE_LIMIT} conditions"
        yield (), f"{told}, or is nested too deep; let one of them give a tag, and ask for that"


def _in_words(fault: RuleFault) -> tuple[Path, str]:
    if fault.unknown is not None:
        return fault.path, f"{fault.what}{suggestion(fault.unknown, fault.known)}"
    if fault.detail is None:
        return fault.path, fault.what
    detail = fault.detail.copy()
    detail["loc"] = (*fault.path[-1:], *detail["loc"])
    where, what = in_plain_words(detail, None)
    return (*fault.path[:-1], *where), what


def unknown(mention: Mention, names: Names) -> str | None:
    """Return what is wrong with a name that a rule uses; None where it is there, or nobody can say."""
    name = mention.name
    match mention.noun:
        case "consent":
            if names.tags is None or tag_for(name) in names.tags:
                return None
            agreed = {tag.removeprefix(PREFIX) for tag in names.tags if tag.startswith(PREFIX)}
            return (
                f"nobody can agree to {name!r}: there is no tag {tag_for(name)!r}{suggestion(name, agreed)}"
            )
        case "question" | "choice":
            return _unknown_answer(name, names)
        case "property":
            return _unknown_property(name)
    known: Mapping[str, Collection[str] | None] = {
        "field": names.fields,
        "tag": None if names.tags is None else {*names.tags, SET_BY_THE_PROGRAM},
        "topic": None if names.tags is None else {*names.tags, *names.topics},
        "event": names.events,
        "questionnaire": names.questionnaires,
        "segment": names.segments,
        "score": names.scores,
        "card": names.cards,
        "queue": names.queues,
        "campaign": names.campaigns,
        "group": [group.key for group in FIRST_GROUPS],
        "entry": None,  # `entry qr` registers codes that no file names
        "button": None,  # of old messages too: `plan` doubts those that nobody knows
        "owner": None,
    }
    there = known[mention.noun]
    if there is None or name in there:
        return None
    noun = "tag" if mention.noun == "topic" else mention.noun
    what = f"unknown {noun} {name!r}{suggestion(name, there)}"
    if mention.noun in {"field", "event"} and not what.endswith("?"):
        return f"{what}; one that comes from outside is named under `{mention.noun}s:` in segments.yaml"
    return what


def _unknown_property(name: str) -> str | None:
    """Judge `tap/card`, or `tap,follow/card`; what events from outside have nobody can say here."""
    events, _slash, property_ = name.partition("/")
    several = events.split(",")
    if any(event not in OF_TURNS for event in several):
        return None
    known = {one for event in several for one in OF_TURNS[event]}
    return f"unknown property {property_!r} of {', '.join(several)}{suggestion(property_, known)}"


def _unknown_answer(name: str, names: Names) -> str | None:
    """Judge `find_home/area`, or `find_home/area/taipei`; of what is left out any will do."""
    questionnaire, question, *choice = name.split("/", 2)
    if questionnaire and questionnaire not in names.questions:
        return f"unknown questionnaire {questionnaire!r}{suggestion(questionnaire, names.questionnaires)}"
    meant = [names.questions[questionnaire]] if questionnaire else list(names.questions.values())
    known = [questions for questions in meant if questions is not None]
    if len(known) < len(meant):
        return None
    if question and not any(question in questions for questions in known):
        # Said once, of the question itself.
        there = {one for questions in known for one in questions}
        return None if choice else f"unknown question {question!r}{suggestion(question, there)}"
    choices = {
        one
        for questions in known
        for key, several in questions.items()
        if question in {"", key}
        for one in several
    }
    if choice and choice[0] not in choices:
        return f"unknown choice {choice[0]!r}{suggestion(choice[0], choices)}"
    return None
