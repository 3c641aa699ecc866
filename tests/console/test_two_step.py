"""Signing in with a second step: digits that an app on a phone shows."""

import contextlib
import re
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyotp
import pytest
import segno
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from core.db import Database
from core.errors import Conflict, NotFound
from staff import service, sessions, sign_in, sign_in_links, two_step
from staff.audit import Actor
from staff.models import AuditEntry, Role, StaffUser
from tests.console.people import Browser, CountingPasswords, Hands, a_console, a_user, form_token, signed_in

PASSWORD = "correct horse battery"
PAGE = "/console/account/two-step/"


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def app(database: Database, clock: Hands) -> Flask:
    return a_console(database, clock, passwords=CountingPasswords())


@pytest.fixture
def mei(database: Database, clock: Hands) -> StaffUser:
    with database.write() as session:
        return a_user(session, now=clock(), login="mei", password_hash=CountingPasswords().hashed(PASSWORD))


def set_up(app: Flask, database: Database, user: StaffUser, clock: Hands) -> pyotp.TOTP:
    """Switch it on as its owner does; return what the phone knows then."""
    browser = signed_in(app, database, user, now=clock())
    page = browser.get(PAGE).text
    phone = pyotp.TOTP(re.findall(r'copyable[^"]*">([A-Z2-7 ]+)<', page)[0].replace(" ", ""))
    seed = re.findall(r'name="seed" value="([^"]+)"', page)[0]
    assert 'src="data:image/svg+xml' in page
    form = {"seed": seed, "current": PASSWORD}
    wrong = browser.post(PAGE + "on", {**form, "code": "000000"})
    assert (wrong.status_code, "not the digits" in wrong.text, seed in wrong.text) == (422, True, True)
    done = browser.post(PAGE + "on", {**form, "code": phone.at(clock())}, follow_redirects=True)
    assert "From now on you are asked" in done.text
    return phone


def types(client: FlaskClient, password: str = PASSWORD) -> str:
    """Type login and password; return where that leads."""
    token = form_token(client, "/console/sign-in")
    answer = client.post("/console/sign-in", data={"csrf_token": token, "login": "mei", "password": password})
    return answer.location or str(answer.status_code)


def shows(client: FlaskClient, code: str) -> tuple[int, str]:
    token = form_token(client, "/console/sign-in/code")
    answer = client.post("/console/sign-in/code", data={"csrf_token": token, "code": code})
    return answer.status_code, answer.text


def is_in(client: FlaskClient) -> bool:
    return client.get("/console/account/").status_code == 200


def actions(database: Database) -> Sequence[str]:
    with database.read() as session:
        return session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.id)).all()


def test_after_the_password_the_digits_are_asked_for(
    app: Flask, database: Database, clock: Hands, mei: StaffUser
) -> None:
    phone = set_up(app, database, mei, clock)
    client = app.test_client()
    clock.passes(minutes=1)
    assert types(client, "something else") == "422"
    assert types(client).startswith("/console/sign-in/code")
    assert not is_in(client)
    status, page = shows(client, "123 456")
    assert (status, "not the digits" in page, is_in(client)) == (422, True, False)
    now = phone.at(clock())
    spaced = f"{now[:3]} {now[3:]}".translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)})
    assert shows(client, spaced)[0] == 302, "as a Japanese keyboard writes them"
    assert is_in(client)
    assert actions(database)[-2:] == ["user.two_step_on", "user.sign_in"]


def test_digits_are_good_once_and_for_about_a_minute(
    app: Flask, database: Database, clock: Hands, mei: StaffUser
) -> None:
    phone = set_up(app, database, mei, clock)
    used_to_set_it_up = phone.at(clock())
    one, other = app.test_client(), app.test_client()
    types(one)
    assert shows(one, used_to_set_it_up)[0] == 422
    clock.passes(minutes=1)
    digits = phone.at(clock())
    clock.passes(seconds=30)  # typed slowly
    assert shows(one, digits)[0] == 302
    types(other)
    assert shows(other, digits)[0] == 422, "somebody looked over the shoulder"
    clock.passes(seconds=90)
    before = phone.at(clock())
    clock.passes(seconds=90)
    assert shows(other, before)[0] == 422
    assert shows(other, phone.at(clock()))[0] == 302


def test_guessing_digits_has_to_wait_as_guessing_passwords_does(
    app: Flask, database: Database, clock: Hands, mei: StaffUser
) -> None:
    phone = set_up(app, database, mei, clock)
    clock.passes(minutes=2)
    client = app.test_client()
    types(client)
    guesses = [shows(client, f"{number:06}")[0] for number in range(6)]
    assert guesses == [422, 422, 422, 422, 422, 429]
    status, page = shows(client, phone.at(clock()))
    assert (status, "Too many tries" in page) == (429, True)
    clock.passes(minutes=16)
    assert shows(client, phone.at(clock()))[0] == 422, "the password was typed too long ago by now"
    assert types(client).startswith("/console/sign-in/code")
    assert shows(client, phone.at(clock()))[0] == 302


