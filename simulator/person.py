"""A person with a phone: everything a customer can do, and what they see."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from simulator import events
from simulator.persons import Author, Entry, Friendship, PersonState
from simulator.read_marks import read_token
from simulator.samples import sample_picture
from simulator.seen import Tappable, tappable, tappables, words
from simulator.taps import CannotTap, perform, text_of_entry_link
from simulator.waiting import wait_until

if TYPE_CHECKING:
    from simulator.state import Line

_File = tuple[str, str, bytes]  # kind, media type, bytes
_DATA_OUTLASTS_TAP = frozenset({"camera", "cameraRoll", "location", "datetimepicker"})


class Person:
    """One person of the simulated LINE; what a phone would not allow raises CannotTap.

    Acts return when LINE has them; the bot's answer may come later.
    """

    def __init__(self, line: "Line", state: PersonState) -> None:
        self.line = line
        self._user_id = state.user_id

    def __repr__(self) -> str:
        return f"<Person {self.name!r}>"

    @property
    def state(self) -> PersonState:
        """What LINE knows of this person."""
        return self.line.persons[self._user_id]

    @property
    def user_id(self) -> str:
        """The id that webhooks carry."""
        return self._user_id

    @property
    def name(self) -> str:
        """The display name."""
        return self.state.name

    def follows(self) -> None:
        """Add the account as a friend, or unblock it."""
        with self.line.lock:
            state = self.state
            if state.friendship is Friendship.FRIEND:
                return
            unblocks = state.friendship is Friendship.BLOCKED
            state.friendship = Friendship.FRIEND
            state.was_friend = True
            self.line.touch(state)
            event = events.event(self.line, state, "follow", follow={"isUnblocked": unblocks})
        self.line.webhooks.send(event)

    def unfollows(self) -> None:
        """Block the account; nothing arrives any more and nothing can be written."""
        with self.line.lock:
            state = self.state
            if state.friendship is Friendship.BLOCKED:
                return
            state.friendship = Friendship.BLOCKED
            state.quick_replies = None
            self.line.touch(state)
            event = events.event(self.line, state, "unfollow")
        self.line.webhooks.send(event)

    blocks = unfollows

    def deletes_account(self) -> None:
        """Leave LINE for good; no webhook tells of it."""
        with self.line.lock:
            self.state.friendship = Friendship.GONE
            self.line.touch(self.state)

    def says(self, text: str, *, quotes: Entry | None = None, **extra: Any) -> Entry:
        """Write a text; `extra` are further fields of the message, such as `emojis` or `mention`."""
        message = events.text_message(self.line, text) | extra
        if quotes is not None:
            message["quotedMessageId"] = quotes.message_id
        return self._sends(message)

    def sends_sticker(self, package_id: str = "446", sticker_id: str = "1988") -> Entry:
        """Send a sticker."""
        return self._sends(events.sticker_message(self.line, package_id, sticker_id))

    def sends_photo(self, body: bytes | None = None, media_type: str = "image/jpeg") -> Entry:
        """Send a picture, the sample one unless bytes are given."""
        message = events.image_message(self.line)
        return self._sends(message, content=("image", media_type, body or sample_picture()))

    def sends_photos(self, count: int) -> list[Entry]:
        """Send several pictures at once; their events share an image set, in no promised order."""
        set_id = self.line.ids.message_id()
        sent = []
        for number in range(1, count + 1):
            message = events.image_message(self.line, {"id": set_id, "index": number, "total": count})
            sent.append(self._sends(message, content=("image", "image/jpeg", sample_picture())))
        return sent

    def sends_video(self, body: bytes = b"\x00\x00\x00\x18ftypmp42", duration: int = 4000) -> Entry:
        """Send a film."""
        message = events.video_message(self.line, duration)
        return self._sends(message, content=("video", "video/mp4", body))

    def sends_audio(self, body: bytes = b"\x00\x00\x00\x18ftypM4A ", duration: int = 3000) -> Entry:
        """Send a voice recording."""
        message = events.audio_message(self.line, duration)
        return self._sends(message, content=("audio", "audio/m4a", body))

    def sends_file(self, name: str, body: bytes, media_type: str = "application/octet-stream") -> Entry:
        """Send a file."""
        message = events.file_message(self.line, name, len(body))
        return self._sends(message, content=("file", media_type, body))

    def sends_location(
        self,
        title: str = "台北車站",
        address: str = "台北市中正區北平西路3號",
        latitude: float = 25.0478,
        longitude: float = 121.5170,
    ) -> Entry:
        """Send a place."""
        return self._sends(events.location_message(self.line, title, address, latitude, longitude))

    def sends_message(self, message: dict[str, Any]) -> Entry:
        """Send any message object, also one that does not exist yet; `id` is added if it is missing."""
        return self._sends({"id": self.line.ids.message_id()} | message, is_raw=True)

    def causes(self, kind: str, **payload: Any) -> dict[str, Any]:
        """Cause an event of any type, such as `beacon` or one nobody knows; return it."""
        with self.line.lock:
            event = events.event(self.line, self.state, kind, **payload)
        self.line.webhooks.send(event)
        return event

    def posts_back(
        self,
        data: str,
        *,
        params: dict[str, str] | None = None,
        shown: str | None = None,
        keeps_quick_replies: bool = False,
    ) -> dict[str, Any]:
        """Send a postback, as a tap does; tests forge with it. Return the event."""
        with self.line.lock:
            state = self._able()
            if shown:
                self._append({"type": "text", "text": shown}, self.line.ids.message_id())
            if not keeps_quick_replies:
                state.quick_replies = None
            payload: dict[str, Any] = {"data": data}
            if params is not None:
                payload["params"] = params
            self.line.touch(state)
            event = events.event(self.line, state, "postback", postback=payload)
        self.line.webhooks.send(event)
        return event

    def unsends(self, entry: Entry) -> None:
        """Take back a message; its content is gone from LINE."""
        with self.line.lock:
            entry.is_unsent = True
            self.line.contents.unsend(entry.message_id)
            self.line.touch(self.state)
            event = events.event(self.line, self.state, "unsend", unsend={"messageId": entry.message_id})
        self.line.webhooks.send(event)

    def taps(self, label: str, value: str | None = None, *, on: Entry | None = None) -> None:
        """Tap what carries the label: a quick reply, else the newest in the chat, else in the menu.

        `value` is what is picked in a date or time picker (`2027-03-01`, `10:30`, `2027-03-01T10:30`);
        `on` looks only into one message, such as an old one further up.
        """
        self.performs(self._find(label, on).action, value)

    picks = taps

    def picks_newest(self, value: str) -> None:
        """Pick a date or time in the newest picker in sight."""
        for found in self._candidates(None):
            if found.action["type"] == "datetimepicker":
                self.performs(found.action, value)
                return
        message = f"{self.name} sees no picker"
        raise CannotTap(message)

    def performs(self, action: dict[str, Any], value: str | None = None) -> None:
        """Do what tapping an action does, whether or not it is on the screen."""
        with self.line.lock:
            state = self._able()
            strip = state.quick_replies
            if strip is not None and action in strip.actions and action["type"] not in _DATA_OUTLASTS_TAP:
                state.quick_replies = None
                self.line.touch(state)
        perform(self, action, value)

    def scans(self, code: str) -> None:
        """Scan a QR code: an oaMessage link, or its text. Adds the account if need be, then sends it."""
        self.follows()
        self.says(text_of_entry_link(code) or code)

    @property
    def messages(self) -> list[Entry]:
        """The bot's bubbles, oldest first."""
        return [entry for entry in self.chat if entry.author is Author.BOT]

    @property
    def chat(self) -> list[Entry]:
        """All bubbles, oldest first."""
        with self.line.lock:
            return list(self.state.entries)

    @property
    def sees(self) -> list[str]:
        """The words of the bot's bubbles, oldest first."""
        return [words(entry.body) for entry in self.messages]

    @property
    def quick_replies(self) -> list[str]:
        """The labels of the strip above the keyboard."""
        strip = self.state.quick_replies
        return [tappable(action).label for action in strip.actions] if strip else []

    @property
    def buttons(self) -> list[str]:
        """The labels in the bot's bubbles since the person's last own one, then the quick replies."""
        labels: list[str] = []
        for entry in reversed(self.chat):
            if entry.author is Author.PERSON:
                break
            labels[:0] = [found.label for found in tappables(entry.body)]
        return labels + self.quick_replies

    @property
    def menu(self) -> list[str]:
        """The labels of the rich menu on this person's screen."""
        return [found.label for found in self._menu_tappables()]

    @property
    def is_shown_typing(self) -> bool:
        """Tell whether the loading animation runs."""
        return self.state.loading_until_ms > self.line.clock.now_ms()

    def waits_for(self, count: int, *, seconds: float = 5.0) -> list[str]:
        """Wait until the bot has sent `count` bubbles in all; return what is seen, maybe fewer."""
        wait_until(self.line, lambda: len(self.messages) >= count, seconds)
        return self.sees

    def waits_to_see(self, words_in_it: str, *, seconds: float = 5.0) -> list[str]:
        """Wait until a bubble of the bot contains the words; return what is seen, maybe without them."""
        wait_until(self.line, lambda: any(words_in_it in seen for seen in self.sees), seconds)
        return self.sees

    def _find(self, label: str, on: Entry | None) -> Tappable:
        for found in self._candidates(on):
            if label in found.names:
                return found
        message = f"{self.name} sees no {label!r}; there are {self.buttons} and the menu {self.menu}"
        raise CannotTap(message)

    def _candidates(self, on: Entry | None) -> Sequence[Tappable]:
        if on is not None:
            return list(tappables(on.body))
        strip = self.state.quick_replies
        candidates = [tappable(action) for action in strip.actions] if strip else []
        for entry in reversed(self.messages):
            candidates.extend(tappables(entry.body))
        return candidates + self._menu_tappables()

    def _menu_tappables(self) -> list[Tappable]:
        with self.line.lock:
            menu = self.line.menus.shown_to(self.state)
        return [] if menu is None else [tappable(area["action"]) for area in menu.body["areas"]]

    def _able(self) -> PersonState:
        state = self.state
        if state.friendship in (Friendship.BLOCKED, Friendship.GONE):
            message = f"{state.name} has blocked the account and cannot write to it"
            raise CannotTap(message)
        return state

    def _sends(self, message: dict[str, Any], *, content: _File | None = None, is_raw: bool = False) -> Entry:
        with self.line.lock:
            state = self._able()
            if content is not None:
                self.line.contents.keep(message["id"], *content)
            if not is_raw:
                message["markAsReadToken"] = read_token(state.user_id, message["id"])
            state.wrote_at_ms = self.line.clock.now_ms()
            state.quick_replies = None
            state.draft = ""
            entry = self._append(message, message["id"])
            event = events.event(self.line, state, "message", message=message)
            entry.event_id = event["webhookEventId"]
            self.line.touch(state)
        self.line.webhooks.send(event)
        return entry

    def _append(self, message: dict[str, Any], message_id: str) -> Entry:
        entry = Entry(message_id, Author.PERSON, message, self.line.clock.now_ms())
        self.line.chat_of(self.state).append(entry)
        return entry
