"""Deliver webhooks as LINE does: the exact bytes signed, two seconds to answer, perhaps again."""

import base64
import hashlib
import hmac
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition, Event, Thread
from typing import TYPE_CHECKING, Any

import urllib3

from simulator.disguise import Disguise, Spoil

if TYPE_CHECKING:
    from simulator.state import Line

ANSWER_SECONDS = 2.0
Deliver = Callable[[bytes, dict[str, str]], int]
"""Posts a body with headers to the bot and returns the HTTP status; 0 when nobody answered."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one delivery."""

    status: int
    """The bot's status, 0 when there was none."""
    reason: str
    """In the words of LINE's webhook test: `OK`, `REQUEST_TIMEOUT`, ..."""

    @property
    def is_ok(self) -> bool:
        """Tell whether the bot took the webhook in time."""
        return self.reason == "OK"


@dataclass(slots=True)
class Redelivery:
    """LINE's redelivery switch. How often and when LINE tries again is not published."""

    is_on: bool = False
    times: int = 3
    interval_seconds: float = 10.0


@dataclass(slots=True)
class _Again:
    due: float
    events: Sequence[dict[str, Any]]
    tries_left: int


@dataclass(slots=True)
class _Held:
    events: list[dict[str, Any]] = field(default_factory=list)


