"""What ours is held against: the LINE SDK's way of receiving webhooks with Flask, doing nothing with them.

`plain` stores nothing. `storing` also writes one row durably before it answers, which is the least
that a bot must do that loses no event.
"""

import os
import sqlite3
import threading
from collections.abc import Callable

import psycopg
from flask import Flask, abort, request
from linebot.v3 import WebhookHandler
from linebot.v3.exceptions import InvalidSignatureError
from linebot.v3.webhooks import MessageEvent, TextMessageContent


def plain() -> Flask:
    """Build the sample as one finds it in the SDK's examples, less the echo."""
    return _app(lambda _body: None)


def storing() -> Flask:
    """Build the sample with one INSERT and commit per webhook."""
    url = os.environ["BENCH_STORE"]
    insert = _into_sqlite if url.startswith("sqlite:///") else _into_postgres
    return _app(insert(url.removeprefix("sqlite:///")))


def _app(store: Callable[[str], None]) -> Flask:
    app = Flask(__name__)
    handler = WebhookHandler(os.environ["LINE_CHANNEL_SECRET"])

    @app.route("/callback", methods=["POST"])
    def callback() -> str:
        signature = request.headers["X-Line-Signature"]
        body = request.get_data(as_text=True)
        app.logger.info("Request body: %s", body)
        try:
            handler.handle(body, signature)
        except InvalidSignatureError:
            abort(400)
        store(body)
        return "OK"

    @handler.add(MessageEvent, message=TextMessageContent)  # type: ignore[untyped-decorator, unused-ignore]  # the SDK has no types
    def on_text(_event: MessageEvent) -> None:
        pass

    return app


def _into_sqlite(path: str) -> Callable[[str], None]:
    mine = threading.local()

    def connection() -> sqlite3.Connection:
        if not hasattr(mine, "connection"):
            mine.connection = sqlite3.connect(path, timeout=10, isolation_level=None)
            mine.connection.execute("PRAGMA journal_mode=WAL")
            mine.connection.execute("PRAGMA synchronous=FULL")
        return mine.connection  # type: ignore[no-any-return]  # a thread's own may hold anything

    def store(body: str) -> None:
        connection().execute("INSERT INTO received (body) VALUES (?)", (body,))

    return store


def _into_postgres(url: str) -> Callable[[str], None]:
    mine = threading.local()

    def connection() -> psycopg.Connection:
        if not hasattr(mine, "connection"):
            mine.connection = psycopg.connect(url, autocommit=True)
        return mine.connection  # type: ignore[no-any-return]  # a thread's own may hold anything

    def store(body: str) -> None:
        connection().execute("INSERT INTO received (body) VALUES (%s)", (body,))

    return store
