"""A playbook's transcripts, played against the real turns on a database in memory, without LINE."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import sqlalchemy as sa

from bot.dispatch import Dispatcher, ProfileAnswer
from bot.segmenting import SEGMENTS
from bot.tables import TABLES
from contacts import service as contacts
from contacts.fields import FieldBook, kind_of
from contacts.models import Contact
from content import hours
from content.model import MenuArea, RichMenu
from content.revisions import button_name
from content.text import pick
from core.db import Base, Database
from core.leases import new_owner
from line import lanes
from line.channels import ensure_channel
from line.inbox import arrivals, record
from line.messenger import LineProfile
from line.outbox import Outgoing
from line.postback import ButtonTap, pack
from playbook.apply import apply
from playbook.faults import Fault
from playbook.schema import Playbook
from playbook.transcript_model import FieldValue, Transcript
from playbook.transcripts import play_all
from playbook.visible import Body, actions_of
from segmentation.audience import segments_of
from segmentation.tags import TagBook
from tickets.service import unsolved_of

USUAL_DAY = datetime(2027, 1, 15, 4, tzinfo=UTC)
"""When a transcript takes place that does not say: a Friday at noon in Taipei, or the next opening."""
OWNER = new_owner()


def rehearse(playbook: Playbook) -> Sequence[Fault]:
    """Play every transcript of a playbook; no faults means that all of them hold."""
    stage = Stage(playbook)
    try:
        return play_all(playbook.transcripts, stage.begin)
    finally:
        stage.database.dispose()


class Stage:
    """A database in memory with the playbook applied; every transcript brings a person of its own."""

    def __init__(self, playbook: Playbook) -> None:
        self.content = playbook.content
        self.database = Database.connect("sqlite:///:memory:")
        Base.metadata.create_all(self.database.engine, tables=list(TABLES.values()))
        with self.database.write() as session:
            channel = ensure_channel(session, now=USUAL_DAY)
            self.channel_id = channel.id
            apply(session, channel, playbook, now=USUAL_DAY, by="rehearsal")
        self._persons = count(1)

    def begin(self, transcript: Transcript) -> "Rehearsal":
        """Return the conversation of a new person."""
        return Rehearsal(self, transcript, f"U{next(self._persons):032x}")


class Rehearsal:
    """One person and the bot, as `playbook.transcripts.Conversation` asks for them."""

    def __init__(self, stage: Stage, transcript: Transcript, user_id: str) -> None:
        self._content = stage.content
        self._user_id = user_id
        self._person = transcript.contact
        self._language = transcript.language
        self._now = self._beginning(transcript)
        self._numbers = count(1)
        self._seen: list[Body] = []
        self._menu: str | None = None
        self._database = stage.database
        self._channel_id = stage.channel_id
        self._dispatcher = Dispatcher(
            self._database, clock=lambda: self._now, erasure_key=b"-", base_url="https://bot.example"
        )
        if self._person.tags or self._person.fields:
            self._prepare()

    def add_friend(self) -> Sequence[Body]:
        return self._happens({"type": "follow", "follow": {"isUnblocked": False}})

    def type(self, text: str) -> Sequence[Body]:
        return self._happens(self._message({"type": "text", "text": text, "quoteToken": "q"}))

    def tap(self, label: str) -> Sequence[Body]:
        action = self._find(label)
        if action["type"] == "message":
            return self.type(action["text"])
        if action["type"] in {"camera", "cameraRoll"}:
            return self.send("photo")
        if action["type"] == "location":
            return self.send("location")
        return self._postback(str(action.get("data", "")))

    def pick(self, label: str, value: str) -> Sequence[Body]:
        action = self._find(label)
        return self._postback(action["data"], {action["mode"]: value})

    def send(self, kind: str) -> Sequence[Body]:
        bodies: Mapping[str, Mapping[str, Any]] = {
            "photo": {"type": "image", "contentProvider": {"type": "line"}, "quoteToken": "q"},
            "location": {
                "type": "location",
                "latitude": 25.033,
                "longitude": 121.565,
                "address": "台北市信義區",
            },
            "sticker": {"type": "sticker", "packageId": "446", "stickerId": "1988", "quoteToken": "q"},
        }
        return self._happens(self._message(bodies[kind]))

    def open_menu(self, label: str) -> Sequence[Body]:
        menu, area = self._area(label)
        data = pack(ButtonTap(f"menu.{menu.key}", button_name(area)))
        if area.open is None:
            return self._postback(data)
        self._menu = area.open
        return self._postback(data, {"status": "SUCCESS", "newRichMenuAliasId": area.open})

    def tags(self) -> Collection[str]:
        with self._database.read() as session:
            contact = contacts.find(session, self._channel_id, self._user_id)
            if contact is None:
                return ()
            return TagBook(session, contact, event_key=None, now=self._now).names()

    def fields(self) -> Mapping[str, FieldValue]:
        with self._database.read() as session:
            contact = contacts.find(session, self._channel_id, self._user_id)
            if contact is None:
                return {}
            return dict(FieldBook(session, contact, event_key=None, now=self._now).values())

    def segments(self) -> Collection[str]:
        with self._database.read() as session:
            contact = contacts.find(session, self._channel_id, self._user_id)
            if contact is None:
                return ()
            zone = ZoneInfo(self._content.time_zone)
            return [one.key for one in segments_of(session, SEGMENTS, contact, now=self._now, zone=zone)]

    def handed_over(self) -> bool:
        with self._database.read() as session:
            contact = contacts.find(session, self._channel_id, self._user_id)
            wanted_at = None if contact is None else contact.human_wanted_at
            return wanted_at is not None and self._now < wanted_at + self._content.resume_bot_after

    def queue(self) -> str | None:
        with self._database.read() as session:
            contact = contacts.find(session, self._channel_id, self._user_id)
            ticket = None if contact is None else unsolved_of(session, contact.id)
            return None if ticket is None else ticket.queue.key

    def _beginning(self, transcript: Transcript) -> datetime:
        zone = ZoneInfo(self._content.time_zone)
        if transcript.at is not None:
            return datetime.fromisoformat(transcript.at).replace(tzinfo=zone).astimezone(UTC)
        return (hours.opens_at(self._content.hours, USUAL_DAY, zone) or USUAL_DAY).astimezone(UTC)

    def _prepare(self) -> None:
        """Let the person carry what the transcript says they carry from before."""
        with self._database.write() as session:
            contact = contacts.meet(
                session, self._channel_id, self._user_id, shard=0, sent_at=self._now, now=self._now
            )
            book = TagBook(session, contact, event_key=None, now=self._now)
            for name in self._person.tags:
                book.set(name, source="staff:transcript")
            fields = FieldBook(session, contact, event_key=None, now=self._now)
            for name, value in self._person.fields.items():
                if value is not None:
                    fields.set(name, value, kind=kind_of(value), source="staff:transcript")

    def _message(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"type": "message", "message": {"id": f"{self._user_id}{next(self._numbers)}", **body}}

    def _postback(self, data: str, params: Mapping[str, str] | None = None) -> Sequence[Body]:
        return self._happens({"type": "postback", "postback": {"data": data, "params": params or {}}})

    def _find(self, label: str) -> Mapping[str, Any]:
        for message in reversed(self._seen):
            for action in actions_of(message):
                if action.get("label") == label:
                    return action
        raise LookupError(label)

    def _area(self, label: str) -> tuple[RichMenu, MenuArea]:
        menus = {menu.key: menu for menu in self._content.rich_menus}
        with self._database.read() as session:
            wanted = session.scalar(
                sa.select(Contact.menu_wanted).where(Contact.line_user_id == self._user_id)
            )
        shown = self._menu or (wanted or "").partition("/")[0]
        menu = menus.get(shown) or next((m for m in menus.values() if m.default), None)
        for area in menu.areas if menu is not None else ():
            words = pick(area.label, self._language, self._content.default_language)
            if menu is not None and label == words:
                return menu, area
        raise LookupError(label)

    def _happens(self, event: Mapping[str, Any]) -> Sequence[Body]:
        """Let one event take its turn, a second after the last one."""
        self._now += timedelta(seconds=1)
        number = next(self._numbers)
        whole = {
            **event,
            "webhookEventId": f"{self._user_id}-{number}",
            "timestamp": int(self._now.timestamp() * 1000),
            "source": {"type": "user", "userId": self._user_id},
            "replyToken": f"token-{number}",
        }
        with self._database.engine.begin() as connection:
            record(connection, arrivals([whole], self._channel_id, self._now))
        with self._database.write() as session:
            (lane,) = lanes.claim(session, OWNER, limit=1, now=self._now)
            pending = lanes.head(session, lane.channel_id, lane.key)
        if pending is None:
            raise LookupError("the event that was just recorded")
        name = self._person.name
        profile = None if name is None else LineProfile(name, None, None, self._language)
        self._dispatcher.take_turn(lane, pending, ProfileAnswer(profile, was_refused=profile is None))
        with self._database.write() as session:
            lanes.leave(session, lane)
            row = session.scalars(sa.select(Outgoing).order_by(Outgoing.id.desc()).limit(1)).one_or_none()
            answered = row is not None and row.event_key == pending.event_key
            messages = orjson.loads(row.body or b"{}")["messages"] if row is not None and answered else []
            session.execute(sa.update(Outgoing).values(status="sent"))
        self._seen.extend(messages)
        return list(messages)
