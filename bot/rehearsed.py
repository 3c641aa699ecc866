"""One person of a transcript and the bot, a turn after the other, on a clock that goes as the story says."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import hearsay
from bot.dispatch import Dispatcher
from bot.jobs import JOBS
from bot.profiles import ProfileAnswer
from bot.reason_words import ReasonWords
from bot.schedules import next_fire
from bot.segment_keeper import SegmentKeeper
from bot.segmenting import SEGMENTS
from contacts import entry as entries
from contacts import service as contacts
from contacts.fields import FieldBook
from contacts.models import Contact
from content.model import MenuArea, RichMenu
from content.revisions import Published, button_name
from content.text import pick
from core.db import Database
from core.leases import new_owner
from line import lanes
from line.inbox import arrivals, record
from line.messenger import LineProfile
from line.outbox import Outgoing
from line.postback import ButtonTap, pack
from playbook.transcript_model import EventTold, FieldValue, OrderTold, Transcript
from playbook.transcripts import Reason
from playbook.visible import Body, actions_of
from segmentation.models import Membership, Segment
from segmentation.tags import TagBook
from tickets.service import unsolved_of

OWNER = new_owner()
BY_THE_CLOCK = ("tags.end", "runs.silent", "customers.score")
"""The jobs that change what is known of somebody, or what they are told."""


@dataclass(frozen=True, slots=True)
class World:
    """Where a transcript takes place."""

    database: Database
    channel_id: int
    published: Published
    words: ReasonWords


def keep_current(keeper: SegmentKeeper) -> None:
    """Let a keeper do all there is to do."""
    while keeper.step() or keeper.is_pressed():
        pass


class Rehearsal:
    """One person and the bot, as `playbook.transcripts.Conversation` asks for them."""

    def __init__(self, world: World, transcript: Transcript, user_id: str, *, begins_at: datetime) -> None:
        self._world = world
        self._content = world.published.content
        self._user_id = user_id
        self._person = transcript.contact
        self._language = transcript.language
        self._now = begins_at
        self._numbers = count(1)
        self._seen: list[Body] = []
        self._menu: str | None = None
        self._database = world.database
        self._channel_id = world.channel_id
        self._dispatcher = Dispatcher(
            self._database, clock=lambda: self._now, erasure_key=b"-", base_url="https://bot.example"
        )
        self._keeper = SegmentKeeper(self._database, SEGMENTS, lambda: self._now, owner=OWNER)
        if self._person.tags or self._person.fields:
            self._prepare()

    def pass_time(self, gap: timedelta) -> Sequence[Body]:
        before, self._now = self._now, self._now + gap
        zone = ZoneInfo(self._content.time_zone)
        for name in BY_THE_CLOCK:
            if next_fire(JOBS[name].cron, zone, after=before) <= self._now:
                JOBS[name].work(self._database, self._now)
        said = self._take_turn()
        keep_current(self._keeper)
        return said

    def add_friend(self) -> Sequence[Body]:
        return self._happens({"type": "follow", "follow": {"isUnblocked": False}})

    def scan(self, code: str) -> Sequence[Body]:
        with self._database.write() as session:
            entries.register(session, self._channel_id, code, now=self._now)
            contact = contacts.find(session, self._channel_id, self._user_id)
            is_friend = contact is not None and contact.is_following
        greeted = [] if is_friend else self.add_friend()
        return [*greeted, *self.type(code)]

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

    def order(self, told: OrderTold) -> None:
        with self._database.write() as session:
            key = f"order-{next(self._numbers)}"
            hearsay.order(session, self._known(session), told, key=key, source="rehearsal", now=self._now)
        keep_current(self._keeper)

    def track(self, told: EventTold) -> None:
        with self._database.write() as session:
            key = f"event-{next(self._numbers)}"
            hearsay.event(session, self._known(session), told, key=key, source="rehearsal", now=self._now)
        keep_current(self._keeper)

    def segments(self) -> Collection[str]:
        return self._stays(is_over=False)

    def left(self) -> Collection[str]:
        inside = self.segments()
        return [key for key in self._stays(is_over=True) if key not in inside]

    def why(self, segment: str) -> Sequence[Reason]:
        with self._database.read() as session:
            contact = contacts.find(session, self._channel_id, self._user_id)
            if contact is None:
                return ()
            world = self._world
            return world.words.of(session, world.published, contact, segment, now=self._now)

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

    def _prepare(self) -> None:
        """Let the person carry what the transcript says they carry from before."""
        with self._database.write() as session:
            hearsay.carry(
                session, self._known(session), self._person, source="staff:transcript", now=self._now
            )
        keep_current(self._keeper)

    def _known(self, session: Session) -> Contact:
        """Return the person, known from now on if not before."""
        found = contacts.find(session, self._channel_id, self._user_id) or contacts.meet(
            session, self._channel_id, self._user_id, shard=0, sent_at=self._now, now=self._now
        )
        session.flush()  # for the id of somebody new
        return found

    def _stays(self, *, is_over: bool) -> Collection[str]:
        """Return the segments that the person is in, or those that they have been in."""
        ended = Membership.left_at.is_not(None) if is_over else Membership.left_at.is_(None)
        wanted = (
            sa.select(Segment.key)
            .join(Membership, Membership.segment_id == Segment.id)
            .join(Contact, Contact.id == Membership.contact_id)
            .where(Contact.line_user_id == self._user_id, ended)
        )
        with self._database.read() as session:
            return set(session.scalars(wanted))

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
        said = self._take_turn()
        keep_current(self._keeper)
        return said

    def _take_turn(self) -> Sequence[Body]:
        """Take the turn that waits, and return what the bot says in it."""
        with self._database.write() as session:
            claimed = lanes.claim(session, OWNER, limit=1, now=self._now)
            if not claimed:
                return []
            lane = claimed[0]
            pending = lanes.head(session, lane.channel_id, lane.key)
        if pending is None:
            return []
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