def test_the_password_is_good_for_some_minutes_and_not_after_it_was_changed(
    app: Flask, database: Database, clock: Hands, mei: StaffUser
) -> None:
    phone = set_up(app, database, mei, clock)
    client = app.test_client()
    clock.passes(minutes=1)
    types(client)
    with database.write() as session:
        session.get_one(StaffUser, mei.id).password_hash = CountingPasswords().hashed("another one entirely")
    status, page = shows(client, phone.at(clock()))
    assert (status, "Begin anew" in page, is_in(client)) == (422, True, False)
    assert client.get("/console/sign-in/code").location.startswith("/console/sign-in?")


def test_a_link_does_not_stand_for_the_digits(
    app: Flask, database: Database, clock: Hands, mei: StaffUser
) -> None:
    phone = set_up(app, database, mei, clock)
    clock.passes(minutes=1)
    with database.write() as session:
        link = sign_in_links.issue(session, session.get_one(StaffUser, mei.id), now=clock())
    path = f"/console/sign-in/{link}"
    client = app.test_client()
    opened = client.post(path, data={"csrf_token": form_token(client, path)})
    assert opened.location.startswith("/console/sign-in/code")
    assert not is_in(client)
    assert shows(client, "000000")[0] == 422
    assert shows(client, phone.at(clock()))[0] == 302
    assert is_in(client)
    assert app.test_client().get(path).status_code == 404, "and is used up"


def test_signing_in_over_an_open_page_asks_for_them_there(
    app: Flask, database: Database, clock: Hands, mei: StaffUser
) -> None:
    phone = set_up(app, database, mei, clock)
    clock.passes(minutes=1)
    client = app.test_client()
    token = form_token(client, "/console/sign-in")
    over = {"HX-Request": "true"}
    form = {"csrf_token": token, "login": "mei", "password": PASSWORD}
    dialog = client.post("/console/sign-in", data=form, headers=over).text
    assert "<dialog" in dialog
    assert "one-time-code" in dialog
    asked = client.post("/console/sign-in/code", data={"csrf_token": token, "code": "1"}, headers=over)
    assert "<dialog" in asked.text
    done = {"csrf_token": token, "code": phone.at(clock())}
    assert client.post("/console/sign-in/code", data=done, headers=over).headers["HX-Refresh"] == "true"


def test_it_is_switched_off_by_its_digits_or_by_an_admin(
    app: Flask, database: Database, clock: Hands, mei: StaffUser
) -> None:
    phone = set_up(app, database, mei, clock)
    clock.passes(minutes=1)
    browser = signed_in(app, database, mei, now=clock())
    assert "copyable" not in browser.get(PAGE).text, "no second phone while there is one"
    assert browser.post(PAGE + "on", {"seed": "x", "code": "1", "current": PASSWORD}).status_code == 409
    assert browser.post(PAGE + "off", {"code": "000000"}).status_code == 422
    off = browser.post(PAGE + "off", {"code": phone.at(clock())}, follow_redirects=True)
    assert "without digits again" in off.text
    client = app.test_client()
    assert types(client) == "/console/"

    set_up(app, database, mei, clock)
    with database.write() as session:
        boss = a_user(session, Role.ADMIN, now=clock(), login="boss")
    admin: Browser = signed_in(app, database, boss, now=clock())
    here = f"/console/staff/{mei.public_id}"
    assert "Two-step sign-in is on" in admin.get(here).text
    admin.post(f"{here}/two-step/off")
    assert "Two-step sign-in is on" not in admin.get(here).text
    assert types(app.test_client()) == "/console/"
    assert admin.post(f"/console/staff/{boss.public_id}/two-step/off").status_code == 409
    assert actions(database).count("user.two_step_off") == 2


def test_the_database_alone_makes_no_digits(
    app: Flask, database: Database, clock: Hands, mei: StaffUser
) -> None:
    phone = set_up(app, database, mei, clock)
    with database.read() as session:
        (row,) = session.execute(sa.select(StaffUser.__table__).where(StaffUser.id == mei.id)).mappings()
    assert phone.secret not in str(dict(row))
    assert row["two_step_seed"]


