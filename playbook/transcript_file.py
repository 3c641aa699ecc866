"""Read transcripts/*.yaml and judge what can be judged without playing them."""

import re
from collections.abc import Collection
from datetime import datetime

from core.errors import InvalidInput
from facts.events import BUILT_IN, check_properties
from playbook.draft import Draft, Names
from playbook.faults import Faults, suggestion
from playbook.locate import Path, line_of
from playbook.parse import Part, parse
from playbook.transcript_model import Line, Transcript

_PICKED = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d)?|\d\d:\d\d")


def check_transcripts(draft: Draft, names: Names, faults: Faults) -> tuple[Transcript, ...]:
    """Return the transcripts that could be read; name tags and fields in them that do not exist."""
    found = []
    for file, key, node in draft.folder.under("transcripts"):
        part = parse(node, file, Transcript, faults, lists={"lines": Line}, given={"key": key})
        if part is None:
            continue
        _frame(part, names, faults)
        for place, line in enumerate(part.value.lines):
            _line(part, ("lines", place), line, names, faults)
        lines = part.kept.get("lines", ())
        numbers = tuple(line_of(node, ("lines", place)) for place in lines)
        found.append(part.value.model_copy(update={"line_numbers": numbers}))
    return tuple(found)


def _frame(part: Part[Transcript], names: Names, faults: Faults) -> None:
    transcript = part.value
    if transcript.line_numbers:
        part.blame(faults, ("line_numbers",), "unknown key 'line_numbers'")
    if transcript.at is not None and not _is_local_time(transcript.at):
        what = f"at must be a local time like 2027-03-01T14:00, not {transcript.at!r}"
        part.blame(faults, ("at",), what)
    if not transcript.lines and part.is_whole:
        part.blame(faults, ("lines",), "a transcript needs at least one line")
    elif transcript.lines and not (transcript.lines[0].does or transcript.lines[0].happens):
        what = "a transcript begins with something that happens: what the customer does, an order, an event"
        part.blame(faults, ("lines", 0), what)
    for place, tag in enumerate(transcript.contact.tags):
        _known(part, ("contact", "tags", place), "tag", tag, names.tags, faults)


def _line(part: Part[Transcript], path: Path, line: Line, names: Names, faults: Faults) -> None:
    for field in ("tags", "no_tags"):
        for place, tag in enumerate(getattr(line, field) or ()):
            _known(part, (*path, field, place), "tag", tag, names.tags, faults)
    for field in ("segments", "no_segments", "left"):
        for place, segment in enumerate(getattr(line, field) or ()):
            _known(part, (*path, field, place), "segment", segment, names.segments, faults)
    for name in line.fields or {}:
        _known(part, (*path, "fields", name), "field", name, names.fields, faults)
    if line.queue is not None:
        _known(part, (*path, "queue"), "queue", line.queue, names.queues, faults)
    _told(part, path, line, names, faults)
    if line.picks is not None and not _PICKED.fullmatch(line.picks):
        what = f"picks must be 2027-03-01, 14:30 or 2027-03-01T14:30, not {line.picks!r}"
        part.blame(faults, (*path, "picks"), what)


def _told(part: Part[Transcript], path: Path, line: Line, names: Names, faults: Faults) -> None:
    if line.scans is not None and not line.scans.startswith("#"):
        what = f"what a QR code types begins with # (such as #信義店), not {line.scans!r}"
        part.blame(faults, (*path, "scans"), what)
    if line.event is None:
        return
    where, name = (*path, "event", "name"), line.event.name
    try:
        check_properties(line.event.properties)
        if name in BUILT_IN:
            what = f"{name!r} is what the program itself takes down: let the customer do it"
            part.blame(faults, where, what)
        elif names.events is not None and name not in names.events:
            near = suggestion(name, names.events - {*BUILT_IN})
            what = f"unknown event {name!r}{near or '; name it under `events:` in segments.yaml'}"
            part.blame(faults, where, what)
    except InvalidInput as refused:
        part.blame(faults, (*path, "event", "properties"), "; ".join(refused.fields.values()))


def _known(
    part: Part[Transcript],
    path: Path,
    noun: str,
    name: str,
    known: Collection[str] | None,
    faults: Faults,
) -> None:
    # The program itself sets this one when a person is called.
    if known is not None and name not in known and name != "wants:human":
        part.blame(faults, path, f"unknown {noun} {name!r}{suggestion(name, known)}")


def _is_local_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is None
    except ValueError:
        return False
