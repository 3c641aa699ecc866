"""What publishing a playbook would change, noun by noun."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from content.models import Revision
from line.channels import Channel
from playbook.kept import Kept, kept_by_staff, lines_of
from playbook.published import (
    EMPTY,
    Snapshot,
    find_revision,
    live_revision,
    snapshot_of,
    snapshot_of_revision,
)
from playbook.schema import Playbook

_LISTS = {
    "greetings": ("greeting", "id"),
    "cards": ("card", "id"),
    "rich_menus": ("rich menu", "key"),
    "auto_replies": ("auto-reply", "id"),
    "segments": ("segment", "id"),
    "scores": ("score", "id"),
    "campaigns": ("campaign", "id"),
}
"""By field of the content: the noun, and what names one."""

_MAPS = {"phrases": "phrase", "keywords": "keywords for"}
_ORDERED = {
    "greetings": "greetings",
    "auto_replies": "auto-replies",
    "cards": "cards",
    "rich_menus": "rich menus",
    "segments": "segments",
    "scores": "scores",
}
_APART = {*_LISTS, *_MAPS, "tag_groups", "card_buttons", "fallback", "routing"}


class Kind(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    RETIRED = "retired"
    """No longer in the playbook; kept in the database."""


_SIGNS = {Kind.ADDED: "+", Kind.CHANGED: "~", Kind.RETIRED: "-"}


@dataclass(frozen=True)
class Change:
    kind: Kind
    noun: str
    name: str

    def __str__(self) -> str:
        return f"{_SIGNS[self.kind]} {self.noun} {self.name}".rstrip()


@dataclass(frozen=True)
class Plan:
    """What `apply` would do."""

    live: int | None
    """Number of the live revision."""
    changes: tuple[Change, ...]
    lost: tuple[Change, ...] = ()
    """What was published after the revision that this playbook is based on, and would be undone."""
    kept: tuple[Kept, ...] = ()
    """What staff said otherwise in the console, and goes on to count."""

    @property
    def is_empty(self) -> bool:
        return not self.changes

    def __str__(self) -> str:
        """Return the plan as lines for a terminal."""
        if self.is_empty:
            lines = [f"Nothing to do: revision {self.live} says the same."]
        else:
            before = "Nothing is published yet" if self.live is None else f"Revision {self.live} is live"
            lines = [f"{before}; this would publish revision {(self.live or 0) + 1}:"]
        lines += [f"  {change}" for change in self.changes]
        if self.lost:
            lines.append("Published since the revision this playbook is based on, and undone by it:")
            lines += [f"  {change}" for change in self.lost]
        lines += lines_of(self.kept)
        return "\n".join(lines)


def plan(session: Session, channel: Channel, playbook: Playbook) -> Plan:
    """Compare a playbook with what is live."""
    live = live_revision(session, channel.id)
    wanted = snapshot_of(playbook)
    now = snapshot_of_revision(session, live) if live is not None else EMPTY
    return Plan(
        live=live.number if live is not None else None,
        changes=tuple(differences(now, wanted)),
        lost=lost(session, live, now, wanted, playbook.based_on),
        kept=kept_by_staff(session, channel.id, playbook.content),
    )


def lost(
    session: Session, live: Revision | None, now: Snapshot, wanted: Snapshot, based_on: int | None
) -> tuple[Change, ...]:
    """Return what changed between `based_on` and the live revision and is different in `wanted`."""
    if live is None or based_on is None or based_on >= live.number:
        return ()
    base = find_revision(session, live.channel_id, based_on)
    base_snapshot = snapshot_of_revision(session, base) if base is not None else EMPTY
    undone = {(change.noun, change.name) for change in differences(now, wanted)}
    return tuple(change for change in differences(base_snapshot, now) if (change.noun, change.name) in undone)


def differences(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    """Yield what is added, changed and retired from one snapshot to another, noun by noun."""
    for noun, old, new in _pairs(before, after):
        yield from _compared(noun, old, new)


def _pairs(before: Snapshot, after: Snapshot) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    old, new = before.content, after.content
    yield "setting", _settings(old), _settings(new)
    for field, noun in _MAPS.items():
        yield noun, old.get(field, {}), new.get(field, {})
    yield "tag group", _groups(old), _groups(new)
    yield "tag", _tags(old), _tags(new)
    for field, (noun, key) in _LISTS.items():
        yield noun, _by(old.get(field, ()), key), _by(new.get(field, ()), key)
    for field, noun in (("card_buttons", "buttons of every card"), ("fallback", "fallback")):
        yield noun, _single(old, field), _single(new, field)
    for field, noun in _ORDERED.items():
        yield f"order of {noun}", *_orders(old, new, field)
    yield from _routing_pairs(old.get("routing", {}), new.get("routing", {}))
    yield "questionnaire", before.questionnaires, after.questionnaires
    yield "picture", before.assets, after.assets


def _routing_pairs(
    old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    yield "queue", _by(old.get("queues", ()), "id"), _by(new.get("queues", ()), "id")
    yield "routing", _rules(old), _rules(new)


def _rules(routing: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the rules in their order, for the first that holds wins, and what else routing.yaml says."""
    said = {name: value for name, value in routing.items() if name != "queues"}
    return {"": said} if said else {}


def _compared(noun: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for name, value in new.items():
        if name not in old:
            yield Change(Kind.ADDED, noun, name)
        elif old[name] != value:
            yield Change(Kind.CHANGED, noun, name)
    for name in old:
        if name not in new:
            yield Change(Kind.RETIRED, noun, name)


def _settings(content: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in content.items() if name not in _APART}


def _single(content: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    return {"": content[field]} if content.get(field) else {}


def _by(items: Any, key: str) -> Mapping[str, Any]:
    return {item[key]: item for item in items}


def _groups(content: Mapping[str, Any]) -> Mapping[str, Any]:
    groups = content.get("tag_groups", ())
    return {group["id"]: {key: value for key, value in group.items() if key != "tags"} for group in groups}


def _tags(content: Mapping[str, Any]) -> Mapping[str, Any]:
    groups = content.get("tag_groups", ())
    return {tag["name"]: {**tag, "group": group["id"]} for group in groups for tag in group["tags"]}


def _orders(
    old: Mapping[str, Any], new: Mapping[str, Any], field: str
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the order of what stands in both, for the first rule that fits wins."""
    key = _LISTS[field][1]
    before = [item[key] for item in old.get(field, ())]
    after = [item[key] for item in new.get(field, ())]
    shared = set(before) & set(after)
    return (
        {"": [name for name in before if name in shared]},
        {"": [name for name in after if name in shared]},
    )
