"""Staff for tests, and test clients in which they are signed in."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from console import Parts, install
from core.db import Database
from line.channels import ensure_channel
from staff import service, sessions
from staff.audit import Actor
from staff.models import Role, StaffUser
from staff.passwords import Passwords
from tests.compiled import compiled_once

TESTS = Actor.command_line("tests")


def a_user(
    session: Session, role: Role = Role.AGENT, *, now: datetime, login: str = "", name: str = "", **more: Any
) -> StaffUser:
    """Add a staff user and return it."""
    login = login or role.value
    return service.add_user(
        session, login=login, display_name=name or login.title(), role=role, by=TESTS, now=now, **more
    )


class Browser:
    """A test client that is signed in, and sends forms as the pages would."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self._token = ("", "")

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, **options)

    def post(self, path: str, data: Mapping[str, Any] | None = None, **options: Any) -> TestResponse:
        """Post a form with its token."""
        return self.client.post(path, data={"csrf_token": self.token(), **(data or {})}, **options)

    def token(self) -> str:
        """Return the token of the forms that this browser is shown."""
        found = self.client.get_cookie("tagline_form", path="/console")
        cookie = found.value if found else ""
        if not cookie or self._token[0] != cookie:
            token = form_token(self.client, "/console/account/")
            found = self.client.get_cookie("tagline_form", path="/console")
            self._token = (found.value if found else "", token)
        return self._token[1]


def signed_in(app: Flask, database: Database, user: StaffUser, *, now: datetime) -> Browser:
    """Return a browser in which the user is signed in."""
    with database.write() as session:
        token = sessions.open_session(
            session, session.get_one(StaffUser, user.id), browser="Test/1", address="127.0.0.1", now=now
        )
    client = app.test_client()
    client.set_cookie("tagline_session", token, path="/console")
    return Browser(client)


def browser_of(app: Flask, database: Database, role: Role, *, now: datetime) -> Browser:
    """Return a browser in which a new user of this role is signed in."""
    with database.write() as session:
        user = a_user(session, role, now=now)
    return signed_in(app, database, user, now=now)


class Hands:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **duration: float) -> None:
        self.now += timedelta(**duration)


class CountingPasswords(Passwords):
    """Cheap hashes, and how many were asked for."""

    def __init__(self) -> None:
        super().__init__(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        self.compared = 0

    def fits(self, kept: str | None, password: str) -> bool:
        self.compared += 1
        return super().fits(kept, password)


def a_console(database: Database, clock: Hands, **parts: Any) -> Flask:
    """Return an application that is nothing but the console."""
    with database.write() as session:
        channel_id = ensure_channel(session, now=clock()).id
    app = Flask("test", static_folder=None)
    passwords = parts.pop("passwords", None) or CountingPasswords()
    install(
        app,
        Parts(
            database=database,
            clock=clock,
            channel_id=channel_id,
            secret_key="k" * 40,
            base_url=parts.pop("base_url", "http://localhost"),
            time_zone=ZoneInfo("Asia/Taipei"),
            passwords=passwords,
            demo=parts.pop("demo", None),
        ),
        **parts,
    )
    return compiled_once(app)


def form_token(client: FlaskClient, path: str = "/console/sign-in") -> str:
    """Return the token of the forms on a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path, follow_redirects=True).text)
    assert found
    return found[1]


def tries(client: FlaskClient, login: str, password: str, **options: Any) -> TestResponse:
    """Send the sign-in form."""
    form = {"csrf_token": form_token(client), "login": login, "password": password}
    return client.post("/console/sign-in", data=form, **options)
