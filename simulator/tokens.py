"""Reply tokens and retry keys: what makes a request work once."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

_REPLY_SECONDS = 60
_REPLY_DEAD_AFTER_SECONDS = 20 * 60
_RETRY_KEY_SECONDS = 24 * 60 * 60


@dataclass(slots=True)
class _ReplyToken:
    chat_id: str
    event_at_ms: int
    good_until_ms: int


class ReplyTokens:
    """Tokens that can still be spent. A spent one is forgotten, so it can never work again."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, _ReplyToken] = OrderedDict()

    def issue(self, token: str, chat_id: str, event_at_ms: int) -> None:
        """Remember a token of an event that is about to be delivered."""
        self._forget_dead(event_at_ms)
        self._open[token] = _ReplyToken(chat_id, event_at_ms, event_at_ms + _REPLY_SECONDS * 1000)

    def delivered(self, token: str, now_ms: int) -> None:
        """Start the token's minute again: its event was delivered, or redelivered, now."""
        known = self._open.get(token)
        if known is not None:
            last = known.event_at_ms + _REPLY_DEAD_AFTER_SECONDS * 1000
            known.good_until_ms = min(now_ms + _REPLY_SECONDS * 1000, last)

    def spend(self, token: str, now_ms: int) -> str | None:
        """Use up a token; return its chat, or None when it is unknown, used or too old."""
        known = self._open.get(token)
        if known is None or now_ms > known.good_until_ms:
            return None
        del self._open[token]
        return known.chat_id

    def _forget_dead(self, now_ms: int) -> None:
        while self._open:
            first = next(iter(self._open.values()))
            if now_ms - first.event_at_ms <= _REPLY_DEAD_AFTER_SECONDS * 1000:
                return
            self._open.popitem(last=False)


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a retry key was accepted for."""

    at_ms: int
    request_id: str
    sent_messages: tuple[dict[str, Any], ...] | None


class RetryKeys:
    """Keys of accepted requests, each for a day. A refused request leaves no key behind."""

    def __init__(self) -> None:
        self._accepted: OrderedDict[str, Accepted] = OrderedDict()

    def find(self, key: str, now_ms: int) -> Accepted | None:
        """Return the request that was accepted under the key less than 24 hours ago."""
        known = self._accepted.get(key)
        if known is None:
            return None
        if now_ms - known.at_ms > _RETRY_KEY_SECONDS * 1000:
            del self._accepted[key]
            return None
        return known

    def remember(self, key: str, accepted: Accepted) -> None:
        """Record an accepted request, and let go of what is older than a day."""
        self._accepted[key] = accepted
        while self._accepted:
            first_key, first = next(iter(self._accepted.items()))
            if accepted.at_ms - first.at_ms <= _RETRY_KEY_SECONDS * 1000:
                return
            del self._accepted[first_key]
