"""What can become of a call to LINE."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Sent:
    """LINE has it."""

    request_id: str | None
    message_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Later:
    """Not now: try the same request again."""

    reason: str
    maybe_sent: bool
    """LINE may have accepted it all the same."""
    after: timedelta | None = None
    """What LINE asked for, where it did."""
    is_too_fast: bool = False
    """Too many calls: not this request is at fault, and others to this endpoint would hear the same."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Never like this."""

    reason: str
    token_is_invalid: bool = False
    """`Invalid reply token`, which after an unclear attempt means that one was accepted."""


@dataclass(frozen=True, slots=True)
class QuotaSpent:
    """The month's messages are used up."""


@dataclass(frozen=True, slots=True)
class TokenRefused:
    """401: nothing can be sent on this channel until its token is replaced."""

    reason: str


Outcome = Sent | Later | Refused | QuotaSpent | TokenRefused
