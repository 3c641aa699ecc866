"""Ten thousand guesses, spoofed addresses, and tokens where none belongs: bounded, and nobody is held up by them."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from bot.app import create_app
from core.db import Database
from staff import sessions, sign_in_links
from staff.models import Role, SignInFailure, StaffUser
from staff.sign_in import FREE_TRIES, LONGEST_WAIT, TooManyTries, begin
from tests.console.people import Hands, a_console, a_user, form_token, tries
from tests.shop import Shop

NOW = datetime(2026, 11, 22, tzinfo=UTC)
HOME = "203.0.113.7"


@pytest.fixture
def guesses(engine_name: str) -> int:
    """How many; on PostgreSQL fewer, for each is several trips, and is decided in the same place."""
    return 10_000 if engine_name == "sqlite" else 1_000


def let_in(session: Session, login: str, address: str, now: datetime) -> bool:
    try:
        begin(session, login, address=address, now=now)
    except TooManyTries:
        return False
    return True


def test_of_ten_thousand_guesses_at_one_account_few_are_looked_at(database: Database, guesses: int) -> None:
    """One each second, from two hundred addresses; its owner comes in at any time from where they usually are."""
    with database.write() as session:
        mei = a_user(session, Role.ADMIN, login="mei", now=NOW)
        session.flush()  # for the id that the session of before names
        sessions.open_session(session, mei, browser="", address=HOME, now=NOW)
    looked_at = 0
    with database.write() as session:
        for number in range(guesses):
            now = NOW + timedelta(seconds=number)
            looked_at += let_in(session, "mei", f"198.51.100.{number % 200}", now)
            if number % (guesses // 4) == guesses // 8:
                assert let_in(session, "mei", HOME, now), "the owner"
        rows = session.scalar(sa.select(sa.func.count()).select_from(SignInFailure)) or 0
    most = FREE_TRIES["login"] + 6 + guesses / LONGEST_WAIT.total_seconds()
    assert FREE_TRIES["login"] <= looked_at <= most
    assert rows <= looked_at + 2, "what is turned away is not even written down"


def test_of_ten_thousand_accounts_one_address_tries_few(database: Database, guesses: int) -> None:
    looked_at = 0
    with database.write() as session:
        for number in range(guesses):
            now = NOW + timedelta(seconds=number)
            looked_at += let_in(session, f"user{number}", "198.51.100.1", now)
        assert let_in(session, "user7", HOME, NOW + timedelta(seconds=guesses)), "somebody elsewhere"
        rows = session.scalar(sa.select(sa.func.count()).select_from(SignInFailure)) or 0
    most = FREE_TRIES["address"] + 6 + guesses / LONGEST_WAIT.total_seconds()
    assert FREE_TRIES["address"] <= looked_at <= most
    assert rows <= looked_at + 3


@pytest.mark.parametrize(
    ("trusted", "forwarded", "counted"),
    [
        (0, ["10.0.0.{n}"], "127.0.0.1"),
        (1, ["10.0.0.{n}", HOME], HOME),
        (1, ["10.0.0.{n}, 192.0.2.{n}", HOME], HOME),
        (2, ["10.0.0.{n}", HOME, "192.0.2.1"], HOME),
        (1, [], "127.0.0.1"),
        (1, ["10.0.0.{n}", "not an address"], "unknown"),
    ],
)
@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_of_forwarded_addresses_only_what_our_own_proxies_wrote_counts(
    shop: Shop, trusted: int, forwarded: list[str], counted: str
) -> None:
    settings = shop.settings.model_copy(update={"trusted_proxies": trusted})
    web = create_app(settings, shop.database, shop.now)
    for number in range(3):
        tries(web.test_client(), f"user{number}", "1", headers=passed_on(forwarded, number))
    with shop.database.read() as session:
        rows = session.execute(
            sa.select(SignInFailure.key, SignInFailure.times).where(SignInFailure.key.like("address:%"))
        )
        assert [tuple(row) for row in rows] == [(f"address:{counted}", 3)]
    web.extensions["committer"].close()


def passed_on(entries: list[str], number: int) -> dict[str, str]:
    line = ", ".join(entries).replace("{n}", str(number))
    return {"X-Forwarded-For": line} if line else {}


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def app(database: Database, clock: Hands) -> Flask:
    return a_console(database, clock)


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_sessions_token_opens_nothing_but_as_its_cookie(
    app: Flask, database: Database, clock: Hands
) -> None:
    with database.write() as session:
        mei = a_user(session, Role.ADMIN, login="mei", now=clock())
        session.flush()  # for the id that the session names
        token = sessions.open_session(session, mei, browser="", address="", now=clock())
    stranger = app.test_client()
    for name in ("tagline_session", "session", "token", "access_token", "sid"):
        assert stranger.get("/console/", query_string={name: token}).status_code == 302
    assert stranger.get(f"/console/;tagline_session={token}").status_code in {302, 404}
    assert stranger.get(f"/console/sign-in/{token}").status_code == 404
    for header in ({"Authorization": f"Bearer {token}"}, {"X-Session": token}):
        assert stranger.get("/console/", headers=header).status_code == 302
    form = {"csrf_token": form_token(stranger), "tagline_session": token}
    assert stranger.post("/console/sign-out", data=form).status_code == 302
    stranger.set_cookie("tagline_session", token, path="/console")
    assert stranger.get("/console/").status_code == 200


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_the_token_of_a_sign_in_link_is_told_to_nobody(app: Flask, database: Database, clock: Hands) -> None:
    with database.write() as session:
        token = sign_in_links.issue(
            session, a_user(session, Role.ADMIN, login="mei", now=clock()), now=clock()
        )
    browser = app.test_client()
    with capture_logs() as logged:
        page = browser.get(f"/console/sign-in/{token}")
        opened = browser.post(
            f"/console/sign-in/{token}", data={"csrf_token": form_token(browser, f"/console/sign-in/{token}")}
        )
        used = app.test_client().get(f"/console/sign-in/{token}")
        once_more = browser.get(f"/console/sign-in/{token}")
    assert (page.status_code, opened.status_code, used.status_code) == (200, 302, 404)
    assert opened.location == "/console/", "the address bar keeps nothing of it"
    assert once_more.location == "/console/", "whoever it signed in goes on working"
    for answer in (page, opened, used):
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cache-Control"] == "no-store"
    assert token not in str(logged)
    with database.read() as session:
        for table in StaffUser.metadata.sorted_tables:
            assert token not in str(session.execute(sa.select(table)).all()), table.name
