"""A program with a token, as it calls the REST interface."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask
from flask_openapi.openapi import OpenAPI
from werkzeug.test import Client, TestResponse

from api import Parts, create_api
from bot.segmenting import SEGMENTS
from bot.wording import LANGUAGES, Wording
from content.revisions import Revisions
from core.clock import Clock
from core.db import Database
from line.channels import ensure_channel
from staff import service, tokens
from staff.audit import Actor
from staff.models import Role, StaffUser
from staff.tokens import Scope

TESTS = Actor.command_line("tests")
ALL = tuple(Scope)


class Program:
    """Calls with a token; `path` is what follows /api/v1/."""

    def __init__(self, app: Flask, token: str | None) -> None:
        self.token = token
        self._client = Client(app.wsgi_app)

    def asks(self, method: str, path: str, body: object = None, **headers: str) -> TestResponse:
        if self.token is not None:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        address = f"/api/v1/{path}"
        if body is None:
            return self._client.open(address, method=method, headers=headers)
        return self._client.open(address, method=method, headers=headers, json=body)

    def get(self, path: str, **headers: str) -> Any:
        """Return the answer to a question that is fine."""
        return self._fine("GET", path, None, headers)

    def sends(self, method: str, path: str, body: object = None) -> Any:
        """Return the answer to a change that is fine."""
        return self._fine(method, path, body, {})

    def _fine(self, method: str, path: str, body: object, headers: dict[str, str]) -> Any:
        answer = self.asks(method, path, body, **headers)
        assert answer.status_code < 300, answer.json
        return answer.json


def an_owner(
    database: Database, role: Role = Role.MARKETER, *, now: datetime, login: str = "mei"
) -> StaffUser:
    with database.write() as session:
        return service.add_user(session, login=login, display_name="Mei", role=role, by=TESTS, now=now)


def a_program(
    app: Flask,
    database: Database,
    owner: StaffUser,
    scopes: Iterable[str] = ALL,
    *,
    now: datetime,
    name: str = "till",
    expires_at: datetime | None = None,
) -> Program:
    """Return a program with a new token of the owner."""
    with database.write() as session:
        _row, token = tokens.create(
            session,
            session.get_one(StaffUser, owner.id),
            name=name,
            scopes=[*scopes],
            by=TESTS,
            now=now,
            expires_at=expires_at,
        )
    return Program(app, token)


class StillClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def an_api(database: Database, clock: Clock) -> OpenAPI:
    """Return the REST interface by itself."""
    with database.write() as session:
        channel_id = ensure_channel(session, now=clock()).id
    revisions = Revisions()
    return create_api(
        Parts(
            database=database,
            clock=clock,
            channel_id=channel_id,
            time_zone=ZoneInfo("Asia/Taipei"),
            explain=Wording(SEGMENTS, revisions),
            languages=LANGUAGES,
            segments=SEGMENTS,
            revisions=revisions,
        )
    )


def problem(answer: TestResponse) -> tuple[int, str]:
    """Return status and code of a refusal, which must have the shape of all refusals."""
    assert answer.content_type == "application/problem+json", answer.text
    told = answer.json
    assert isinstance(told, dict)
    assert told["status"] == answer.status_code
    assert told["type"] == "about:blank"
    assert told["title"]
    return answer.status_code, told["code"]


def faults(answer: TestResponse) -> dict[str, str]:
    """Return what was wrong with a request, by field."""
    assert problem(answer) == (422, "invalid_input"), answer.text
    told = answer.json
    assert told is not None
    return {one["field"]: one["detail"] for one in told["errors"]}
