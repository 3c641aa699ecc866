"""Tokens of programs on one's own account page."""

import re
from datetime import timedelta

import sqlalchemy as sa

from core.db import Database
from staff import tokens
from staff.models import ApiToken, AuditEntry, Role, StaffUser
from tests.console.people import TESTS, Hands, a_console, a_user, browser_of, signed_in

TILL = {"token_name": "Till", "scopes": ["events:write", "orders:write"], "lasts": "90"}


def test_a_token_is_made_shown_once_and_revoked(database: Database) -> None:
    clock = Hands()
    mei = browser_of(a_console(database, clock), database, Role.MARKETER, now=clock())
    made = mei.post("/console/account/tokens/", TILL)
    assert made.status_code == 200
    assert made.headers["Cache-Control"] == "no-store"
    found = re.search(r">(tagline_[\w-]{43})<", made.text)
    assert found
    with database.read() as session:
        row = tokens.find(session, found[1], now=clock())
        assert row is not None
        assert (row.name, row.scopes) == ("Till", ["events:write", "orders:write"])
        assert row.expires_at == clock() + timedelta(days=90)
        entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "token.create")).one()
        assert entry.by == "marketer"
    page = mei.get("/console/account/").text
    assert found[1] not in page
    assert f"…{found[1][-4:]}" in page
    assert "Never used" in page
    told = mei.post(f"/console/account/tokens/{row.public_id}/revoke")
    assert told.status_code == 302
    with database.read() as session:
        assert tokens.find(session, found[1], now=clock()) is None
    assert f"…{found[1][-4:]}" not in mei.get("/console/account/").text


def test_a_faulty_token_is_told_beside_its_field(database: Database) -> None:
    clock = Hands()
    mei = browser_of(a_console(database, clock), database, Role.MARKETER, now=clock())
    refused = mei.post("/console/account/tokens/", {"token_name": "Till", "lasts": ""})
    assert refused.status_code == 422
    assert "choose at least one" in refused.text
    assert 'value="Till"' in refused.text
    assert mei.post("/console/account/tokens/", {**TILL, "token_name": " "}).status_code == 422
    assert mei.post("/console/account/tokens/", {**TILL, "scopes": "everything"}).status_code == 422
    mei.post("/console/account/tokens/", TILL)
    again = mei.post("/console/account/tokens/", TILL)
    assert again.status_code == 409
    assert "there is a token Till already" in again.text


def test_a_token_that_ends_says_when_and_that_it_has(database: Database) -> None:
    clock = Hands()
    mei = browser_of(a_console(database, clock), database, Role.MARKETER, now=clock())
    mei.post("/console/account/tokens/", {**TILL, "lasts": "30"})
    mei.post("/console/account/tokens/", {**TILL, "token_name": "Shop", "lasts": ""})
    with database.read() as session:
        ends = {row.name: row.expires_at for row in session.scalars(sa.select(ApiToken))}
    assert ends == {"Till": clock() + timedelta(days=30), "Shop": None}
    assert "Expired" not in mei.get("/console/account/").text
    clock.passes(days=6)
    mei.get("/console/account/")
    with database.write() as session:
        session.execute(sa.update(ApiToken).where(ApiToken.name == "Till").values(expires_at=clock()))
    assert "Expired" in mei.get("/console/account/").text


def test_others_tokens_are_neither_seen_nor_revoked(database: Database) -> None:
    clock = Hands()
    app = a_console(database, clock)
    mei = browser_of(app, database, Role.MARKETER, now=clock())
    mei.post("/console/account/tokens/", TILL)
    with database.write() as session:
        admin = a_user(session, Role.ADMIN, now=clock())
    boss = signed_in(app, database, admin, now=clock())
    (row,) = _rows(database)
    assert row.hint not in boss.get("/console/account/").text
    assert boss.post(f"/console/account/tokens/{row.public_id}/revoke").status_code == 404
    agent = browser_of(app, database, Role.AGENT, now=clock())
    assert "Access for programs" not in agent.get("/console/account/").text
    assert agent.post("/console/account/tokens/", TILL).status_code == 403
    with database.write() as session:
        owner = session.get_one(StaffUser, row.user_id)
        assert tokens.revoke_all(session, owner, by=TESTS, now=clock()) == 1


def _rows(database: Database) -> list[ApiToken]:
    with database.read() as session:
        return [*session.scalars(sa.select(ApiToken))]
