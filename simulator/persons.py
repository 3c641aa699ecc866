"""What LINE knows about a person: profile, friendship, the chat, the menu on the screen."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Friendship(StrEnum):
    """How a person stands to the account."""

    STRANGER = "stranger"
    FRIEND = "friend"
    BLOCKED = "blocked"
    GONE = "gone"
    """The person deleted their LINE account."""


class Author(StrEnum):
    """Whose bubble it is."""

    BOT = "bot"
    PERSON = "person"


@dataclass(slots=True)
class Entry:
    """One bubble of a chat."""

    message_id: str
    author: Author
    body: dict[str, Any]
    """The LINE message object: as sent by the bot, or as told in the webhook."""
    at_ms: int
    request_id: str = ""
    """Of the API call that brought it; empty for the person's own bubbles."""
    event_id: str = ""
    """Of the webhook event it caused; empty for the bot's and for a tap's display text."""
    is_unsent: bool = False


@dataclass(slots=True)
class QuickReplies:
    """The strip above the keyboard, until a tap or the next message takes it away."""

    message_id: str
    actions: tuple[dict[str, Any], ...]
    icons: tuple[str, ...] = ()


@dataclass(slots=True)
class PersonState:
    """One LINE user as the platform sees them."""

    user_id: str
    name: str
    language: str | None = None
    status_message: str | None = None
    picture: str | None = None
    """Address of the profile picture; None lets the simulator draw initials."""
    has_consented: bool = True
    """Without consent to the privacy policy there is no profile."""
    is_standby: bool = False
    """Another channel holds the chat: events come without a reply token."""
    friendship: Friendship = Friendship.STRANGER
    was_friend: bool = False
    wrote_at_ms: int | None = None
    rich_menu_id: str | None = None
    is_menu_open: bool | None = None
    """None until the person opens or closes it: the menu's own `selected` decides."""
    quick_replies: QuickReplies | None = None
    loading_until_ms: int = 0
    read_to: str = ""
    """Id of the newest message the bot has marked as read."""
    draft: str = ""
    opened: list[str] = field(default_factory=list)
    """Addresses opened by tapping, oldest first."""
    clipboard: str = ""
    is_crowd: bool = False
    """One of a million friends that nobody looks at: no chat is kept."""
    version: int = 0
    """Grows with every change that the screen shows."""
    chat: deque[Entry] | None = None
    """Made with the first bubble, so that a million silent friends cost little."""

    def chat_of(self, size: int) -> deque[Entry]:
        """Return the bubbles, made on first use for `size` of them."""
        if self.chat is None:
            self.chat = deque(maxlen=size)
        return self.chat

    @property
    def entries(self) -> Iterable[Entry]:
        """The bubbles, oldest first."""
        return self.chat or ()
