"""Run the simulator: as a Flask application, inside a test's process, or as a process of its own."""

import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any, Self

from flask import Flask
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from simulator.clock import SimClock
from simulator.control import make_control
from simulator.demo_persons import make_demo_persons
from simulator.page import make_page
from simulator.person import Person
from simulator.saving import Keeper, load
from simulator.state import Line
from simulator.wsgi import ApiInFront

TEST_SECRET = "8c570fa6dd201bb328f1c1eac23a96d8"  # noqa: S105 - the secret of a simulated channel
TEST_TOKEN = "simulated-channel-access-token"  # noqa: S105 - likewise
_MOST_UPLOAD = 12 * 1024 * 1024


def create_app(line: Line) -> Flask:
    """Return the WSGI application: the Messaging API, `/sim` for tests, and the phone page at `/`."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _MOST_UPLOAD
    app.register_blueprint(make_control(line))
    app.register_blueprint(make_page(line))
    app.wsgi_app = ApiInFront(line, app.wsgi_app)  # type: ignore[method-assign]
    return app


class Simulator:
    """A simulator inside this process, on a free port of 127.0.0.1.

    Further keyword arguments are those of `Line`. Use it as a context manager, or `start` and `stop`.
    """

    def __init__(
        self,
        *,
        channel_secret: str = TEST_SECRET,
        access_token: str = TEST_TOKEN,
        webhook_url: str | None = None,
        clock: SimClock | None = None,
        port: int = 0,
        **line_settings: Any,
    ) -> None:
        self.line = Line(channel_secret, access_token, webhook_url, clock, **line_settings)
        self.channel_secret = channel_secret
        self.access_token = access_token
        self._server = _Server("127.0.0.1", port, create_app(self.line))
        self.port: int = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        self.line.public_url = self.url
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), name="simulator", daemon=True)

    @property
    def clock(self) -> SimClock:
        """The clock of the simulated platform; it can stand in for the product's own."""
        return self.line.clock

    def person(self, name: str, **profile: Any) -> Person:
        """Return a person of that name, made on first use; see `Line.person`."""
        return self.line.person(name, **profile)

    def start(self) -> Self:
        """Serve from now on."""
        self._thread.start()
        self.line.webhooks.start()
        return self

    def stop(self) -> None:
        """Stop serving, and close every connection."""
        self.line.webhooks.stop()
        closing = Thread(target=self._server.shutdown)
        closing.start()
        # The server looks up at the end of its poll, which somebody at the door ends.
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
            pass
        closing.join()
        self._thread.join()
        self._server.close_all()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Handler(WSGIRequestHandler):
    # Keep-alive, and no waiting for full packets: tests make thousands of small calls.
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's signature
        """Say nothing: the simulator has a log of its own."""


class _Server(ThreadedWSGIServer):
    daemon_threads = True
    request_queue_size = 512

    def __init__(self, host: str, port: int, app: Flask) -> None:
        self._connections: set[socket.socket] = set()
        super().__init__(host, port, app, handler=_Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet about clients that hung up, and about those we hung up on."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def close_all(self) -> None:
        """Close the listening socket and what clients have left open."""
        self.server_close()
        for connection in list(self._connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the client was quicker


@dataclass(frozen=True, slots=True)
class _Served:
    """What a worker process builds its world from; it travels to the worker by pickle."""

    host: str
    port: int
    channel_secret: str
    access_token: str
    webhook_url: str
    display_name: str
    is_peopled: bool
    keep_in: Path | None
    line_settings: dict[str, Any]

    def __call__(self) -> Flask:
        line = Line(
            self.channel_secret,
            self.access_token,
            self.webhook_url,
            display_name=self.display_name,
            **self.line_settings,
        )
        name = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104 - compared, not bound
        line.public_url = f"http://{name}:{self.port}"
        if self.keep_in is not None:
            load(line, self.keep_in)
        if self.is_peopled:
            make_demo_persons(line)
        if self.keep_in is not None:
            Keeper(line, self.keep_in).start()
        line.webhooks.start()
        return create_app(line)


def serve(
    host: str,
    port: int,
    *,
    channel_secret: str,
    access_token: str,
    webhook_url: str,
    display_name: str = "Tagline",
    is_peopled: bool = True,
    keep_in: Path | None = None,
    **line_settings: Any,
) -> None:
    """Serve until stopped, in one worker process, because the simulated world lives in its memory.

    Further keyword arguments are those of `Line`.

    :param is_peopled: whether the demo persons live there.
    :param keep_in: a file that keeps chats, friendships and menus over a restart.
    """
    world = _Served(
        host,
        port,
        channel_secret,
        access_token,
        webhook_url,
        display_name,
        is_peopled,
        keep_in,
        line_settings,
    )
    # 96 threads: each open phone page holds one, and the bot's calls must still get through.
    granian = Granian(
        "simulator",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=96,
        backpressure=512,
        workers_kill_timeout=2,
        log_level=LogLevels.error,
    )
    granian.serve(target_loader=world, wrap_loader=False)
