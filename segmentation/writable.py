"""What keeps a segment that somebody wrote from being one: told in words, each fault by its place."""

import re
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts.models import Contact, ContactField
from content.models import Revision
from segmentation import loops
from segmentation.consent import tag_for
from segmentation.leaf import Mention
from segmentation.loops import Giver
from segmentation.models import Score, Segment, Tag
from segmentation.references import circle, others_of, rules_among
from segmentation.rules import NOBODY, empty_groups
from segmentation.segments import Segments

KEY = r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}"
LABEL_LIMIT_CHARS = 60


def faults_of(
    session: Session,
    segments: Segments,
    channel_id: int,
    key: str,
    rule: Mapping[str, Any],
    *,
    gives_tag: str | None = None,
    fields: Collection[str] = (),
) -> Mapping[str, str]:
    """Return what keeps a rule from being a segment's, in words, by place; empty: nothing.

    :raises FaultyRule: it cannot be read.
    """
    parsed = segments.parse(rule)
    found = {
        _dotted(path): "is empty, and nobody fits an empty rule; say what must hold"
        for path in empty_groups(parsed)
    }
    for path, mention in segments.mentions(parsed):
        if not _is_there(session, channel_id, mention, fields):
            found[_dotted(path)] = f"there is no {mention.noun} {mention.name}"
    found |= {_dotted(path): why for path, why in segments.never(parsed)}
    if found:
        return found
    others = {**others_of(session, channel_id), key: rule}
    read = {
        other: segments.parse_other(other, stored) for other, stored in others.items() if stored is not None
    }
    if way := circle(read, key):
        return {"rule": f"goes round in a circle: {', which names '.join(way)}"}
    resolving = segments.resolving(parsed, others)
    resolved = resolving.resolve(parsed)
    if resolving.is_too_large or resolved == NOBODY:
        return {"rule": "is too large with the rules of the segments that it names"}
    return _tag_faults(session, segments, channel_id, key, rule, gives_tag)


def _tag_faults(
    session: Session,
    segments: Segments,
    channel_id: int,
    key: str,
    rule: Mapping[str, Any],
    gives_tag: str | None,
) -> Mapping[str, str]:
    if gives_tag is not None:
        tag = session.scalars(
            sa.select(Tag).where(Tag.channel_id == channel_id, Tag.name == gives_tag)
        ).one_or_none()
        if tag is None:
            return {"gives_tag": f"there is no tag {gives_tag}"}
        if tag.lifetime_s is not None:
            return {
                "gives_tag": f"{gives_tag} has a lifetime, and would end while somebody is still in the segment"
            }
        if tag.is_single and tag.group is not None:
            return {"gives_tag": f"{gives_tag} is of {tag.group}, of which a contact carries one"}
    others = {**others_of(session, channel_id), key: rule}
    changes = _changes(session, channel_id)
    changes[key] = changes.get(key, frozenset()) | ({gives_tag} if gives_tag is not None else set())
    givers = [
        Giver(other, segments.reads(segments.read(stored, others)), changes.get(other, frozenset()))
        for other, stored in rules_among(others).items()
    ]
    way = loops.find(givers)
    return {"gives_tag": loops.in_words(way)} if way else {}


def _changes(session: Session, channel_id: int) -> dict[str, frozenset[str]]:
    """Return the tags that each segment puts on or takes off, by its steps in the playbook as well."""
    found: dict[str, set[str]] = {}
    current = sa.select(Segment.key, Segment.gives_tag).where(
        Segment.channel_id == channel_id, Segment.gives_tag.is_not(None), Segment.retired_at.is_(None)
    )
    for row in session.execute(current):
        found.setdefault(row.key, set()).add(row.gives_tag or "")
    live = sa.select(Revision.content).where(Revision.channel_id == channel_id)
    published = session.scalar(live.order_by(Revision.number.desc()).limit(1)) or {}
    for written in published.get("segments", ()):
        for step in (*written.get("on_enter", ()), *written.get("on_leave", ())):
            found.setdefault(written["id"], set()).update(step.get("tag") or (), step.get("untag") or ())
    return {key: frozenset(tags) for key, tags in found.items()}


def _is_there(session: Session, channel_id: int, mention: Mention, fields: Collection[str]) -> bool:
    """Say whether what a rule names is there, as far as this package knows of it."""
    name = mention.name
    match mention.noun:
        case "tag":
            found = sa.select(Tag.id).where(Tag.channel_id == channel_id, Tag.name == name)
        case "consent":
            found = sa.select(Tag.id).where(Tag.channel_id == channel_id, Tag.name == tag_for(name))
        case "segment":
            found = sa.select(Segment.id).where(
                Segment.channel_id == channel_id, Segment.key == name, Segment.retired_at.is_(None)
            )
        case "score":
            found = sa.select(Score.id).where(
                Score.channel_id == channel_id, Score.key == name, Score.retired_at.is_(None)
            )
        case "field":
            if name in fields:
                return True
            found = (
                sa.select(ContactField.id)
                .join(Contact)
                .where(ContactField.name == name, Contact.channel_id == channel_id)
                .limit(1)
            )
        case _:
            return True
    return session.scalar(found) is not None


def key_faults(session: Session, channel_id: int, key: str) -> Mapping[str, str]:
    """Return why a segment cannot have this id."""
    if faults := faults_of_key(key):
        return faults
    taken = sa.select(Segment.id).where(Segment.channel_id == channel_id, Segment.key == key)
    return {"key": f"{key} is taken"} if session.scalar(taken) is not None else {}


def faults_of_key(key: str) -> Mapping[str, str]:
    """Return why no segment can have this id."""
    if re.fullmatch(KEY, key):
        return {}
    return {"key": "is 1 to 40 letters, digits, - and _, beginning with a letter or digit"}


def label_faults(labels: Mapping[str, str]) -> Mapping[str, str]:
    """Return why a segment cannot be called so."""
    if not any(label.strip() for label in labels.values()):
        return {"label": "is empty; write what staff call these people"}
    if any(len(label) > LABEL_LIMIT_CHARS for label in labels.values()):
        return {"label": f"may have {LABEL_LIMIT_CHARS} characters"}
    return {}


def _dotted(path: tuple[str | int, ...]) -> str:
    return ".".join(map(str, ("rule", *path)))
