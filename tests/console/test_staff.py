"""The staff pages: what can be changed, by whom, and what follows from it."""

import re

import pytest
import sqlalchemy as sa
from flask import Flask

from core.db import Database
from staff import service, sign_in_links
from staff.models import AuditEntry, Role, StaffUser
from tests.console.people import (
    Browser,
    Hands,
    a_console,
    a_user,
    browser_of,
    form_token,
    signed_in,
    tries,
)
from tests.console.queries import counted


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def app(database: Database, clock: Hands) -> Flask:
    return a_console(database, clock)


@pytest.fixture
def admin(app: Flask, database: Database, clock: Hands) -> Browser:
    return browser_of(app, database, Role.ADMIN, now=clock())


@pytest.fixture
def agent(database: Database, clock: Hands) -> StaffUser:
    with database.write() as session:
        return a_user(session, Role.AGENT, login="bo", name="陳柏宇", now=clock())


def now_is(database: Database, user: StaffUser) -> StaffUser:
    with database.read() as session:
        return service.access(session, user.public_id)


def test_somebody_new_comes_in_by_a_link_that_is_shown_once(
    admin: Browser, app: Flask, database: Database
) -> None:
    form = {"login": "Mei@Example.com", "display_name": "美", "role": "marketer"}
    answer = admin.post("/console/staff/new", form)
    found = re.search(r"/console/sign-in/([\w-]+)", answer.text)
    assert answer.status_code == 200
    assert found
    assert found[1] not in admin.get("/console/staff/").text
    newcomer = Browser(app.test_client())
    page = newcomer.get(f"/console/sign-in/{found[1]}").text
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert csrf
    newcomer.client.post(f"/console/sign-in/{found[1]}", data={"csrf_token": csrf[1]})
    assert newcomer.get("/console/audit/").status_code == 403
    assert newcomer.post("/console/account/password", {"new": "ten letters or more"}).status_code == 302
    again = admin.post("/console/staff/new", form)
    assert again.status_code == 422
    assert "already" in again.text
    with database.read() as session:
        assert found[1] not in str(session.scalars(sa.select(AuditEntry.detail)).all())


def test_who_forgot_their_password_sets_a_new_one_after_a_link(
    admin: Browser, app: Flask, database: Database, clock: Hands
) -> None:
    passwords = app.extensions["console"].passwords
    with database.write() as session:
        mei = a_user(session, login="mei", now=clock(), password_hash=passwords.hashed("forgotten by now"))
    elsewhere = signed_in(app, database, mei, now=clock())
    clock.passes(minutes=1)
    made = admin.post(f"/console/staff/{mei.public_id}/link").text
    found = re.search(r"/console/sign-in/([\w-]+)", made)
    assert found
    theirs = Browser(app.test_client())
    page = theirs.get(f"/console/sign-in/{found[1]}").text
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert csrf
    theirs.client.post(f"/console/sign-in/{found[1]}", data={"csrf_token": csrf[1]})
    clock.passes(hours=1)  # the session's token is another one by then
    assert 'name="current"' not in theirs.get("/console/account/").text
    assert 'name="current"' in elsewhere.get("/console/account/").text, "who came by the password knows it"
    change = "/console/account/password"
    assert elsewhere.post(change, {"new": "an intruder's own"}).status_code == 422
    assert theirs.post(change, {"new": "short"}).status_code == 422
    assert theirs.post(change, {"new": "a new one, longer"}).status_code == 302
    assert 'name="current"' in theirs.get("/console/account/").text
    assert theirs.post(change, {"new": "and another one"}).status_code == 422, "from now on they know it"
    assert tries(app.test_client(), "mei", "a new one, longer").status_code == 302


def test_a_link_asks_for_no_password_for_a_day(
    admin: Browser, app: Flask, database: Database, clock: Hands
) -> None:
    passwords = app.extensions["console"].passwords
    with database.write() as session:
        mei = a_user(session, login="mei", now=clock(), password_hash=passwords.hashed("forgotten by now"))
        token = sign_in_links.issue(session, mei, now=clock())
    theirs = Browser(app.test_client())
    csrf = form_token(theirs.client, f"/console/sign-in/{token}")
    theirs.client.post(f"/console/sign-in/{token}", data={"csrf_token": csrf})
    clock.passes(days=1)
    assert theirs.post("/console/account/password", {"new": "a new one, longer"}).status_code == 422


def test_nobody_makes_themselves_more_than_they_are(
    app: Flask, database: Database, clock: Hands, agent: StaffUser
) -> None:
    browser = signed_in(app, database, agent, now=clock())
    everything = {"role": "admin", "capacity": "500", "login": "root", "is_demo": "1", "display_name": "B"}
    assert browser.post("/console/account/preferences", everything).status_code == 302
    for path in (f"/console/staff/{agent.public_id}/role", "/console/staff/new"):
        assert browser.post(path, everything).status_code == 403
    after = now_is(database, agent)
    assert (after.role, after.capacity, after.login, after.is_demo) == (Role.AGENT, 10, "bo", False)
    assert after.display_name == "B"


