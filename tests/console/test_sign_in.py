"""Signing in and out: cookies, sessions, guesses, and who is held up by them."""

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from core.db import Database
from staff import service, sessions, sign_in_links
from staff.models import AuditEntry, Role, SignInFailure, StaffSession, StaffUser
from staff.sign_in import FREE_TRIES
from tests.console.people import (
    TESTS,
    Browser,
    CountingPasswords,
    Hands,
    a_console,
    a_user,
    form_token,
    signed_in,
    tries,
)
from tests.shop import Shop

PASSWORD = "correct horse battery"


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def passwords() -> CountingPasswords:
    return CountingPasswords()


@pytest.fixture
def app(database: Database, clock: Hands, passwords: CountingPasswords) -> Flask:
    return a_console(database, clock, passwords=passwords)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def mei(database: Database, clock: Hands, passwords: CountingPasswords) -> StaffUser:
    hashed = passwords.hashed(PASSWORD)
    with database.write() as session:
        return a_user(
            session, Role.ADMIN, login="Mei@Example.com", name="Mei", now=clock(), password_hash=hashed
        )


def is_in(client: FlaskClient) -> bool:
    return client.get("/console/").status_code == 200


def cookie(client: FlaskClient) -> str:
    found = client.get_cookie("tagline_session", path="/console")
    return found.value if found else ""


def test_who_knows_the_password_comes_in_and_sign_out_ends_it(
    client: FlaskClient, app: Flask, mei: StaffUser
) -> None:
    answer = tries(client, " mei@example.COM ", PASSWORD)
    assert (answer.status_code, answer.location) == (302, "/console/")
    assert is_in(client)
    token = cookie(client)
    left = Browser(client).post("/console/sign-out")
    assert left.status_code == 302
    assert cookie(client) == ""
    assert not is_in(client)
    thief = app.test_client()
    thief.set_cookie("tagline_session", token, path="/console")
    assert not is_in(thief), "the session has ended, not only the cookie"


@pytest.mark.parametrize(
    ("base_url", "is_secure"), [("https://bot.example", True), ("http://b.example", False)]
)
def test_cookies_are_kept_from_scripts_and_from_other_sites(
    database: Database, clock: Hands, mei: StaffUser, base_url: str, is_secure: bool
) -> None:
    client = a_console(database, clock, base_url=base_url).test_client()
    with database.write() as session:
        token = sign_in_links.issue(session, session.get_one(StaffUser, mei.id), now=clock())
    form = client.get(f"/console/sign-in/{token}", base_url=base_url)
    csrf = form.text.split('name="csrf_token" value="')[1].split('"')[0]
    answer = client.post(f"/console/sign-in/{token}", data={"csrf_token": csrf}, base_url=base_url)
    assert answer.status_code == 302
    for line in [*form.headers.getlist("Set-Cookie"), *answer.headers.getlist("Set-Cookie")]:
        assert "HttpOnly" in line
        assert "SameSite=Lax" in line
        assert "Path=/console" in line
        assert ("Secure" in line) is is_secure


def test_a_session_that_somebody_brought_along_is_not_taken_over(
    client: FlaskClient, database: Database, app: Flask, clock: Hands, mei: StaffUser
) -> None:
    client.set_cookie("tagline_session", "chosen-by-somebody-else", path="/console")
    tries(client, mei.login, PASSWORD)
    first = cookie(client)
    assert first != "chosen-by-somebody-else"
    # And whoever signs in over a session of somebody else ends that one.
    with database.write() as session:
        a_user(session, Role.AGENT, login="other", now=clock())
        link = sign_in_links.issue(session, service.get_by_login(session, "other"), now=clock())
    csrf = form_token(client, f"/console/sign-in/{link}")
    assert client.post(f"/console/sign-in/{link}", data={"csrf_token": csrf}).status_code == 302
    assert cookie(client) != first
    thief = app.test_client()
    thief.set_cookie("tagline_session", first, path="/console")
    assert not is_in(thief)


def test_the_forms_token_changes_with_who_is_signed_in(client: FlaskClient, mei: StaffUser) -> None:
    before = form_token(client)
    tries(client, mei.login, PASSWORD)
    assert client.post("/console/sign-out", data={"csrf_token": before}).status_code == 403
    assert is_in(client)


