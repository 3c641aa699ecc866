"""The state of the simulated platform: one account, its persons, and everything between them."""

from collections import deque
from collections.abc import Iterable, Sequence
from threading import Condition, RLock
from typing import Any
from zoneinfo import ZoneInfo

from simulator.clock import SimClock
from simulator.contents import Contents
from simulator.faults import Faults
from simulator.ids import Ids
from simulator.ledger import Ledger, Log
from simulator.limits import Buckets, Quota
from simulator.menus import RichMenus
from simulator.person import Person
from simulator.persons import Author, Entry, Friendship, PersonState, QuickReplies
from simulator.tokens import ReplyTokens, RetryKeys
from simulator.webhooks import Deliver, Webhooks

_STRANGER_MS = 7 * 24 * 60 * 60 * 1000
_LOG_SIZE = 400


class Line:
    """LINE, as far as one Official Account sees it. Everything is in memory, under one lock.

    :param webhook_url: where events are posted; None until the webhook-endpoint call sets it.
    :param deliver: takes the webhooks instead of HTTP, in the acting thread unless `background`.
    :param seed: makes every id repeatable.
    :param quota: recipients per month; None is a plan without limit.
    :param rate_scale: multiplies LINE's rate limits; None switches them off.
    :param ledger_size: how many accepted requests are kept; None keeps all.
    :param chat_size: how many bubbles each chat keeps.
    :param knows_everyone: any well-formed user id is a friend; of those who were not made by `person`
        only the ledger knows what they got. For benches and for made-up shops.
    :param refuses_unknown_in_multicast: LINE's documentation says both; the default drops them.
    """

    def __init__(  # noqa: PLR0913 - the account's settings, all optional
        self,
        channel_secret: str,
        access_token: str,
        webhook_url: str | None = None,
        clock: SimClock | None = None,
        *,
        bot_user_id: str | None = None,
        basic_id: str = "@tagline",
        display_name: str = "Tagline",
        channel_id: str = "1657000000",
        deliver: Deliver | None = None,
        background: bool | None = None,
        webhook_threads: int = 16,
        seed: int | None = None,
        quota: int | None = None,
        rate_scale: float | None = 1.0,
        ledger_size: int | None = 10_000,
        chat_size: int = 300,
        knows_everyone: bool = False,
        refuses_unknown_in_multicast: bool = False,
    ) -> None:
        self.lock = RLock()
        self.changed = Condition()
        """Notified when any screen or the log changes."""
        self.changes = 0
        """Grows with everything that a screen shows or a restart should remember."""
        self.clock = clock or SimClock()
        self.ids = Ids(seed)
        self.channel_secret = channel_secret
        self.channel_id = channel_id
        self.access_tokens: dict[str, int | None] = {access_token: None}
        """Tokens that work, each with the time (ms) when it ends."""
        self.webhook_url = webhook_url
        self.is_webhook_active = True
        self.bot_user_id = bot_user_id or self.ids.user_id()
        self.basic_id = basic_id
        self.display_name = display_name
        self.chat_mode = "bot"
        self.is_verified = True
        """Verified accounts may list their followers."""
        self.zone = ZoneInfo("Asia/Taipei")
        """Where the phones are: what a date picker offers first."""
        self.public_url = ""
        """Where the simulator itself is reached, for the addresses of profile pictures."""
        self.knows_everyone = knows_everyone
        self.refuses_unknown_in_multicast = refuses_unknown_in_multicast
        self.persons: dict[str, PersonState] = {}
        self.ledger = Ledger(ledger_size)
        self.log = Log(_LOG_SIZE)
        self.faults = Faults()
        self.buckets = Buckets(rate_scale)
        self.quota = Quota(quota)
        self.reply_tokens = ReplyTokens()
        self.retry_keys = RetryKeys()
        self.menus = RichMenus(self)
        self.contents = Contents(self)
        self.chat_size = chat_size
        self.crowd: dict[str, PersonState] = {}
        """Friends that nobody plays: they have a profile and can be sent to; what they get is counted, not kept."""
        self._by_name: dict[str, str] = {}
        self._ledger_size = ledger_size
        background = deliver is None if background is None else background
        self.webhooks = Webhooks(self, deliver=deliver, background=background, threads=webhook_threads)

    def person(
        self,
        name: str,
        *,
        language: str | None = "zh-TW",
        user_id: str | None = None,
        picture: str | None = None,
        status_message: str | None = None,
        has_consented: bool = True,
    ) -> Person:
        """Return the person of that name, made on first use. A new person is a stranger."""
        with self.lock:
            known = self.persons.get(user_id or self._by_name.get(name, ""))
            if known is not None:
                return Person(self, known)
            made = PersonState(
                user_id or self.ids.user_id(), name, language, status_message, picture, has_consented
            )
            self.adopt(made)
        self.show_everyone()
        return Person(self, made)

    def person_by_id(self, user_id: str) -> Person | None:
        """Return the person with that user id."""
        known = self.persons.get(user_id)
        return None if known is None else Person(self, known)

    def everyone(self) -> Sequence[Person]:
        """Return all persons in the order in which they were made."""
        with self.lock:
            return [Person(self, known) for known in self.persons.values()]

    def find(self, user_id: str) -> PersonState | None:
        """Return the state of a user; with `knows_everyone`, that of a face in the crowd for any id."""
        known = self.persons.get(user_id) or self.crowd.get(user_id)
        if known is None and self.knows_everyone:
            return PersonState(
                user_id, f"Friend {user_id[-4:]}", "zh-TW", friendship=Friendship.FRIEND, is_crowd=True
            )
        return known

    def can_reach(self, person: PersonState) -> bool:
        """Tell whether a push arrives: at friends, and at strangers who wrote in the last week."""
        if person.friendship is Friendship.FRIEND:
            return True
        if person.friendship is not Friendship.STRANGER or person.wrote_at_ms is None:
            return False
        return self.clock.now_ms() - person.wrote_at_ms <= _STRANGER_MS

    def show(
        self,
        persons: Sequence[PersonState],
        messages: Sequence[dict[str, Any]],
        first_ids: Sequence[str],
        request_id: str,
    ) -> None:
        """Put a request's messages on screens; `first_ids` are those of the first person's bubbles."""
        now_ms = self.clock.now_ms()
        new_id = self.ids.message_id
        for number, person in enumerate(persons):
            if person.is_crowd:
                continue
            ids = [new_id() for _ in messages] if number else first_ids
            chat = self.chat_of(person)
            for message, message_id in zip(messages, ids, strict=True):
                chat.append(Entry(message_id, Author.BOT, message, now_ms, request_id))
            person.loading_until_ms = 0
            person.quick_replies = quick_replies(messages[-1], ids[-1])
            person.version += 1
        self.show_everyone()

    def chat_of(self, person: PersonState) -> deque[Entry]:
        """Return a person's bubbles, made on first use."""
        return person.chat_of(self.chat_size)

    def adopt(self, person: PersonState) -> None:
        """Let a person live on the platform."""
        self.persons[person.user_id] = person
        self._by_name.setdefault(person.name, person.user_id)

    def gather_crowd(self, friends: Iterable[tuple[str, str, str | None]]) -> None:
        """Let friends whom nobody plays live on the platform, as (user id, name, language), instead of those before."""
        self.crowd = {
            user_id: PersonState(
                user_id, name, language, friendship=Friendship.FRIEND, was_friend=True, is_crowd=True
            )
            for user_id, name, language in friends
        }

    def touch(self, person: PersonState) -> None:
        """Say that a person's screen has changed."""
        person.version += 1
        self.show_everyone()

    def show_everyone(self) -> None:
        """Wake whoever watches."""
        with self.changed:
            self.changes += 1
            self.changed.notify_all()

    def reset(self) -> None:
        """Forget chats, menus, ledger, faults and friendships; persons and settings stay."""
        with self.lock:
            for user_id, old in list(self.persons.items()):
                fresh = PersonState(
                    user_id,
                    old.name,
                    old.language,
                    old.status_message,
                    old.picture,
                    old.has_consented,
                    version=old.version + 1,
                )
                self.persons[user_id] = fresh
            self.ledger = Ledger(self._ledger_size)
            self.log = Log(_LOG_SIZE)
            self.faults.clear()
            self.buckets.reset()
            self.quota = Quota(self.quota.limit)
            self.reply_tokens = ReplyTokens()
            self.retry_keys = RetryKeys()
            self.menus = RichMenus(self)
            self.contents = Contents(self)
            self.webhooks.forget()
        self.show_everyone()


def quick_replies(message: dict[str, Any], message_id: str) -> QuickReplies | None:
    """Return the strip that a message brings: only the last of a request brings one."""
    given = message.get("quickReply")
    if not given:
        return None
    items = given["items"]
    return QuickReplies(
        message_id,
        tuple(item["action"] for item in items),
        tuple(item.get("imageUrl") or "" for item in items),
    )
