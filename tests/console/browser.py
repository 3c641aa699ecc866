"""The console in Chromium, served by the very application of the test's shop.

A module that wants it says `pytestmark = chromium.MARKS` (tests/chromium.py) and takes the fixtures `chromium` and `site`, which
`tests/console/conftest.py` lends. Elsewhere: `from tests.console.browser import chromium, site`.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from staff import sessions
from staff.models import StaffUser
from tests.chromium import launched
from tests.ports import two_free_ports
from tests.shop import Shop

DESK = {"width": 1280, "height": 900}
POCKET = {"width": 390, "height": 844}

_TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A running Chromium, shared by the module."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    api.expect.set_options(timeout=30_000)
    with api.sync_playwright() as started:
        running = launched(started)
        yield running
        running.close()


@pytest.fixture
def site(shop: Shop, chromium: Any) -> Iterator["Site"]:
    """The shop's web application behind a real port."""
    server = make_server(
        "127.0.0.1", two_free_ports(), shop.app, threaded=True, request_handler=_SilentHandler
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(f"http://127.0.0.1:{server.server_port}", shop, chromium)
    server.shutdown()
    thread.join()
    server.server_close()


class _SilentHandler(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        """Say nothing of requests."""


class Site:
    """Opens pages; a script error, a policy violation or a foreign request fails the test when they close."""

    def __init__(self, url: str, shop: Shop, chromium: Any) -> None:
        self.url = url
        self.shop = shop
        self._chromium = chromium

    @contextmanager
    def page(
        self,
        user: StaffUser | None = None,
        *,
        size: Mapping[str, int] = DESK,
        language: str = "en",
        expected: tuple[str, ...] = (),
        **options: Any,
    ) -> Iterator[Any]:
        """Lend a page in which the user is signed in.

        :param expected: parts of console errors that the test provokes, such as "422".
        """
        context = self._chromium.new_context(
            viewport=dict(size), locale=language, base_url=self.url, **options
        )
        context.add_init_script(_TELL_VIOLATIONS)
        if user is not None:
            context.add_cookies([self._cookie(user)])
        page = context.new_page()
        page.set_default_timeout(30_000)
        troubles: list[str] = []
        asked_for: list[str] = []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda told: troubles.append(told.text) if told.type == "error" else None)
        page.on("request", lambda asked: asked_for.append(asked.url))
        yield page
        context.close()
        unexpected = [said for said in troubles if not any(part in said for part in expected)]
        assert unexpected == [], unexpected
        ours = (self.url, self.shop.simulator.url, "data:", "blob:")
        assert [url for url in asked_for if not url.startswith(ours)] == []

    def _cookie(self, user: StaffUser) -> dict[str, Any]:
        with self.shop.database.write() as session:
            token = sessions.open_session(
                session,
                session.get_one(StaffUser, user.id),
                browser="Chrome/1",
                address="127.0.0.1",
                now=self.shop.now(),
            )
        host = urlsplit(self.url).hostname
        return {"name": "tagline_session", "value": token, "domain": host, "path": "/console"}