class Webhooks:
    """The road from a person's phone to the bot.

    In the background (the default over HTTP) the events of one person leave one after the other and
    different persons' side by side; otherwise each event is delivered before the act returns.
    """

    def __init__(self, line: "Line", *, deliver: Deliver | None, background: bool, threads: int) -> None:
        self._line = line
        self._deliver = deliver or self._post
        self._is_background = background
        self._pool = ThreadPoolExecutor(threads, "webhook") if background else None
        self._http = urllib3.PoolManager(maxsize=threads, retries=False)
        self._changed = Condition()
        self._queues: dict[str, deque[Sequence[dict[str, Any]]]] = {}
        self._again: list[_Again] = []
        self._held: _Held | None = None
        self._clockwork: Thread | None = None
        self._stopped = Event()
        self.redelivery = Redelivery()
        self.disguise = Disguise()
        self.last_outcome: Outcome | None = None
        self.delivered = 0
        self.failed = 0

    def send(self, *events: dict[str, Any]) -> None:
        """Deliver events in one body, or keep them back while `hold` is on."""
        if self._held is not None:
            self._held.events.extend(events)
        elif self._pool is None:
            self._attempt(events, self.redelivery.times)
        else:
            self._enqueue(events)

    @contextmanager
    def hold(self) -> Iterator[list[dict[str, Any]]]:
        """Collect events instead of delivering them; the list is the caller's, to `send` as it likes."""
        self._held = held = _Held()
        try:
            yield held.events
        finally:
            self._held = None

    def send_copies(self, event: dict[str, Any], copies: int) -> None:
        """Deliver the same event several times, as a stuttering network does."""
        for _ in range(copies):
            self.send(event)

    def verify(self, url: str | None = None) -> Outcome:
        """Send the empty webhook of the console's Verify button, perhaps elsewhere, and wait."""
        return self._exchange((), url)

    def forget(self) -> None:
        """Drop what waits for redelivery, and every order to spoil a webhook."""
        with self._changed:
            self._again.clear()
            self.last_outcome = None
            self.delivered = self.failed = 0
        self.disguise.clear()

    def redeliver(self, *events: dict[str, Any]) -> Outcome:
        """Deliver events once more, marked as a redelivery, whatever the switch says."""
        return self._exchange([_redelivered(event) for event in events])

    def redeliver_due(self) -> int:
        """Deliver again what failed and is due by the simulator's clock; return how many bodies."""
        now = self._line.clock.seconds()
        with self._changed:
            due = [again for again in self._again if again.due <= now]
            self._again = [again for again in self._again if again.due > now]
        for again in due:
            self._attempt([_redelivered(event) for event in again.events], again.tries_left - 1)
        return len(due)

    def wait_idle(self, timeout: float = 10.0) -> bool:
        """Wait until nothing is on its way; redeliveries that are not due do not count."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._queues, timeout)

    def start(self) -> None:
        """Redeliver by itself from now on, in a thread."""
        if self._clockwork is None:
            self._clockwork = Thread(target=self._run_clockwork, name="redelivery", daemon=True)
            self._clockwork.start()

    def stop(self) -> None:
        """Finish what is on its way and let go of threads and connections."""
        self._stopped.set()
        if self._clockwork is not None:
            self._clockwork.join()
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
        self._http.clear()

    def _run_clockwork(self) -> None:
        while not self._stopped.wait(0.1):
            if self._again:
                self.redeliver_due()

    def _enqueue(self, events: Sequence[dict[str, Any]]) -> None:
        lane = _whose(events)
        with self._changed:
            queue = self._queues.get(lane)
            if queue is not None:
                queue.append(events)
                return
            self._queues[lane] = deque([events])
        if self._pool is not None and not self._stopped.is_set():
            self._pool.submit(self._drain, lane)

    def _drain(self, lane: str) -> None:
        while True:
            with self._changed:
                queue = self._queues[lane]
                if not queue or self._stopped.is_set():
                    del self._queues[lane]
                    self._changed.notify_all()
                    return
                events = queue.popleft()
            self._attempt(events, self.redelivery.times)

    def _attempt(self, events: Sequence[dict[str, Any]], tries_left: int) -> None:
        outcome = self._exchange(events)
        if not outcome.is_ok and self.redelivery.is_on and tries_left > 0:
            due = self._line.clock.seconds() + self.redelivery.interval_seconds
            with self._changed:
                self._again.append(_Again(due, events, tries_left))

    def _exchange(self, events: Sequence[dict[str, Any]], url: str | None = None) -> Outcome:
        line = self._line
        for event in events:
            if "replyToken" in event:
                line.reply_tokens.delivered(event["replyToken"], line.clock.now_ms())
        spoil = self.disguise.take_spoil()
        body = self.disguise.write({"destination": line.bot_user_id, "events": list(events)})
        signature = sign(spoil.secret(line.channel_secret), body)
        headers = self.disguise.headers(None if spoil is Spoil.NO_SIGNATURE else signature)
        if spoil is Spoil.TAMPERED:
            body = body.replace(b'"', b"'", 1)
        started = time.monotonic()
        status = self._deliver(body, headers) if url is None else self._post(body, headers, url)
        outcome = _judge(status, time.monotonic() - started)
        self._settle(events, body, outcome, headers)
        return outcome

    def _settle(
        self, events: Sequence[dict[str, Any]], body: bytes, outcome: Outcome, headers: Mapping[str, str]
    ) -> None:
        with self._changed:
            self.last_outcome = outcome
            self.delivered += outcome.is_ok
            self.failed += not outcome.is_ok
        title = ", ".join(_title(event) for event in events) or "(verification)"
        line = self._line
        line.log.add(
            "webhook",
            line.clock.now_ms(),
            title,
            outcome.status,
            reason=outcome.reason,
            sent=body,
            user_id=_whose(events),
            facts=dict(headers),
        )
        line.show_everyone()

    def _post(self, body: bytes, headers: dict[str, str], url: str | None = None) -> int:
        url = url or self._line.webhook_url
        if not url:
            return 0
        limit = urllib3.Timeout(total=ANSWER_SECONDS)
        try:
            answer = self._http.request(
                "POST", url, body=body, headers=headers, timeout=limit, redirect=False
            )
        except urllib3.exceptions.ReadTimeoutError:
            return -1
        except urllib3.exceptions.HTTPError:
            return 0
        return answer.status


def sign(secret: str, body: bytes) -> str:
    """Return the value of `x-line-signature` for a body."""
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def _judge(status: int, seconds: float) -> Outcome:
    if status < 0 or (status > 0 and seconds > ANSWER_SECONDS):
        return Outcome(0, "REQUEST_TIMEOUT")
    if status == 0:
        return Outcome(0, "COULD_NOT_CONNECT")
    if status // 100 != 2:
        return Outcome(status, "ERROR_STATUS_CODE")
    return Outcome(status, "OK")


def _redelivered(event: dict[str, Any]) -> dict[str, Any]:
    return event | {"deliveryContext": {"isRedelivery": True}}


def _whose(events: Sequence[Mapping[str, Any]]) -> str:
    source = events[0].get("source") if events else None
    return str(source.get("userId", "")) if isinstance(source, dict) else ""


def _title(event: Mapping[str, Any]) -> str:
    message = event.get("message")
    detail = f" {message.get('type')}" if isinstance(message, dict) else ""
    return f"{event.get('type')}{detail}"
