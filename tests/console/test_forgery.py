"""Requests that another site makes a browser send: none of them changes anything."""

import pytest
from flask.testing import FlaskClient

from staff import sign_in_links
from staff.models import Role, StaffUser
from tests.console.changing import changes
from tests.console.inboxes import Inbox
from tests.console.people import Browser, a_user, browser_of, form_token
from tests.console.roles import EXPECTED
from tests.console.test_roles import filled
from tests.shop import Shop

PASSWORD = "the attacker's own password"

KINDS = ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain", "application/json", "")
"""What a form of another site can send, and what a careless server reads all the same."""


@pytest.fixture
def engine_name() -> str:
    """Nothing gets as far as the database."""
    return "sqlite"


def is_in(client: FlaskClient) -> bool:
    return client.get("/console/").status_code == 200


def user(shop: Shop, login: str) -> StaffUser:
    with shop.database.write() as session:
        return a_user(session, Role.AGENT, login=login, now=shop.now())


def test_nobody_is_signed_in_as_somebody_else_by_another_site(shop: Shop) -> None:
    """Who does not notice that would write to customers, and enter secrets, in the attacker's name."""
    with shop.database.write() as session:
        attacker = a_user(session, Role.AGENT, login="attacker", now=shop.now())
        link = sign_in_links.issue(session, attacker, now=shop.now())
    theirs = shop.app.test_client()
    stolen = form_token(theirs)
    victim = shop.app.test_client()
    victim.get("/console/sign-in")
    for path, form in (
        ("/console/sign-in", {"login": "attacker", "password": PASSWORD}),
        (f"/console/sign-in/{link}", {}),
    ):
        for token in ({}, {"csrf_token": ""}, {"csrf_token": "x"}, {"csrf_token": stolen}):
            answer = victim.post(path, data=form | token)
            assert answer.status_code == 403, (path, token)
            assert not is_in(victim)
    assert theirs.post(f"/console/sign-in/{link}", data={"csrf_token": stolen}).status_code == 302, (
        "the link is not used up"
    )


def test_a_token_of_another_browser_opens_no_form(shop: Shop) -> None:
    mei = browser_of(shop.app, shop.database, Role.ADMIN, now=shop.now())
    stranger = shop.app.test_client()
    tokens = [form_token(stranger), browser_of(shop.app, shop.database, Role.AGENT, now=shop.now()).token()]
    assert mei.token() not in tokens
    for route in EXPECTED:
        method, path = filled(route)
        if method == "GET":
            continue
        for token in tokens:
            answer = mei.client.post(path, data={"csrf_token": token})
            assert answer.status_code == 403, route


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_of_body_does_without_a_token(shop: Shop, kind: str) -> None:
    admin = browser_of(shop.app, shop.database, Role.ADMIN, now=shop.now())
    bodies = ("{}", '{"csrf_token": "forged"}', "csrf_token", "a=b&csrf_token=", '{"a":"=b"}')
    for route in EXPECTED:
        method, path = filled(route)
        if method == "GET":
            continue
        for body in bodies:
            answer = admin.client.open(path, method=method, data=body, content_type=kind or None)
            assert answer.status_code == 403, (route, body)


def test_a_good_token_in_json_or_in_the_address_is_none(shop: Shop) -> None:
    admin = browser_of(shop.app, shop.database, Role.ADMIN, now=shop.now())
    token = admin.token()
    for path in ("/console/account/preferences", "/console/sign-out", "/console/staff/new"):
        assert admin.client.post(path, json={"csrf_token": token}).status_code == 403
        assert admin.client.post(f"{path}?csrf_token={token}").status_code == 403
    assert is_in(admin.client)


def test_looking_changes_nothing(shop: Shop) -> None:
    """A picture's address in another site's page is enough to make a browser look."""
    inbox = Inbox(shop)
    inbox.agent("lin", "general")
    mina, ticket = inbox.customer("Mina", "hello")
    admin = browser_of(shop.app, shop.database, Role.ADMIN, now=shop.now())
    contact = inbox.contact(mina).public_id
    with changes(shop.database) as written:
        for route in EXPECTED:
            method, path = filled(route)
            if method != "GET" or path == "/console/live":
                continue
            for public_id in ("nobodyatall2", ticket, contact, "admin"):
                look(admin, path.replace("nobodyatall2", public_id))
    assert written == []


def look(browser: Browser, path: str) -> None:
    answer = browser.get(path, query_string={"on": "1", "role": "agent", "tag": "area:taipei", "text": "x"})
    assert answer.status_code < 500, path
    answer.close()
