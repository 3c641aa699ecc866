"""A conversation as staff read it: messages as the customer saw them, and what happened between them."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import orjson
from flask import url_for
from markupsafe import Markup

from console.drawn import draw_ours, draw_theirs
from console.happenings import Happening, Words, tell
from console.sources import staff_login
from console.story_rows import CampaignRow, NoteRow, Row, Rows, place_of
from console.words import _
from contacts.media import MediaFile, MediaStatus
from contacts.models import Contact
from contacts.timeline import EntryKind, TimelineEntry
from line.outbox import Outgoing, SendKind, SendStatus


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of something we sent."""

    state: str
    """`sent`, `waiting` or `failed`."""
    words: str


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the conversation."""

    key: str
    """Names its element in the page, for as long as it is shown."""
    kind: str
    """`day`, `in`, `out`, `note` or `chip`."""
    at: datetime
    day: date
    """In the account's zone."""
    parts: tuple[Markup, ...] = ()
    author: str | None = None
    """Who of ours said it; None: the bot, or the customer."""
    author_icon: str = "robot"
    delivery: Delivery | None = None
    remark: str = ""
    """Stands in for a message that cannot be shown."""
    happening: Happening | None = None
    goes_on: bool = False
    """Said by the same one as the message before it, so they need not be named again."""

    @property
    def version(self) -> str:
        """Changes when the line must be drawn anew."""
        shown = f"{self.parts}{self.author}{self.delivery}{self.remark}{self.happening}{self.goes_on}"
        return hashlib.blake2s(shown.encode("utf-8", "replace"), digest_size=6).hexdigest()


@dataclass(frozen=True, slots=True)
class Reading:
    """What a page needs to know to show a conversation."""

    contact: Contact
    words: Words
    zone: Any


def items(rows: Rows, reading: Reading) -> Sequence[Item]:
    """Return the lines of a page, a separator before each new day."""
    return list(_with_days(_item(row, rows, reading) for row in rows.rows))


def _with_days(lines: Iterator[Item]) -> Iterator[Item]:
    before: Item | None = None
    for line in lines:
        if before is None or line.day != before.day:
            yield Item(key=f"day-{line.day.isoformat()}", kind="day", at=line.at, day=line.day)
            before = None
        yield replace(line, goes_on=before is not None and _is_by_same(before, line))
        before = line


def _is_by_same(before: Item, line: Item) -> bool:
    speakers = ((one.kind, one.author, one.author_icon) for one in (before, line))
    return line.kind in {"in", "out"} and len(set(speakers)) == 1


def _item(row: Row, rows: Rows, reading: Reading) -> Item:
    at, kind, id_ = (place := place_of(row)).at, place.kind, place.id
    key = f"line-{kind}-{id_}"
    day = at.astimezone(reading.zone).date()
    match row:
        case NoteRow():
            return Item(
                key, "note", at, day, author=row.author, author_icon="note", remark=row.text or _erased()
            )
        case CampaignRow():
            return _campaign(row, key, day)
        case TimelineEntry(kind=EntryKind.RECEIVED):
            return _received(row, rows, reading, key, day)
        case TimelineEntry(kind=EntryKind.SENT):
            return _sent(row, rows, reading, key, day)
        case _:
            return Item(key, "chip", at, day, happening=tell(row, reading.words))


def _received(entry: TimelineEntry, rows: Rows, reading: Reading, key: str, day: date) -> Item:
    if entry.unsent_at is not None:
        return Item(key, "in", entry.at, day, remark=_("message withdrawn"))
    media = rows.media.get(entry.line_message_id or "")
    address = _media_address(reading.contact, media)
    parts = draw_theirs(_bodies(entry.payload), address)
    remark = _media_remark(media) if parts else _erased()
    return Item(key, "in", entry.at, day, parts=parts, remark=remark)


def _sent(entry: TimelineEntry, rows: Rows, reading: Reading, key: str, day: date) -> Item:
    login = staff_login(entry.about or "").partition(" ")[0]
    author = reading.words.names.get(login, login) if login else None
    bodies = _bodies(entry.payload)
    outgoing = None if entry.outbox_id is None else rows.outgoing.get(entry.outbox_id)
    return Item(
        key, "out", entry.at, day,
        parts=draw_ours(bodies),
        author=author,
        author_icon="user" if author else "robot",
        delivery=None if outgoing is None else _delivery(outgoing),
        remark="" if bodies else _erased(),
    )  # fmt: skip


def _campaign(row: CampaignRow, key: str, day: date) -> Item:
    body = row.outgoing.body if row.outgoing is not None else None
    bodies = _bodies(orjson.loads(body)) if body is not None else []
    return Item(
        key, "out", row.at, day,
        parts=draw_ours(bodies),
        author=row.campaign,
        author_icon="speakerphone",
        delivery=None if row.outgoing is None else _delivery(row.outgoing),
        remark="" if bodies else _("The text of this campaign message is no longer kept."),
    )  # fmt: skip


def _bodies(payload: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    messages = (payload or {}).get("messages")
    return [body for body in messages if isinstance(body, Mapping)] if isinstance(messages, list) else []


def _erased() -> str:
    return _("The words of this message were erased.")


def _media_address(contact: Contact, media: MediaFile | None) -> str | None:
    if media is None or media.status is not MediaStatus.STORED:
        return None
    return url_for("media.file", contact_id=contact.public_id, message_id=media.message_id)


def _media_remark(media: MediaFile | None) -> str:
    match media.status if media is not None else None:
        case MediaStatus.WANTED:
            return _("is being fetched")
        case MediaStatus.GONE:
            return _("LINE no longer has it")
        case MediaStatus.TOO_LARGE:
            return _("too large to keep")
        case MediaStatus.FAILED:
            return _("could not be fetched")
        case _:
            return ""


def _delivery(outgoing: Outgoing) -> Delivery:
    match outgoing.status:
        case SendStatus.SENT:
            free = outgoing.kind is SendKind.REPLY
            return Delivery("sent", _("Sent as a free reply") if free else _("Sent as a push"))
        case SendStatus.QUEUED | SendStatus.SENDING:
            again = outgoing.attempts > 1
            return Delivery("waiting", _("Not sent yet; it is tried again") if again else _("On its way"))
        case SendStatus.TOO_LATE if outgoing.kind is not SendKind.REPLY:
            return Delivery("failed", _("Not delivered: LINE could not be reached for a whole day"))
        case SendStatus.TOO_LATE | SendStatus.PUSHED:
            return Delivery("failed", _("Not delivered: the minute for a free reply was over"))
        case SendStatus.NO_QUOTA:
            return Delivery("failed", _("Not delivered: this month's messages are used up"))
        case SendStatus.UNKNOWN:
            return Delivery("failed", _("LINE never said whether it arrived"))
        case _:
            return Delivery(
                "failed", _("Not delivered: LINE refused it (%(why)s)", why=outgoing.reason or "–")
            )
