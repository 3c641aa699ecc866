"""Open tabs of the console: each holds a stream, and asks for its list and who waits when it is told of news."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import urllib3

from bench.databases import Store
from console.cookies import NAME
from core.clock import system_clock
from core.db import Database
from staff import service, sessions
from staff.audit import Actor
from staff.models import Role

PER_USER = 5
"""Tabs of one person: the console gives nobody more than six streams."""
PAUSE_S = 1.2
"""The page asks for its list no more often than that, however much happens (console/static/inbox/main.js)."""


@contextmanager
def opened(store: Store, port: int, count: int) -> Iterator[list[int]]:
    """Keep tabs of the inbox open; yields how often each has asked for its list, growing."""
    asked = [0] * count
    stopping = threading.Event()
    tokens = _sign_in(store, -(-count // PER_USER))
    threads = [
        threading.Thread(
            target=_watch, args=(port, tokens[place // PER_USER], place, asked, stopping), daemon=True
        )
        for place in range(count)
    ]
    for thread in threads:
        thread.start()
    try:
        yield asked
    finally:
        stopping.set()
        for thread in threads:
            thread.join(timeout=35)


def _sign_in(store: Store, people: int) -> list[str]:
    database = Database.connect(store.url)
    now = system_clock()
    with database.write() as session:
        tokens = []
        for number in range(people):
            user = service.add_user(
                session,
                login=f"agent{number}",
                display_name=f"Agent {number}",
                role=Role.SUPERVISOR,
                by=Actor.command_line("bench"),
                now=now,
            )
            tokens.append(sessions.open_session(session, user, browser="bench", address="127.0.0.1", now=now))
    database.dispose()
    return tokens


def _watch(port: int, token: str, place: int, asked: list[int], stopping: threading.Event) -> None:
    pool = urllib3.HTTPConnectionPool("127.0.0.1", port, maxsize=2, retries=False)
    headers = {"Cookie": f"{NAME}={token}"}
    while not stopping.is_set():
        stream = pool.request("GET", "/console/live", headers=headers, preload_content=False, timeout=40)
        try:
            for piece in stream.stream(1024):
                if stopping.is_set():
                    break
                if b"data:" in piece:
                    for path in ("/console/inbox/waiting", "/console/inbox/list"):
                        pool.request("GET", path, headers={**headers, "HX-Request": "true"})
                    asked[place] += 1
                    stopping.wait(PAUSE_S)
        finally:
            stream.close()
        stopping.wait(0.2)
    pool.close()