def test_a_password_change_ends_the_other_sessions(
    client: FlaskClient, app: Flask, database: Database, clock: Hands, mei: StaffUser
) -> None:
    tries(client, mei.login, PASSWORD)
    elsewhere = signed_in(app, database, mei, now=clock()).client
    here = Browser(client)
    wrong = here.post("/console/account/password", {"current": "wrong", "new": "a new one, longer"})
    assert wrong.status_code == 422
    assert "is not your present password" in wrong.text
    short = here.post("/console/account/password", {"current": PASSWORD, "new": "short"})
    assert short.status_code == 422
    assert is_in(elsewhere)
    done = here.post("/console/account/password", {"current": PASSWORD, "new": "a new one, longer"})
    assert done.status_code == 302
    assert is_in(client)
    assert not is_in(elsewhere)
    assert tries(app.test_client(), mei.login, PASSWORD).status_code == 422
    assert tries(app.test_client(), mei.login, "a new one, longer").status_code == 302


def test_a_browser_is_signed_out_from_another_and_the_log_says_so(
    client: FlaskClient, app: Flask, database: Database, clock: Hands, mei: StaffUser
) -> None:
    elsewhere = signed_in(app, database, mei, now=clock())
    tries(client, mei.login, PASSWORD)
    (other,) = re.findall(r"/sessions/(\d+)/end", client.get("/console/account/").text)
    assert Browser(client).post(f"/console/account/sessions/{other}/end").status_code == 302
    assert not is_in(elsewhere.client)
    assert is_in(client)
    with database.read() as session:
        assert session.scalars(sa.select(AuditEntry.action)).all()[-1] == "user.end_session"


def test_guessing_the_present_password_of_a_session_left_open_is_held_up(
    client: FlaskClient, clock: Hands, mei: StaffUser
) -> None:
    tries(client, mei.login, PASSWORD)
    here = Browser(client)
    change = "/console/account/password"
    for number in range(6):
        here.post(change, {"current": f"guess {number}", "new": "a new one, longer"})
    held_up = here.post(change, {"current": PASSWORD, "new": "a new one, longer"})
    assert held_up.status_code == 429
    assert "Too many tries" in held_up.text
    clock.passes(seconds=61)
    for _ in range(6):  # the right one is no guess, even when the new one is refused
        assert here.post(change, {"current": PASSWORD, "new": "short"}).status_code == 422
    assert here.post(change, {"current": PASSWORD, "new": "a new one, longer"}).status_code == 302


def test_deactivation_ends_everything_at_once(
    client: FlaskClient, app: Flask, database: Database, clock: Hands, mei: StaffUser
) -> None:
    with database.write() as session:
        agent = a_user(session, Role.AGENT, now=clock())
        link = sign_in_links.issue(session, agent, now=clock())
    browser = signed_in(app, database, agent, now=clock())
    token = browser.token()
    with database.write() as session:
        service.deactivate(session, session.get_one(StaffUser, agent.id), by=TESTS, now=clock())
    typing = browser.client.post(
        "/console/account/preferences", data={"csrf_token": token}, headers={"HX-Request": "true"}
    )
    assert typing.status_code == 401
    assert "Sign in again" in typing.text
    assert client.get(f"/console/sign-in/{link}").status_code == 404


def test_strangers_learn_nothing_about_who_has_an_account(
    client: FlaskClient, database: Database, clock: Hands, passwords: CountingPasswords, mei: StaffUser
) -> None:
    with database.write() as session:
        a_user(session, login="no-password", now=clock())
        gone = a_user(session, login="gone", now=clock(), password_hash=mei.password_hash)
        service.deactivate(session, gone, by=TESTS, now=clock())
    told = set()
    for login, password in (
        (mei.login, "wrong"),
        (mei.login, "x" * 500),
        ("nobody", PASSWORD),
        ("no-password", ""),
        ("gone", PASSWORD),
        ("' OR 1=1 --", PASSWORD),
        ("", ""),
    ):
        before = passwords.compared
        answer = tries(client, login, password)
        told.add((answer.status_code, answer.text.replace(login, "").count("do not fit together")))
        assert passwords.compared == before + 1, f"{login!r} takes as long as any other"
        clock.passes(minutes=20)
    assert told == {(422, 1)}


