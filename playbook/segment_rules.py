"""What is wrong with the rules of segments: what cannot be read, what they name that is not there, circles."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from content.model import Segment
from playbook.draft import Draft, Names
from playbook.faults import Faults, suggestion
from playbook.locate import Path
from playbook.wording import in_plain_words
from segmentation.consent import PREFIX, tag_for
from segmentation.leaf import Mention
from segmentation.references import RESOLVED_SIZE_LIMIT, SEGMENT, circle
from segmentation.rules import FaultyRule, Rule, RuleFault, empty_groups, leaves
from segmentation.segments import Segments

SET_BY_THE_PROGRAM = "wants:human"
"""Carried by whoever asks for a person, also where tags.yaml does not name it."""
SCORE = "score:"
"""How the fields begin that hold what contacts are worth."""


def check_segments(draft: Draft, names: Names, segments: Segments, faults: Faults) -> None:
    """Name every rule that cannot be read, names what is not there, or can mean nobody only."""
    part = draft.segments
    if part is None:
        return
    written = part.value.segments
    rules: dict[str, Rule] = {}
    for place, segment in enumerate(written):
        for path, what in _faults(segment, names, segments, rules):
            part.blame(faults, ("segments", place, "rule", *path), what)
    others = {segment.id: segment.rule for segment in written if segment.id in rules}
    for place, segment in enumerate(written):
        if segment.id in rules:
            for path, what in _tangles(segment, rules, others, segments):
                part.blame(faults, ("segments", place, "rule", *path), what)


def _faults(
    segment: Segment, names: Names, segments: Segments, rules: dict[str, Rule]
) -> Iterator[tuple[Path, str]]:
    try:
        rule = segments.parse(segment.rule)
    except FaultyRule as refused:
        yield from map(_in_words, refused.faults)
        return
    rules[segment.id] = rule
    for path in empty_groups(rule):
        yield path, "is empty, and nobody fits an empty rule; say what must hold"
    for path, mention in segments.mentions(rule):
        if (what := unknown(mention, names)) is not None:
            yield path, what
    yield from segments.never(rule)


def _tangles(
    segment: Segment, rules: Mapping[str, Rule], others: Mapping[str, Mapping[str, Any]], segments: Segments
) -> Iterator[tuple[Path, str]]:
    way = circle(rules, segment.id)
    if way:
        path = next(
            path for path, leaf in leaves(rules[segment.id]) if leaf.kind == SEGMENT and leaf.asks == way[1]
        )
        yield path, f"the segments name each other in a circle: {' → '.join(way)}"
        return
    resolving = segments.resolving(rules[segment.id], others)
    resolving.resolve(rules[segment.id])
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
    known: Mapping[str, Collection[str] | None] = {
        "field": names.fields,
        "tag": None if names.tags is None else {*names.tags, SET_BY_THE_PROGRAM},
        "event": names.events,
        "questionnaire": names.questionnaires,
        "segment": names.segments,
        "queue": names.queues,
        "campaign": names.campaigns,
    }
    there = known[mention.noun]
    if there is None or name in there or (mention.noun == "field" and name.startswith(SCORE)):
        return None
    what = f"unknown {mention.noun} {name!r}{suggestion(name, there)}"
    if mention.noun in {"field", "event"} and not what.endswith("?"):
        return f"{what}; one that comes from outside is named under `{mention.noun}s:` in segments.yaml"
    return what


def _unknown_answer(name: str, names: Names) -> str | None:
    """Judge `find_home/area`, or `find_home/area/taipei`."""
    questionnaire, question, *choice = name.split("/", 2)
    if questionnaire not in names.questions:
        return f"unknown questionnaire {questionnaire!r}{suggestion(questionnaire, names.questionnaires)}"
    questions = names.questions[questionnaire]
    if questions is None:
        return None
    if question not in questions:
        # Said once, of the question itself.
        return None if choice else f"unknown question {question!r}{suggestion(question, questions)}"
    if choice and choice[0] not in questions[question]:
        return f"unknown choice {choice[0]!r}{suggestion(choice[0], questions[question])}"
    return None