def test_a_session_left_open_is_no_way_to_lock_its_owner_out(
    app: Flask, database: Database, clock: Hands, mei: StaffUser
) -> None:
    browser = signed_in(app, database, mei, now=clock())
    page = browser.get(PAGE).text
    phone = pyotp.TOTP(re.findall(r'copyable[^"]*">([A-Z2-7 ]+)<', page)[0].replace(" ", ""))
    form = {"seed": re.findall(r'name="seed" value="([^"]+)"', page)[0], "code": phone.at(clock())}
    guesses = [browser.post(PAGE + "on", {**form, "current": f"guess {number}"}) for number in range(6)]
    assert [answer.status_code for answer in guesses] == [422] * 5 + [429]
    assert "is not your present password" in guesses[0].text
    assert "Too many tries" in guesses[5].text
    assert types(app.test_client()) == "429", "counted like signing in"
    clock.passes(minutes=16)
    assert types(app.test_client()) == "/console/"


def test_whoever_has_no_password_or_came_by_a_link_is_asked_for_none(
    app: Flask, database: Database, clock: Hands, mei: StaffUser
) -> None:
    with database.write() as session:
        ken = a_user(session, now=clock(), login="ken")
        link = sign_in_links.issue(session, session.get_one(StaffUser, mei.id), now=clock())
    client = app.test_client()
    client.post(
        f"/console/sign-in/{link}", data={"csrf_token": form_token(client, f"/console/sign-in/{link}")}
    )
    for browser in (Browser(client), signed_in(app, database, ken, now=clock())):
        page = browser.get(PAGE).text
        assert 'name="current"' not in page
        phone = pyotp.TOTP(re.findall(r'copyable[^"]*">([A-Z2-7 ]+)<', page)[0].replace(" ", ""))
        form = {"seed": re.findall(r'name="seed" value="([^"]+)"', page)[0], "code": phone.at(clock())}
        assert browser.post(PAGE + "on", form).status_code == 302


def test_the_longest_names_fit_the_picture(app: Flask, database: Database, clock: Hands) -> None:
    with database.write() as session:
        longest = a_user(session, now=clock(), login="\N{GRINNING FACE}" * 120, name="Mei")
    assert signed_in(app, database, longest, now=clock()).get(PAGE).status_code == 200
    shown = pyotp.parse_uri(two_step.address("A" * 32, longest, "a: b" + "\N{GRINNING FACE}" * 100))
    assert (shown.name, len(shown.issuer or "")) == ("\N{GRINNING FACE}" * 60, 30)
    segno.make(two_step.address("A" * 32, longest, "\N{GRINNING FACE}" * 100), error="m", micro=False)


def test_of_two_phones_at_once_only_one_is_the_one(
    app: Flask, database: Database, clock: Hands, mei: StaffUser
) -> None:
    def switches_on(session: Session) -> str:
        user, seed = session.get_one(StaffUser, mei.id), two_step.new_seed()
        digits = pyotp.TOTP(two_step.secret("k" * 40, user, seed)).at(clock())
        code = two_step.Code(digits, "k" * 40)
        two_step.switch_on(session, user, seed, code, by=Actor.of(user), now=clock())
        session.flush()  # written, and not yet seen by who reads
        return seed

    def other() -> Conflict | None:
        with database.write() as session:
            session.get_one(StaffUser, mei.id)
            try:
                switches_on(session)
            except Conflict as told:
                return told
        return None

    with ThreadPoolExecutor() as pool:
        with database.write() as session:
            seed = switches_on(session)
            second = pool.submit(other)
            threading.Event().wait(0.3)
        assert isinstance(second.result(), Conflict)
    with database.read() as session:
        assert session.get_one(StaffUser, mei.id).two_step_seed == seed


@pytest.mark.parametrize("way", ["password", "link"])
def test_who_signs_in_while_the_password_changes_is_signed_out_by_it(
    database: Database, clock: Hands, mei: StaffUser, way: str
) -> None:
    with database.write() as session:
        user = session.get_one(StaffUser, mei.id)
        link = sign_in_links.issue(session, user, now=clock())
        tried = sign_in.begin(session, "mei", address="192.0.2.1", now=clock())

    def signs_in() -> None:
        who: dict[str, Any] = {"code": None, "browser": "", "address": "192.0.2.1", "now": clock()}
        with database.write() as session, contextlib.suppress(sign_in.WrongPassword, NotFound):
            if way == "link":
                sign_in_links.use(session, link, **who)
            else:
                sign_in.finish(session, tried, password_to_keep=None, **who)

    def is_changed(session: Session) -> None:
        user = session.get_one(StaffUser, mei.id)
        service.set_password(session, user, "another hash", by=Actor.of(user), now=clock())

    with ThreadPoolExecutor() as pool:
        with database.write() as session:
            is_changed(session)
            session.flush()  # written, and not yet seen by who reads
            other = pool.submit(signs_in)
            threading.Event().wait(0.3)
        other.result()
    with database.read() as session:
        assert sessions.of_user(session, mei, now=clock()) == []