def test_guessing_soon_has_to_wait_and_costs_no_hash_then(
    client: FlaskClient, clock: Hands, passwords: CountingPasswords, mei: StaffUser
) -> None:
    for _ in range(FREE_TRIES["login"]):
        assert tries(client, mei.login, "wrong").status_code == 422
    before = passwords.compared
    assert tries(client, mei.login, PASSWORD).status_code == 429
    assert passwords.compared == before
    clock.passes(seconds=31)
    assert tries(client, mei.login, "wrong").status_code == 422
    clock.passes(seconds=31)
    assert tries(client, mei.login, PASSWORD).status_code == 429, "the wait doubles"
    clock.passes(seconds=30)
    assert tries(client, mei.login, PASSWORD).status_code == 302


def test_who_guesses_holds_nobody_up_but_himself(
    app: Flask, database: Database, clock: Hands, mei: StaffUser
) -> None:
    home = {"REMOTE_ADDR": "203.0.113.7"}
    assert tries(app.test_client(), mei.login, PASSWORD, environ_base=home).status_code == 302
    attacker = app.test_client()
    for number in range(40):
        tries(
            attacker, mei.login, f"guess {number}", environ_base={"REMOTE_ADDR": f"198.51.100.{number % 3}"}
        )
    assert (
        tries(attacker, mei.login, PASSWORD, environ_base={"REMOTE_ADDR": "198.51.100.9"}).status_code == 429
    )
    assert tries(app.test_client(), mei.login, PASSWORD, environ_base=home).status_code == 302


def test_one_address_cannot_try_all_accounts(
    app: Flask, database: Database, passwords: CountingPasswords
) -> None:
    client = app.test_client()
    answers = [tries(client, f"user{number}", "123456").status_code for number in range(60)]
    assert answers.count(422) == FREE_TRIES["address"]
    assert passwords.compared == FREE_TRIES["address"]
    neighbour = {"REMOTE_ADDR": "2001:db8:0:1::5"}
    same_house = {"REMOTE_ADDR": "2001:db8:0:1:ffff::6"}
    for number in range(FREE_TRIES["address"]):
        tries(client, f"six{number}", "123456", environ_base=neighbour)
    assert tries(client, "more", "123456", environ_base=same_house).status_code == 429


def test_what_is_counted_is_forgotten(client: FlaskClient, database: Database, clock: Hands) -> None:
    for number in range(5):
        tries(client, f"user{number}", "123456")
    clock.passes(days=2)
    tries(client, "one-more", "123456")
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(SignInFailure)) == 2


def test_forwarded_addresses_are_not_believed_unless_a_proxy_is_trusted(shop: Shop) -> None:
    for number in range(FREE_TRIES["address"]):
        tries(shop.web, f"user{number}", "1", headers={"X-Forwarded-For": f"10.0.0.{number}"})
    answer = tries(shop.web, "next", "1", headers={"X-Forwarded-For": "10.9.9.9"})
    assert answer.status_code == 429
    with shop.database.read() as session:
        keys = session.scalars(sa.select(SignInFailure.key).where(SignInFailure.key.like("address:%"))).all()
    assert keys == ["address:127.0.0.1"]


@pytest.mark.parametrize(
    ("wanted", "leads_to"),
    [
        ("/console/staff/?x=1", "/console/staff/?x=1"),
        ("//evil.example/", "/console/"),
        ("/console/\\evil.example", "/console/"),
        ("https://evil.example/console/", "/console/"),
        ("javascript:alert(1)", "/console/"),
        ("/console/\r\nSet-Cookie: a=b", "/console/"),
        ("/callback", "/console/"),
    ],
)
def test_after_signing_in_one_stays_here(
    client: FlaskClient, mei: StaffUser, wanted: str, leads_to: str
) -> None:
    form = {"csrf_token": form_token(client), "login": mei.login, "password": PASSWORD, "next": wanted}
    assert client.post("/console/sign-in", data=form).location == leads_to


