"""An application that is built when somebody first asks for one of its pages."""

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from flask import Flask

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Late:
    """Answers a few addresses at once, and all others by what is built for the first of them.

    The staff's pages take 15 MB and a second to load. A web process that only ever sees webhooks and
    health checks, as all but one may behind a proxy, does without.
    """

    def __init__(self, early: "WSGIApplication", paths: tuple[str, ...], build: Callable[[], Flask]) -> None:
        """Answer addresses that begin with one of `paths` by `early`."""
        self._early = early
        self._paths = paths
        self._build = build
        self._lock = threading.Lock()
        self.built: Flask | None = None
        """What was built, if anything was."""

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ.get("PATH_INFO", "").startswith(self._paths):
            return self._early(environ, start_response)
        return self.whole().wsgi_app(environ, start_response)

    def whole(self) -> Flask:
        """Return what answers all others, and build it if nobody asked for it yet."""
        with self._lock:
            if self.built is None:
                self.built = self._build()
            return self.built


class Beside:
    """Answers what lies beneath one address by an application that is built for the first of it."""

    def __init__(self, behind: "WSGIApplication", path: str, build: Callable[[], Flask]) -> None:
        """Leave everything else to the application `behind`."""
        self._behind = behind
        self._path = path
        self._beneath = f"{path}/"
        self._build = build
        self._lock = threading.Lock()
        self.built: Flask | None = None
        """What was built, if anything was."""

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path != self._path and not path.startswith(self._beneath):
            return self._behind(environ, start_response)
        with self._lock:
            if self.built is None:
                self.built = self._build()
        return self.built.wsgi_app(environ, start_response)