def test_a_supervisor_sets_work_but_gives_no_roles(
    app: Flask, database: Database, clock: Hands, agent: StaffUser
) -> None:
    browser = browser_of(app, database, Role.SUPERVISOR, now=clock())
    one = f"/console/staff/{agent.public_id}"
    assert browser.post(f"{one}/work", {"capacity": "3"}).status_code == 302
    assert browser.post(f"{one}/duty", {"on": "1"}).status_code == 302
    page = browser.get(one).text
    assert f"{one}/role" not in page
    assert f"{one}/link" not in page
    after = now_is(database, agent)
    assert (after.capacity, after.on_duty_since_at) == (3, clock())


@pytest.mark.parametrize("capacity", ["", "-1", "501", "many", "3.5", "9" * 40])
def test_nonsense_is_shown_beside_its_field(
    admin: Browser, database: Database, agent: StaffUser, capacity: str
) -> None:
    answer = admin.post(f"/console/staff/{agent.public_id}/work", {"capacity": capacity})
    assert answer.status_code == 422
    assert "must be from 0 to 500" in answer.text
    assert now_is(database, agent).capacity == 10


def test_changes_hold_at_once_and_are_in_the_log(
    admin: Browser, app: Flask, database: Database, clock: Hands, agent: StaffUser
) -> None:
    theirs = signed_in(app, database, agent, now=clock())
    assert theirs.get("/console/system/").status_code == 403
    one = f"/console/staff/{agent.public_id}"
    assert admin.post(f"{one}/role", {"role": "viewer"}).status_code == 302
    assert theirs.get("/console/system/").status_code == 200
    assert admin.post(f"{one}/role", {"role": "emperor"}).status_code == 422
    assert admin.post(f"{one}/deactivate").status_code == 302
    assert theirs.get("/console/").status_code == 302
    assert admin.post(f"{one}/link").status_code == 409
    assert admin.post(f"{one}/reactivate").status_code == 302
    page = admin.get("/console/audit/").text
    for action in ("user.set_role", "user.deactivate", "user.reactivate"):
        assert action in page
    assert "from: <bdi>agent</bdi>, to: <bdi>viewer</bdi>" in page
    assert "127.0.0.1" in page
    assert "user.set_role" not in admin.get("/console/audit/?by=nobody").text


def test_the_last_admin_stays(admin: Browser, database: Database) -> None:
    with database.read() as session:
        me = service.get_by_login(session, "admin")
    answer = admin.post(f"/console/staff/{me.public_id}/role", {"role": "agent"})
    assert answer.status_code == 409
    assert "somebody left who is admin" in answer.text
    assert admin.post(f"/console/staff/{me.public_id}/deactivate").status_code == 409


def test_lists_ask_as_much_for_a_hundred_as_for_one(admin: Browser, database: Database, clock: Hands) -> None:
    def cost(path: str) -> int:
        with counted(database) as asked:
            assert admin.get(path).status_code == 200
        return asked.number

    few = {path: cost(path) for path in ("/console/staff/", "/console/audit/")}
    with database.write() as session:
        for number in range(100):
            a_user(session, login=f"user{number}", now=clock())
    assert {path: cost(path) for path in few} == few
    assert cost("/console/audit/") < 10


def test_old_entries_are_a_page_further(admin: Browser, database: Database, clock: Hands) -> None:
    with database.write() as session:
        for number in range(60):
            a_user(session, login=f"user{number:02}", now=clock())
    first = admin.get("/console/audit/").text
    older = re.search(r'href="(/console/audit/\?before=\d+)"', first)
    assert older
    assert "login: <bdi>user59</bdi>" in first
    assert "login: <bdi>user00</bdi>" not in first
    assert "login: <bdi>user00</bdi>" in admin.get(older[1]).text
    for nonsense in ("before=x", "before=-1", f"before={'9' * 30}", "by=%00"):
        assert admin.get(f"/console/audit/?{nonsense}").status_code == (400 if "%00" in nonsense else 200)


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "x" * 2_000_000, "\u202e", "\ufeff"])
def test_what_nobody_types_breaks_nothing(admin: Browser, text: str) -> None:
    form = {"login": text.encode(errors="surrogatepass"), "display_name": text.encode(errors="surrogatepass")}
    token = admin.token()
    answer = admin.client.post(
        "/console/staff/new",
        data={"csrf_token": token, "role": "agent", **form},
        headers={"User-Agent": "\x01evil"},
    )
    assert answer.status_code < 500  # what is no text has become a replacement character
