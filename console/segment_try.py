"""What a rule that is being written means: how many, whom for example, in words, and what is wrong with it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from orjson import JSONDecodeError

from analytics.mentioned import known_names
from analytics.untold import Told, untold
from console import rule_faults
from console.contact_list import Line, line_of
from console.customer import Reader
from console.open_ticket import Desk
from console.rule_faults import Fault
from console.rule_labels import labels_of
from console.rule_text import Written, as_text, from_text
from console.rule_words import sentence_of, tree
from console.words import _
from playbook.faults import nearest
from segmentation.preview import Asked, Reach, look
from segmentation.references import Others, others_of
from segmentation.rules import AllOf, AnyOf, FaultyRule, Rule, is_finished
from segmentation.segments import Segments

RULE_CHARS = 200_000
SAMPLE = 8


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule as it was sent: parsed if that went well."""

    raw: Any
    rule: Rule | None
    faults: Sequence[Fault]
    written: Written | None = None
    """Where it came as text."""

    @property
    def can_be_kept(self) -> bool:
        return self.rule is not None and not self.faults and is_finished(self.rule)

    @property
    def is_empty(self) -> bool:
        """Say whether there is nothing in it at all."""
        return isinstance(self.rule, AllOf | AnyOf) and not self.rule.rules

    def told(self) -> Sequence[Mapping[str, Any]]:
        """Return the faults as the page's script reads them."""
        lines = [
            {"path": [], "line": line, "words": words} for line, words in (self.written or _NOWHERE).faults
        ]
        for fault in self.faults:
            line = self.written.line_of(fault.path) if self.written is not None else None
            lines.append({"path": list(fault.path), "line": line, "words": fault.words})
        return lines


_NOWHERE = Written(None, (), None)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a rule comes to."""

    reach: Reach | None
    """None: it is not finished, or faulty, and nobody is counted."""
    sample: Sequence[Line] = field(default_factory=tuple)
    hints: Sequence[str] = field(default_factory=tuple)
    """What may be a mistake, and is none for certain."""


def read_rule(text: str, segments: Segments) -> Draft:
    """Read a rule that came as JSON."""
    try:
        raw = orjson.loads(text[:RULE_CHARS] or "{}")
    except JSONDecodeError:
        return Draft({}, None, [Fault((), _("this is no rule"))])
    return _parsed(raw, segments, None)


def read_text(text: str, segments: Segments) -> Draft:
    """Read a rule that somebody typed."""
    written = from_text(text[:RULE_CHARS])
    if written.rule is None and written.faults:
        return Draft({}, None, (), written)
    return _parsed(written.rule, segments, written)


def _parsed(raw: Any, segments: Segments, written: Written | None) -> Draft:
    try:
        return Draft(raw, segments.parse(raw), (), written)
    except FaultyRule as refused:
        return Draft(raw, None, list(rule_faults.of_refusal(refused)), written)


def examined(draft: Draft, desk: Desk, others: Others, key: str) -> Draft:
    """Return the draft with what is wrong with the names in it.

    :param key: of the segment whose rule it is going to be.
    """
    if draft.rule is None:
        return draft
    faults = [
        *rule_faults.of_names(desk.segments, draft.rule, known_names(desk.account, draft.rule)),
        *rule_faults.of_references(desk.segments, draft.rule, others, key),
        *rule_faults.of_sense(desk.segments, draft.rule),
    ]
    return Draft(draft.raw, draft.rule, faults, draft.written)


def meaning(draft: Draft, desk: Desk, others: Others, *, purpose: str) -> Meaning:
    """Count whom a sound and finished rule means, and show some; of any other nobody is counted."""
    if draft.rule is None or not draft.can_be_kept:
        return Meaning(None)
    rule = desk.segments.resolve(draft.rule, others)
    asked = Asked(desk.segments, rule, desk.channel_id, desk.now, desk.zone)
    reached, people = look(desk.session, asked, purpose=purpose or None, limit=SAMPLE)
    return Meaning(reached, [line_of(one) for one in people], list(_hints(draft.rule, desk)))


def _hints(rule: Rule, desk: Desk) -> Iterator[str]:
    content = desk.published.content if desk.published is not None else None
    told = Told(desk.session, desk.channel_id, content, list(desk.account.questionnaires()))
    for doubt in untold(told, desk.segments, rule):
        if doubt.value is None:
            yield _("“%(event)s” has never told “%(name)s” so far", event=doubt.events, name=doubt.name)
        elif (near := nearest(doubt.value, doubt.known)) is not None:
            yield _(
                "neither the playbook nor the newest taps know “%(name)s”; did you mean “%(near)s”?",
                name=doubt.value,
                near=near,
            )
        else:
            yield _("neither the playbook nor the newest taps know “%(name)s”", name=doubt.value)


def in_words(draft: Draft, desk: Desk, reader: Reader) -> str:
    """Return the rule as one sentence; empty while it cannot be read."""
    if draft.rule is None:
        return ""
    labels = labels_of(desk, draft.rule, reader)
    return sentence_of(tree(draft.rule, labels))


def text_of(draft: Draft) -> str:
    """Return the rule as one would write it."""
    return as_text(draft.raw) if draft.rule is not None and isinstance(draft.raw, dict) else ""


def others(desk: Desk) -> Others:
    """Return the rules that it may name."""
    return others_of(desk.session, desk.channel_id)