def test_signing_in_over_an_open_page_reloads_it(client: FlaskClient, mei: StaffUser) -> None:
    form = {"csrf_token": form_token(client), "login": mei.login, "password": "wrong"}
    again = client.post("/console/sign-in", data=form, headers={"HX-Request": "true"})
    assert again.status_code == 422
    assert "<dialog" in again.text
    form["password"] = PASSWORD
    done = client.post("/console/sign-in", data=form, headers={"HX-Request": "true"})
    assert (done.status_code, done.headers["HX-Refresh"]) == (200, "true")
    assert is_in(client)


def test_a_link_signs_in_once_and_a_preview_does_not_use_it_up(
    app: Flask, database: Database, clock: Hands, mei: StaffUser
) -> None:
    with database.write() as session:
        token = sign_in_links.issue(session, session.get_one(StaffUser, mei.id), now=clock())
    for _ in range(3):
        assert app.test_client().get(f"/console/sign-in/{token}").status_code == 200
    owner = app.test_client()
    form = {"csrf_token": form_token(owner, f"/console/sign-in/{token}")}
    assert owner.post(f"/console/sign-in/{token}", data=form).status_code == 302
    assert is_in(owner)
    second = app.test_client()
    form = {"csrf_token": form_token(second)}
    assert second.post(f"/console/sign-in/{token}", data=form).status_code == 404
    assert not is_in(second)
    with database.write() as session:
        late = sign_in_links.issue(session, session.get_one(StaffUser, mei.id), now=clock())
    clock.passes(days=1)
    assert app.test_client().get(f"/console/sign-in/{late}").status_code == 404


def test_a_session_ends_unused_after_a_week_and_in_any_case_after_a_month(
    app: Flask, database: Database, clock: Hands, mei: StaffUser
) -> None:
    client = signed_in(app, database, mei, now=clock()).client
    for _ in range(4):
        clock.passes(days=6)
        assert is_in(client)
    clock.passes(days=6, hours=1)
    assert not is_in(client), "thirty days are over"
    client = signed_in(app, database, mei, now=clock()).client
    clock.passes(days=7)
    assert not is_in(client)


def test_tokens_rotate_and_an_old_one_opens_nothing(
    app: Flask, database: Database, clock: Hands, mei: StaffUser
) -> None:
    client = signed_in(app, database, mei, now=clock()).client
    first = cookie(client)
    clock.passes(minutes=31)
    assert is_in(client)
    second = cookie(client)
    assert second != first
    late = app.test_client()
    late.set_cookie("tagline_session", first, path="/console")
    clock.passes(seconds=30)
    assert is_in(late), "a request that was on its way"
    assert is_in(client)
    clock.passes(minutes=2)
    assert not is_in(late)
    assert is_in(client)
    with database.read() as session:
        kept = session.scalars(sa.select(StaffSession.token_hash)).all()
    assert second not in kept
    assert sessions.hashed(second) in kept


def test_an_answer_that_got_lost_signs_nobody_out(
    app: Flask, database: Database, clock: Hands, mei: StaffUser
) -> None:
    client = signed_in(app, database, mei, now=clock()).client
    old = cookie(client)
    clock.passes(minutes=31)
    assert is_in(client)
    client.set_cookie("tagline_session", old, path="/console")  # the new one never arrived
    clock.passes(hours=3)
    assert is_in(client)
    assert cookie(client) != old


def test_signing_in_is_in_the_log(client: FlaskClient, database: Database, mei: StaffUser) -> None:
    tries(client, mei.login, "wrong")
    tries(client, mei.login, PASSWORD)
    Browser(client).post("/console/sign-out")
    with database.read() as session:
        entries = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [entry.action for entry in entries] == ["user.add", "user.sign_in", "user.sign_out"]
    assert PASSWORD not in str([(entry.detail, entry.by) for entry in entries])


@pytest.fixture(autouse=True)
def nothing_secret_in_the_logs(capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    yield
    captured = capsys.readouterr()
    assert PASSWORD not in captured.out + captured.err
