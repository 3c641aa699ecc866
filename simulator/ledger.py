"""What was accepted and what happened: the record that tests count deliveries by."""

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Sent:
    """One request that LINE accepted."""

    number: int
    """From 1, in the order of acceptance."""
    endpoint: str
    """`reply`, `push`, `multicast` or `broadcast`."""
    request_id: str
    at_ms: int
    to: tuple[str, ...]
    """Whom the request named; for a reply, whose token it spent."""
    delivered_to: tuple[str, ...]
    """On whose phones it appeared: blocked people and strangers are not among them."""
    messages: tuple[dict[str, Any], ...]
    message_ids: tuple[str, ...]
    retry_key: str | None = None
    reply_token: str | None = None
    units: tuple[str, ...] = ()
    """Aggregation units that counted."""


class Ledger:
    """The newest accepted requests, and how many there ever were.

    `size` bounds what is kept, not what is counted; None keeps everything.
    """

    def __init__(self, size: int | None) -> None:
        self._kept: deque[Sent] = deque(maxlen=size)
        self.accepted: Counter[str] = Counter()
        """Accepted requests by endpoint, since the start."""
        self.delivered = 0
        """Message objects that reached a phone, since the start."""
        self.total = 0

    def add(self, sent: Sent) -> None:
        """Record an accepted request."""
        self._kept.append(sent)
        self.total += 1
        self.accepted[sent.endpoint] += 1
        self.delivered += len(sent.delivered_to) * len(sent.messages)

    def __iter__(self) -> Iterator[Sent]:
        return iter(tuple(self._kept))

    def __len__(self) -> int:
        return len(self._kept)

    def after(self, number: int, *, limit: int = 1000) -> Sequence[Sent]:
        """Return what came after a number, oldest first."""
        # Walk from the new end: callers that poll ask for the newest few.
        newer: list[Sent] = []
        for sent in reversed(tuple(self._kept)):
            if sent.number <= number:
                break
            newer.append(sent)
        return newer[::-1][:limit]


@dataclass(frozen=True, slots=True)
class Logged:
    """One line of the event log: a webhook or an API call."""

    number: int
    kind: str
    """`webhook` or `api`."""
    at_ms: int
    title: str
    status: int
    """HTTP status; 0 when there was no answer."""
    reason: str = ""
    sent: bytes = b""
    received: bytes = b""
    user_id: str = ""
    facts: dict[str, str] = field(default_factory=dict)


class Log:
    """The newest happenings, for the page and for tests that look into one."""

    def __init__(self, size: int) -> None:
        self._kept: deque[Logged] = deque(maxlen=size)
        self.total = 0

    def add(  # noqa: PLR0913 - one line of a log has as many columns as it has
        self,
        kind: str,
        at_ms: int,
        title: str,
        status: int,
        *,
        reason: str = "",
        sent: bytes = b"",
        received: bytes = b"",
        user_id: str = "",
        facts: dict[str, str] | None = None,
    ) -> None:
        """Write one line."""
        self.total += 1
        self._kept.append(
            Logged(self.total, kind, at_ms, title, status, reason, sent, received, user_id, facts or {})
        )

    def __iter__(self) -> Iterator[Logged]:
        return iter(tuple(self._kept))

    def after(self, number: int) -> Sequence[Logged]:
        """Return the lines after a number, oldest first."""
        newer: list[Logged] = []
        for line in reversed(tuple(self._kept)):
            if line.number <= number:
                break
            newer.append(line)
        return newer[::-1]
