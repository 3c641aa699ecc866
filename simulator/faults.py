"""Faults on demand: what the API does wrong to the next calls, as a test orders it."""

from dataclasses import dataclass
from enum import StrEnum
from threading import Lock

from simulator.wire import Answer, Refusal

RATE_LIMITED = "The API rate limit has been exceeded. Try again later."
QUOTA_SPENT = "You have reached your monthly limit."
ANY = "*"


class Do(StrEnum):
    """The kinds of trouble."""

    REFUSE = "refuse"
    """Answer `status` with `message`; nothing is accepted."""
    RATE_429 = "rate_429"
    QUOTA_429 = "quota_429"
    ERROR_BEFORE = "error_before"
    """500, and nothing was accepted."""
    ERROR_AFTER = "error_after"
    """500, although the request was accepted."""
    DROP_BEFORE = "drop_before"
    """Close the connection without an answer; nothing was accepted."""
    DROP_AFTER = "drop_after"
    """Accept the request, then close the connection without an answer."""
    SLOW = "slow"
    """Accept the request, answer after `seconds`."""
    BAD_JSON = "bad_json"
    """Accept the request, answer 200 with a body that is not JSON."""
    ODD_JSON = "odd_json"
    """Accept the request, answer 200 with `{}`."""


_BEFORE = frozenset({Do.REFUSE, Do.RATE_429, Do.QUOTA_429, Do.ERROR_BEFORE, Do.DROP_BEFORE})


class ConnectionDropped(Exception):  # noqa: N818 - an order to the server, not an error
    """Tells the server to close the connection without an answer."""


@dataclass(slots=True)
class Order:
    """One order: do this to the next `times` calls of an endpoint."""

    endpoint: str
    do: Do
    times: int
    status: int
    message: str
    seconds: float
    retry_after: int | None

    @property
    def comes_before(self) -> bool:
        """Tell whether the call is spoilt before it is accepted."""
        return self.do in _BEFORE

    def spoil_before(self) -> Answer:
        """Return the answer that stands in for handling the call."""
        headers = () if self.retry_after is None else (("Retry-After", str(self.retry_after)),)
        match self.do:
            case Do.DROP_BEFORE:
                raise ConnectionDropped
            case Do.RATE_429:
                return Refusal(429, RATE_LIMITED, headers=headers).answer
            case Do.QUOTA_429:
                return Refusal(429, QUOTA_SPENT, headers=headers).answer
            case Do.ERROR_BEFORE:
                return Refusal(500, "Internal server error").answer
            case _:
                return Refusal(self.status, self.message, headers=headers).answer

    def spoil_after(self, answer: Answer) -> Answer:
        """Return what the caller sees of a call that was handled."""
        match self.do:
            case Do.DROP_AFTER:
                raise ConnectionDropped
            case Do.ERROR_AFTER:
                return Refusal(500, "Internal server error").answer
            case Do.BAD_JSON:
                return Answer(200, b'{"sentMessages":[{"id":', headers=answer.headers)
            case Do.ODD_JSON:
                return Answer(200, b"{}", headers=answer.headers)
            case _:
                return answer


class Faults:
    """The open orders, oldest first."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._orders: list[Order] = []

    def order(
        self,
        endpoint: str,
        do: Do | str,
        *,
        times: int = 1,
        status: int = 400,
        message: str = "Failed to send messages",
        seconds: float = 0.0,
        retry_after: int | None = None,
    ) -> None:
        """Spoil the next `times` calls of an endpoint, or of any with `*`."""
        with self._lock:
            self._orders.append(Order(endpoint, Do(do), times, status, message, seconds, retry_after))

    def take(self, endpoint: str) -> Order | None:
        """Return the order for this call, counting it off."""
        if not self._orders:
            return None
        with self._lock:
            for order in self._orders:
                if order.endpoint in (endpoint, ANY):
                    order.times -= 1
                    if order.times <= 0:
                        self._orders.remove(order)
                    return order
        return None

    @property
    def pending(self) -> int:
        """How many calls are still to be spoilt."""
        return sum(order.times for order in self._orders)

    def clear(self) -> None:
        """Forget all orders."""
        with self._lock:
            self._orders.clear()
