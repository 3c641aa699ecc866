"""Routing in a playbook: what is wrong with it."""

from content.routing import RoutingRule, RoutingWhen
from playbook.draft import Draft, Names
from playbook.faults import Faults, suggestion
from playbook.locate import Path
from playbook.parse import Part
from playbook.schema import RoutingFile

FILE = "routing.yaml"


def check_routing(draft: Draft, names: Names, faults: Faults) -> None:
    """Name what points nowhere, what can never happen, and where a ticket would have nowhere to go."""
    part = draft.routing
    if part is None or FILE not in draft.folder.sources:
        return  # a playbook without the file has one queue for everything
    if not part.value.queues and part.is_whole:
        part.blame(faults, ("queues",), "queues is missing: name at least one, where tickets wait")
    if part.value.default is None:
        part.blame(faults, (), "default is missing: name the queue of the tickets that no rule takes")
    elif part.is_whole:
        _queue(part, ("default",), part.value.default, faults)
    languages = draft.account.value.all_languages() if draft.account is not None else None
    for place, rule in enumerate(part.value.rules):
        path: Path = ("rules", place)
        if part.is_whole:
            _queue(part, (*path, "queue"), rule.queue, faults)
        _when(part, (*path, "when"), rule.when, names, languages, faults)
        _reached(part, place, rule, faults)


def _queue(part: Part[RoutingFile], path: Path, key: str, faults: Faults) -> None:
    known = [queue.id for queue in part.value.queues]
    if key not in known:
        part.blame(faults, path, f"unknown queue {key!r}{suggestion(key, known)}")


def _when(
    part: Part[RoutingFile],
    path: Path,
    when: RoutingWhen,
    names: Names,
    languages: tuple[str, ...] | None,
    faults: Faults,
) -> None:
    def known(where: Path, noun: str, name: str, there: object) -> None:
        if isinstance(there, frozenset | tuple) and name not in there:
            part.blame(faults, (*path, *where), f"unknown {noun} {name!r}{suggestion(name, there)}")

    tags = None if names.tags is None else frozenset(names.tags) | {"wants:human"}
    for field, listed in (("tags", when.tags), ("without_tags", when.without_tags)):
        for place, tag in enumerate(listed):
            known((field, place), "tag", tag, tags)
    for tag in sorted(set(when.tags) & set(when.without_tags)):
        what = f"{tag!r} is both asked for and ruled out, so this never holds"
        part.blame(faults, (*path, "without_tags"), what)
    for name in when.fields:
        known(("fields", name), "field", name, names.fields)
    if when.segment is not None:
        known(("segment",), "segment", when.segment, names.segments)
    for place, language in enumerate(when.language):
        known(("language", place), "language", language, languages)


def _reached(part: Part[RoutingFile], place: int, rule: RoutingRule, faults: Faults) -> None:
    """Blame a rule that comes after one which takes everything it could take."""
    for earlier, one in enumerate(part.value.rules[:place]):
        if one.when in (RoutingWhen(), rule.when):
            takes = "takes every ticket" if one.when == RoutingWhen() else "asks for the same"
            line = part.line(("rules", earlier))
            what = f"is never reached: the rule on line {line} comes before it and {takes}"
            part.blame(faults, ("rules", place), what)
            return
