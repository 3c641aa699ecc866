"""News for open pages: server-sent events that carry ids, and nothing that anybody might not see.

One thread of each web process looks for changes while pages are open: once a second, and at once when
something tells it to. It tells them to at most 64 streams, each of which holds one of the server's
threads; the webhook needs the others. Whoever finds no place asks every few seconds instead.
"""

import secrets
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import monotonic

import orjson
import structlog
from flask import Blueprint, Response, g, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from console.access import without_transaction
from console.parts import Listen, Parts
from console.watching import Changes, Watch
from core.clock import Clock
from core.db import Database
from staff.permissions import Permission

MOST_STREAMS = 64
MOST_PER_USER = 6
STREAM_S = 25.0
HEARTBEAT_S = 5.0
LOOK_EVERY_S = 1.0
LOOK_AGAIN_S = 0.15
"""However much happens, looks are this far apart."""
FIRST_LOOK_S = 2.0
REST_AFTER_S = 30.0
"""Nobody has asked for so long: stop looking."""
KEPT = 500
"""Pieces of news that a page which was away for a moment can still get."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class News:
    """What pages are told at once."""

    number: int
    changes: Changes


class Hub:
    """Looks for changes, and tells them to everybody who waits."""

    def __init__(
        self, database: Database, clock: Clock, *, channel_id: int, listen: Listen | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._channel_id = channel_id
        self._listen = listen
        self._name = secrets.token_hex(3)
        self._news: deque[News] = deque(maxlen=KEPT)
        self._number = 0
        self._streams: Counter[str] = Counter()
        self._asked_at = 0.0
        self._changed = threading.Condition()
        self._hint = threading.Event()
        self._thread: threading.Thread | None = None
        self._has_looked = threading.Event()
        self._is_closed = False

    def join(self, user: str) -> bool:
        """Take a place for a stream; False when there is none."""
        with self._changed:
            if self._streams.total() >= MOST_STREAMS or self._streams[user] >= MOST_PER_USER:
                return False
            self._streams[user] += 1
        self.ask()
        return True

    def leave(self, user: str) -> None:
        """Give the place back."""
        with self._changed:
            self._streams[user] -= 1
            self._streams += Counter()  # without those that have none

    @property
    def stream_count(self) -> int:
        return self._streams.total()

    def ask(self) -> None:
        """Say that somebody wants to know: the looking begins, or goes on."""
        with self._changed:
            self._asked_at = monotonic()
            if self._thread is None and not self._is_closed:
                self._has_looked.clear()
                self._thread = threading.Thread(target=self._run, name="live", daemon=True)
                self._thread.start()
        # What happens before the first look nobody would be told of.
        self._has_looked.wait(FIRST_LOOK_S)

    def wake(self) -> None:
        """Look at once."""
        self._hint.set()

    def close(self) -> None:
        """Stop looking, and end every stream."""
        with self._changed:
            self._is_closed = True
            thread = self._thread
            self._changed.notify_all()
        self._hint.set()
        if thread is not None:
            thread.join()

    @property
    def place(self) -> str:
        """Return where we are in the news, for whoever begins to read now."""
        return f"{self._name}-{self._number}"

    def since(self, place: str) -> list[News] | None:
        """Return the news after a place; None when that is not known any more."""
        name, _dash, number = place.partition("-")
        if name != self._name or not number.isdecimal() or len(number) > 18:
            return None
        with self._changed:
            oldest = self._news[0].number if self._news else self._number + 1
            if not oldest - 1 <= int(number) <= self._number:
                return None
            return [news for news in self._news if news.number > int(number)]

    def wait(self, place: str, timeout_s: float) -> bool:
        """Wait until there is more than was known at a place; False when the program ends."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or self.place != place, timeout_s)
            return not self._is_closed

    def written(self, number: int) -> str:
        return f"{self._name}-{number}"

    def _run(self) -> None:
        wake_ups = self._listen(self.wake) if self._listen is not None else None
        if wake_ups is not None:
            wake_ups.start()
        try:
            watch = Watch(self._channel_id)
            while self._is_wanted():
                self._look(watch)
                self._has_looked.set()
                self._hint.wait(LOOK_EVERY_S)
                self._hint.clear()
                threading.Event().wait(LOOK_AGAIN_S)
        finally:
            if wake_ups is not None:
                wake_ups.stop()

    def _is_wanted(self) -> bool:
        with self._changed:
            is_wanted = self._streams.total() > 0 or monotonic() - self._asked_at < REST_AFTER_S
            if self._is_closed or not is_wanted:
                self._thread = None
                # What happens from here on nobody sees: who comes back looks at everything anew.
                self._name, self._number = secrets.token_hex(3), 0
                self._news.clear()
                return False
            return True

    def _look(self, watch: Watch) -> None:
        try:
            with self._database.read() as session:
                changes = watch.look(session, now=self._clock())
        except SQLAlchemyError as error:
            _log.warning("live.not_looked", reason=type(error).__name__)
            return
        if changes:
            with self._changed:
                self._number += 1
                self._news.append(News(self._number, changes))
                self._changed.notify_all()


