"""Six weeks of invented customers, lived through the program's own handlers on an earlier clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import count
from random import Random
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.demo import cast
from bot.demo.customer import Act, Asked, Say, Tap, answer, button
from bot.demo.shops import RENTAL, Shop
from contacts import service as contacts
from contacts.models import Contact
from contacts.timeline import EntryKind, note
from content.revisions import Published
from core.ids import shard_of
from handlers.glance import Glance
from handlers.record import record
from handlers.routes import react
from handlers.turn import Turn
from line.events import parse_event
from line.messenger import LineProfile
from line.postback import ButtonTap, pack
from questionnaires.path import find_question
from questionnaires.versions import Versions
from segmentation.current import NOTHING
from segmentation.declared import know_all
from segmentation.segments import Segments
from staff.models import StaffUser
from tickets.models import Queue

NEW = Glance(
    contact=None,
    revision_id=None,
    is_unsent=False,
    must_wait=False,
    has_tags=False,
    has_fields=False,
    has_open_runs=False,
    has_reply_uses=False,
    segments=NOTHING,
)
KNOWN = replace(NEW, has_tags=True, has_fields=True, has_open_runs=True, has_reply_uses=True)
"""Instead of looking what there is of a friend: a turn reads what it uses."""
MOST_ACTS = 40
"""Nobody taps longer than that at a stretch."""


@dataclass
class Friend:
    """One invented friend of the account, and where they stand in their story."""

    user_id: str
    name: str
    language: str
    wants: str
    now: datetime
    random: Random
    entry: str | None = None
    """The code of the link or QR code by which they came."""
    seen: Sequence[Mapping[str, Any]] = ()
    asked: Asked | None = None
    contact: Contact | None = None
    numbers: "count[int]" = field(default_factory=lambda: count(1))


def friends(*, until: datetime, shop: Shop = RENTAL, number: int | None = None) -> Sequence[Friend]:
    """Return the friends of the demo, in the order in which they came: the same at every fill."""
    random = Random(cast.SEED)  # noqa: S311 - invented people, not secrets
    found = []
    for place in range(shop.friends if number is None else number):
        language = cast.one_of(shop.languages, random)
        # More came of late than at the beginning, and most of them in the evening.
        days_ago = shop.weeks * 7 * (1 - random.random() ** 0.6) + 0.2
        came = until - timedelta(days=days_ago)
        came = came.replace(minute=random.randrange(60), second=random.randrange(60))
        found.append(
            Friend(
                user_id="U" + sha256(f"demo friend {place}".encode()).hexdigest()[:32],
                name=cast.name_of(language, random),
                language=language,
                wants=cast.one_of(shop.wants, random),
                now=min(came, until - timedelta(hours=2)),
                random=Random(random.random()),  # noqa: S311
            )
        )
    for friend in found:
        friend.entry = _entry_of(friend, shop)
    return sorted(found, key=lambda friend: friend.now)


def _entry_of(friend: Friend, shop: Shop) -> str | None:
    if not shop.entries:
        return None
    drawn = friend.random.random()
    for code, share in shop.entries.items():
        drawn -= share
        if drawn < 0:
            return code
    return None


class Town:
    """Lets friends do things; each call is part of the caller's transaction."""

    def __init__(
        self,
        session: Session,
        published: Published,
        shop: Shop,
        *,
        channel_id: int,
        versions: Versions,
        segments: Segments,
        base_url: str,
    ) -> None:
        self._session = session
        self._published = published
        self.shop = shop
        self._channel_id = channel_id
        self._versions = versions
        self._segments = segments
        self._base_url = base_url
        self._turn: Turn | None = None
        """The latest, with whose books the next of the same friend goes on."""
        # A session forgets what nobody holds, and each turn would read these anew.
        self._held = [row for kind in (Queue, StaffUser) for row in session.scalars(sa.select(kind)).all()]
        know_all(session, channel_id)

    def lives(self, friend: Friend) -> None:
        """Let a friend come, and do what brought them."""
        self.happens(friend, {"type": "follow", "follow": {"isUnblocked": False}})
        if friend.entry is not None:
            self.does(friend, Say(friend.entry))
        self._begins(friend)
        self._answers(friend)
        if friend.random.random() < cast.CHANCES["agrees to be told of new homes"]:
            self._taps(friend, "consent_yes")
        if friend.random.random() < cast.CHANCES["says something after a questionnaire"]:
            self.says_something(friend)

    def says_something(self, friend: Friend) -> None:
        """Let a friend write a sentence of their own."""
        said = self.shop.said
        words = said.get(friend.language) or next(iter(said.values()))
        self.does(friend, Say(friend.random.choice(words)))

    def rates(self, friend: Friend, owner: str, ticket_id: str) -> None:
        """Let a friend say how it was to be helped."""
        said = cast.one_of(cast.RATINGS, friend.random)
        self.does(friend, Tap(pack(ButtonTap(f"{owner}{ticket_id}", said)), {}))

    def blocks(self, friend: Friend) -> None:
        self.happens(friend, {"type": "unfollow"})

    def does(self, friend: Friend, act: Act) -> None:
        match act:
            case Tap(data, params):
                self.happens(friend, {"type": "postback", "postback": {"data": data, "params": dict(params)}})
            case Say(text):
                message = {"type": "text", "text": text, "quoteToken": "q"}
                self.happens(friend, {"type": "message", "message": message})

    def happens(self, friend: Friend, event: Mapping[str, Any]) -> None:
        """Let one event take its turn, some seconds after the last one."""
        friend.now += timedelta(seconds=friend.random.randrange(3, 40))
        number = next(friend.numbers)
        key = f"demo-{friend.user_id[1:13]}-{number}"
        if "message" in event:
            event = {**event, "message": {**event["message"], "id": f"{key}-m"}}
        body = orjson.dumps(
            {
                **event,
                "webhookEventId": key,
                "timestamp": int(friend.now.timestamp() * 1000),
                "source": {"type": "user", "userId": friend.user_id},
                "mode": "active",
            }
        )
        told = parse_event(body, received_at=friend.now)
        contact = friend.contact or self._met(friend)
        contact.last_seen_at = max(contact.last_seen_at, told.sent_at)
        noted = record(self._session, contact, told, event_key=key, now=friend.now)
        turn = self._turn = self._next_turn(contact, key, friend.now)
        reply = react(told, turn)
        if reply:
            friend.seen = [dict(message.body) for message in reply]
            payload = {"messages": friend.seen}
            note(self._session, contact, EntryKind.SENT, at=friend.now, event_key=key, payload=payload)
        # Otherwise rows of several turns are written together, before something is asked of the database.
        if writes := (*noted.writes, *turn.writes):
            self._session.flush()  # they change rows by statement, also those of this event
        for write in writes:
            write(self._session)
        friend.asked = _asked(turn)

    def closes_books(self) -> None:
        """Let the next turn read anew what staff have changed."""
        self._turn = None

    def _next_turn(self, contact: Contact, key: str, now: datetime) -> Turn:
        if self._turn is not None and self._turn.contact is contact:
            if not contact.is_stored:
                self._session.flush()  # not somebody new any more
            return self._turn.go_on(event_key=key, now=now)
        return Turn.begin(
            self._session,
            contact,
            self._published,
            KNOWN if contact.is_stored else NEW,
            versions=self._versions,
            segments=self._segments,
            base_url=self._base_url,
            event_key=key,
            now=now,
        )

    def _met(self, friend: Friend) -> Contact:
        friend.contact = contacts.meet(
            self._session,
            self._channel_id,
            friend.user_id,
            shard=shard_of(friend.user_id),
            sent_at=friend.now,
            now=friend.now,
        )
        profile = LineProfile(friend.name, None, None, friend.language)
        contacts.learn_profile(friend.contact, profile, now=friend.now)
        friend.contact.is_demo = True
        return friend.contact

    def _begins(self, friend: Friend) -> None:
        name = self.shop.begins[friend.wants]
        if not name:
            self.says_something(friend)
        elif "/" in name:
            owner, _slash, pressed = name.partition("/")
            self.does(friend, Tap(pack(ButtonTap(owner, pressed)), {}))
        else:
            self._taps(friend, name)

    def _taps(self, friend: Friend, name: str) -> None:
        tap = button(friend.seen, name)
        if tap is not None:
            self.does(friend, tap)

    def _answers(self, friend: Friend) -> None:
        for _ in range(MOST_ACTS):
            act = answer(
                self.shop,
                friend.asked,
                friend.seen,
                now=friend.now,
                zone=self._published.zone,
                random=friend.random,
            )
            if act is None:
                return
            self.does(friend, act)


def _asked(turn: Turn) -> Asked | None:
    """Return the question that the contact is looking at after a turn."""
    run = turn.runs.running
    if run is None:
        return None
    question = find_question(turn.runs.version_of(run).definition, turn.runs.state_of(run).question)
    return None if question is None else Asked(run.questionnaire, question)
