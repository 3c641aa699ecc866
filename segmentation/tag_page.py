"""What words about the tags of many contacts come to, decided in memory: `TagBook` for a whole page."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from segmentation.models import ChangeKind
from segmentation.tags import last_end, standing

Pair = tuple[int, str]
"""A contact's id and a tag's name."""


@dataclass(frozen=True, slots=True)
class KnownTag:
    """What of a tag decides how it is set."""

    id: int
    name: str
    group: str | None
    is_single: bool
    """Of its group a contact carries one at most."""
    lifetime_s: int | None

    def end_of(self, now: datetime) -> datetime | None:
        """Return until when it is carried if it is set now; None: for good."""
        return None if self.lifetime_s is None else now + timedelta(seconds=self.lifetime_s)


class Said(NamedTuple):
    """One entry of the ledger."""

    kind: ChangeKind
    source: str
    at: datetime
    expires_at: datetime | None
    event_key: str | None


@dataclass(slots=True)
class CarriedRow:
    """A row of `contact_tags`; one taken off and put on again is the same row."""

    id: int | None
    """None: not written yet."""
    tag: KnownTag
    source: str
    event_key: str | None
    set_at: datetime
    expires_at: datetime | None
    was_live: bool = False
    is_on: bool = True
    is_changed: bool = False


class TagPage:
    """The tags of some contacts; what is said is seen at once."""

    def __init__(
        self,
        tags: Mapping[str, KnownTag],
        *,
        now: datetime,
        event_keys: Mapping[int, str | None],
    ) -> None:
        self._tags = tags
        self.now = now
        self.event_keys = event_keys
        self._ledger: defaultdict[tuple[int, int], list[Said]] = defaultdict(list)
        self.rows: dict[int, dict[int, CarriedRow]] = {}
        """By contact and tag, those taken off too."""
        self.said: list[tuple[int, int, Said]] = []
        """New entries of the ledger: contact, tag, and what."""
        self.told: list[tuple[int, bool, str]] = []
        """New lines of stories: contact, whether put on, and the tag's name."""

    def take_in(self, contact_id: int, row: CarriedRow) -> None:
        """Know what a contact carries already."""
        row.was_live = self.is_live(row)
        self.rows.setdefault(contact_id, {})[row.tag.id] = row

    def learn(self, ledger: Iterable[tuple[int, int, Said]]) -> None:
        """Know what was said about some contacts and tags, in order."""
        for contact_id, tag_id, said in ledger:
            self._ledger[contact_id, tag_id].append(said)

    def carries(self, contact_id: int, name: str) -> bool:
        """Say whether there is a row for the tag, be its time over or not."""
        return self._row(contact_id, self._tags[name]) is not None

    def is_disputed(self, contact_id: int, name: str, *, expires_at: datetime | None = None) -> bool:
        """Say whether somebody's word keeps the tag on for longer than setting it now would."""
        tag = self._tags[name]
        row = self._row(contact_id, tag)
        if row is None:
            return False
        end = expires_at or tag.end_of(self.now)
        return end is not None and (row.expires_at is None or row.expires_at > end)

    def set(
        self,
        contact_id: int,
        name: str,
        *,
        source: str,
        expires_at: datetime | None = None,
        at: datetime | None = None,
    ) -> None:
        """Say that the tag is carried; the ledger of a disputed one must be known.

        :param at: since when, where that was said elsewhere.
        """
        tag = self._tags[name]
        expires_at = expires_at or tag.end_of(self.now)
        row = self._row(contact_id, tag)
        if row is not None and self._is_over(row):
            self._drop(contact_id, row, ChangeKind.EXPIRED, source=row.source)
            row = None
        for other in self._rivals(contact_id, tag):
            self._drop(contact_id, other, ChangeKind.REPLACED, source=source)
        kind = ChangeKind.REFRESHED
        if row is None:
            row, kind = self._taken_up(contact_id, tag, source), ChangeKind.SET
            self.told.append((contact_id, True, name))
        lasts_longer = (
            kind is ChangeKind.SET
            or expires_at is None
            or (row.expires_at is not None and row.expires_at <= expires_at)
        )
        row.source, row.event_key, row.set_at = source, self.event_keys.get(contact_id), at or self.now
        row.is_changed = True
        self._log(contact_id, tag, kind, source, expires_at, at=at)
        if not lasts_longer:
            expires_at = last_end(standing(self._ledger_of(contact_id, tag), now=self.now).values())
        row.expires_at = expires_at

    def remove(self, contact_id: int, name: str, *, source: str, at: datetime | None = None) -> None:
        """Take a tag off, whoever had set it."""
        row = self._row(contact_id, self._tags[name])
        if row is not None:
            self._drop(contact_id, row, ChangeKind.REMOVED, source=source, at=at)

    def refuse(self, contact_id: int, name: str, *, source: str, at: datetime | None = None) -> None:
        """Take a tag off as `remove` does; where it is not carried the ledger says so all the same."""
        tag = self._tags[name]
        if self._row(contact_id, tag) is None:
            self._log(contact_id, tag, ChangeKind.REMOVED, source, None, at=at)
        else:
            self.remove(contact_id, name, source=source, at=at)

    def withdraw(self, contact_id: int, name: str, *, source: str) -> None:
        """Take back the source's word; the ledger of the tag must be known."""
        tag = self._tags[name]
        row = self._row(contact_id, tag)
        if row is None:
            return
        words = dict(standing(self._ledger_of(contact_id, tag), now=self.now))
        if words.pop(source, None) is None:
            return
        if not words:
            self._drop(contact_id, row, ChangeKind.WITHDRAWN, source=source)
            return
        self._log(contact_id, tag, ChangeKind.WITHDRAWN, source, None)
        newest = list(words.values())[-1]
        row.source, row.set_at, row.event_key = newest.source, newest.at, newest.event_key
        row.expires_at = last_end(words.values())
        row.is_changed = True

    def _row(self, contact_id: int, tag: KnownTag) -> CarriedRow | None:
        rows = self.rows.get(contact_id)
        row = None if rows is None else rows.get(tag.id)
        return row if row is not None and row.is_on else None

    def is_live(self, row: CarriedRow) -> bool:
        """Say whether a row stands for a tag that is carried at this moment."""
        return row.is_on and not self._is_over(row)

    def _is_over(self, row: CarriedRow) -> bool:
        return row.expires_at is not None and row.expires_at <= self.now

    def _rivals(self, contact_id: int, tag: KnownTag) -> Sequence[CarriedRow]:
        """Return the rows whose place the tag takes."""
        if not tag.is_single or tag.group is None:
            return ()
        carried = self.rows.get(contact_id, {}).values()
        return [row for row in carried if row.is_on and row.tag.group == tag.group and row.tag != tag]

    def _taken_up(self, contact_id: int, tag: KnownTag, source: str) -> CarriedRow:
        rows = self.rows.setdefault(contact_id, {})
        # Behind the others, as `TagBook` has it: in this order they are told when another takes their place.
        row = rows.pop(tag.id, None) or CarriedRow(None, tag, source, None, self.now, None)
        rows[tag.id] = row
        row.is_on = True
        return row

    def _drop(
        self,
        contact_id: int,
        row: CarriedRow,
        kind: ChangeKind,
        *,
        source: str,
        at: datetime | None = None,
    ) -> None:
        row.is_on = False
        self._log(contact_id, row.tag, kind, source, None, at=at)
        self.told.append((contact_id, False, row.tag.name))

    def _ledger_of(self, contact_id: int, tag: KnownTag) -> list[Said]:
        return self._ledger[contact_id, tag.id]

    def _log(
        self,
        contact_id: int,
        tag: KnownTag,
        kind: ChangeKind,
        source: str,
        expires_at: datetime | None,
        *,
        at: datetime | None = None,
    ) -> None:
        said = Said(kind, source, at or self.now, expires_at, self.event_keys.get(contact_id))
        self._ledger_of(contact_id, tag).append(said)
        self.said.append((contact_id, tag.id, said))
