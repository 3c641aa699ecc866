"""Staff for tests, and test clients in which they are signed in."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from core.db import Database
from staff import service, sessions
from staff.audit import Actor
from staff.models import Role, StaffUser

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

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, **options)

    def post(self, path: str, data: Mapping[str, Any] | None = None, **options: Any) -> TestResponse:
        """Post a form with its token."""
        return self.client.post(path, data={"csrf_token": self.token(), **(data or {})}, **options)

    def token(self) -> str:
        """Return the token of the forms that this browser is shown."""
        page = self.client.get("/console/account/", follow_redirects=True).text
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found
        return found[1]


def signed_in(app: Flask, database: Database, user: StaffUser, *, now: datetime) -> Browser:
    """Return a browser in which the user is signed in."""
    with database.write() as session:
        token = sessions.open_session(
            session, session.merge(user), browser="Test/1", address="127.0.0.1", now=now
        )
    client = app.test_client()
    client.set_cookie("tagline_session", token, path="/console")
    return Browser(client)


def browser_of(app: Flask, database: Database, role: Role, *, now: datetime) -> Browser:
    """Return a browser in which a new user of this role is signed in."""
    with database.write() as session:
        user = a_user(session, role, now=now)
    return signed_in(app, database, user, now=now)