def pages(parts: Parts) -> Blueprint:
    """Return the two ways to the news: a stream, and a question."""
    blueprint = Blueprint("live", __name__)
    hub = Hub(parts.database, parts.clock, channel_id=parts.channel_id, listen=parts.listen)
    blueprint.record_once(lambda state: state.app.extensions.update(live=hub))

    @blueprint.get("/console/live")
    @without_transaction(Permission.SEE_INBOX)
    def stream() -> ResponseReturnValue:
        user = g.me.public_id
        if not hub.join(user):
            return Response(status=503, headers={"Retry-After": "60"})
        place = request.headers.get("Last-Event-ID") or request.args.get("after", "")
        response = Response(_told(hub, place), content_type="text/event-stream")
        response.headers["X-Accel-Buffering"] = "no"
        response.call_on_close(_Once(lambda: hub.leave(user)))
        return response

    @blueprint.get("/console/live/news")
    @without_transaction(Permission.SEE_INBOX)
    def news() -> ResponseReturnValue:
        hub.ask()
        found = hub.since(request.args.get("after", ""))
        if found == []:
            return "", 204
        body = _everything(hub.place) if found is None else _together(hub, found)
        return Response(orjson.dumps(body), content_type="application/json")

    return blueprint


class _Once:
    """Calls something one time, however often it is asked to."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call: Callable[[], None] | None = call

    def __call__(self) -> None:
        call, self._call = self._call, None
        if call is not None:
            call()


def _told(hub: Hub, place: str) -> Iterator[bytes]:
    """Tell the news for a while; the browser then comes again by itself, and says what it knows."""
    end = monotonic() + STREAM_S
    yield b"retry: 1000\n\n"
    while True:
        found = hub.since(place)
        if found is None:
            place = hub.place
            yield _event(place, _everything(place))
        elif found:
            place = hub.written(found[-1].number)
            yield _event(place, _together(hub, found))
        else:
            # A comment finds out whether the browser is still there.
            yield b":\n\n"
        left = end - monotonic()
        if left <= 0 or not hub.wait(place, min(HEARTBEAT_S, left)):
            return


def _event(place: str, body: dict[str, object]) -> bytes:
    return b"id: %s\ndata: %s\n\n" % (place.encode(), orjson.dumps(body))


def _everything(place: str) -> dict[str, object]:
    return {"after": place, "all": True, "contacts": [], "tickets": []}


def _together(hub: Hub, found: list[News]) -> dict[str, object]:
    return {
        "after": hub.written(found[-1].number),
        "all": any(news.changes.is_more for news in found),
        "contacts": sorted({id_ for news in found for id_ in news.changes.contacts}),
        "tickets": sorted({id_ for news in found for id_ in news.changes.tickets}),
    }
