"""A segment as its form hands it in, checked, stored, and taken down in the audit log."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from werkzeug.datastructures import MultiDict

from analytics.mentioned import asked_fields
from campaigns.waiting import waiting_for
from console import segment_try
from console.open_ticket import Desk
from console.segment_try import RULE_CHARS
from console.words import _
from core.errors import Conflict, InvalidInput
from core.ids import new_public_id
from segmentation import writing
from segmentation.models import Segment
from segmentation.writable import LABEL_LIMIT_CHARS
from staff.audit import Actor, record

LABEL_CHARS = LABEL_LIMIT_CHARS
DESCRIPTION_CHARS = 300
KEY_CHARS = 30
"""Of what is made of the name; a number may come behind it."""


class StillWaiting(Conflict):
    """Campaigns are planned for a segment; retired, it would go on meaning whom its last rule means."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(f"campaigns still wait to be sent to it: {', '.join(names)}")
        self.names = names


@dataclass(frozen=True, slots=True)
class Form:
    """A segment as its form shows it."""

    labels: Mapping[str, str] = field(default_factory=dict)
    descriptions: Mapping[str, str] = field(default_factory=dict)
    rule: str = "{}"
    gives_tag: str = ""
    version: str = ""
    """When it was last changed before the form was opened."""


def read_form(fields: "MultiDict[str, str]", languages: Sequence[str]) -> Form:
    """Read what a browser sent."""

    def texts(name: str, limit: int) -> dict[str, str]:
        said = {tag: " ".join(fields.get(f"{name}.{tag}", "").split())[: limit + 1] for tag in languages}
        return {tag: words for tag, words in said.items() if words}

    return Form(
        labels=texts("label", LABEL_CHARS),
        descriptions=texts("description", DESCRIPTION_CHARS),
        rule=fields.get("rule", "{}")[: RULE_CHARS + 1],
        gives_tag=fields.get("gives_tag", "")[:80],
        version=fields.get("version", "")[:60],
    )


def create(desk: Desk, form: Form, *, by: Actor) -> Segment:
    """Store a new segment.

    :raises InvalidInput: with what is wrong, by field.
    """
    rule = _rule(desk, form, "")
    made = writing.create(
        desk.session,
        desk.segments,
        desk.channel_id,
        writing.Draft(
            key=free_key(desk, next(iter(form.labels.values()), "")),
            labels=form.labels,
            descriptions=form.descriptions,
            rule=rule,
            gives_tag=form.gives_tag or None,
        ),
        fields=asked_fields(desk.account),
        by=by.login,
        now=desk.now,
    )
    record(
        desk.session,
        by,
        "segment.create",
        "segment",
        made.public_id,
        desk.now,
        {"key": made.key, "rule": rule},
    )
    return made


def change(desk: Desk, segment: Segment, form: Form, *, by: Actor) -> None:
    """Store what is different.

    :raises InvalidInput: with what is wrong, by field.
    :raises ChangedMeanwhile: somebody else was quicker.
    """
    rule = _rule(desk, form, segment.key)
    before = {"rule": segment.rule, "labels": segment.labels, "gives_tag": segment.gives_tag}
    writing.rename(
        desk.session,
        segment,
        labels=form.labels,
        descriptions=form.descriptions,
        seen=_seen(form.version),
        now=desk.now,
    )
    desk.session.flush()  # what follows reads it anew, to be sure that nobody was quicker
    writing.change_rule(
        desk.session,
        desk.segments,
        segment,
        rule,
        gives_tag=form.gives_tag or None,
        seen=segment.changed_at,
        fields=asked_fields(desk.account),
        now=desk.now,
    )
    after = {"rule": rule, "labels": segment.labels, "gives_tag": segment.gives_tag}
    changed = {name: [old, after[name]] for name, old in before.items() if old != after[name]}
    record(desk.session, by, "segment.change", "segment", segment.public_id, desk.now, changed)


def retire(desk: Desk, segment: Segment, *, version: str, by: Actor) -> None:
    """Take a segment out of use.

    :raises ChangedMeanwhile: somebody else was quicker.
    :raises StillWaiting: a campaign is planned for it.
    """
    writing.retire(desk.session, segment, seen=_seen(version), now=desk.now)
    if waiting := waiting_for(desk.session, desk.channel_id, [segment.key]):
        raise StillWaiting([one.name for one in waiting])
    record(desk.session, by, "segment.retire", "segment", segment.public_id, desk.now, {"key": segment.key})


def free_key(desk: Desk, label: str) -> str:
    """Return an id that no segment has, made of the name where that is written in Latin letters."""
    word = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")[:KEY_CHARS].strip("_")
    key = word or f"people_{new_public_id()[:6].lower()}"
    taken = set(
        desk.session.scalars(
            sa.select(Segment.key).where(
                Segment.channel_id == desk.channel_id, Segment.key.startswith(key, autoescape=True)
            )
        )
    )
    numbered = (f"{key}_{number}" for number in range(2, len(taken) + 3))
    return key if key not in taken else next(one for one in numbered if one not in taken)


def _rule(desk: Desk, form: Form, key: str) -> Mapping[str, Any]:
    """Return the rule of a form.

    :raises InvalidInput: with what is wrong with it.
    """
    draft = segment_try.read_rule(form.rule, desk.segments)
    draft = segment_try.examined(draft, desk, segment_try.others(desk), key)
    if draft.can_be_kept and isinstance(draft.raw, dict):
        return draft.raw
    words = [fault.words for fault in draft.faults]
    raise InvalidInput(
        {"rule": " · ".join(words) or _("It is not finished: complete the marked conditions.")}
    )


def _seen(version: str) -> datetime:
    try:
        found = datetime.fromisoformat(version)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise InvalidInput({"rule": _("Open the form again; it is of another version.")})
    return found
