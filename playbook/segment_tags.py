"""What segments give and take: tags that can be given, and no way that leads from one back to itself."""

from collections.abc import Iterator

from content.model import Score, Segment
from playbook.draft import Draft, Names
from playbook.faults import Faults, suggestion
from playbook.locate import Path
from segmentation import loops
from segmentation.loops import Giver
from segmentation.references import others_in
from segmentation.rules import FaultyRule
from segmentation.segments import Segments


def check_segment_tags(draft: Draft, names: Names, segments: Segments, faults: Faults) -> None:
    """Name every tag that a segment cannot give, and a loop of segments and tags."""
    part = draft.segments
    if part is None:
        return
    ending = _ending(draft)
    for place, segment in enumerate(part.value.segments):
        for path, what in _faults(segment, names, ending):
            part.blame(faults, ("segments", place, *path), what)
    try:
        givers = _givers(part.value.segments, part.value.scores, names, segments)
    except FaultyRule:
        return  # named where the rules are checked
    if way := loops.find(givers):
        place = next(at for at, segment in enumerate(part.value.segments) if segment.id == way[0])
        part.blame(faults, ("segments", place), loops.in_words(way))


def _faults(segment: Segment, names: Names, ending: frozenset[str]) -> Iterator[tuple[Path, str]]:
    tag = segment.gives_tag
    if tag is not None and names.tags is not None:
        if tag not in names.tags:
            yield ("gives_tag",), f"unknown tag {tag!r}{suggestion(tag, names.tags)}"
        elif names.tags[tag] in names.single_groups:
            what = (
                f"{tag!r} is of {names.tags[tag]!r}, of which a contact carries one: another would take it"
                " off somebody who is still in the segment; give the group `choice: multiple`"
            )
            yield ("gives_tag",), what
    if tag in ending:
        yield ("gives_tag",), f"{tag!r} has a lifetime, and would end while somebody is still in the segment"
    if segment.from_start and not segment.on_enter:
        yield ("from_start",), "means nothing without on_enter"
    if segment.because is not None and segment.target is None:
        yield ("because",), "says why, and `target` does not say what: yes, not_now or no"


def _ending(draft: Draft) -> frozenset[str]:
    groups = draft.tags.value.groups if draft.tags is not None else ()
    return frozenset(tag.name for group in groups for tag in group.tags if tag.lifetime is not None)


def _givers(
    written: tuple[Segment, ...], scores: tuple[Score, ...], names: Names, segments: Segments
) -> list[Giver]:
    others = others_in(written, scores)
    return [
        Giver(
            one.id, segments.reads(segments.resolve(segments.parse(one.rule), others)), _changes(one, names)
        )
        for one in written
    ]


def _changes(segment: Segment, names: Names) -> frozenset[str]:
    """Return the tags that it puts on or takes off, with those whose place they take."""
    said = set() if segment.gives_tag is None else {segment.gives_tag}
    for step in (*segment.on_enter, *segment.on_leave):
        said.update(step.tag or (), step.untag or ())
    tags = names.tags or {}
    crowded = {tags.get(tag) for tag in said} & names.single_groups
    return frozenset(said | {tag for tag, group in tags.items() if group in crowded})
