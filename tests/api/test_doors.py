"""Who is let in: every route, with every token that must not open it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from api.access import access_of
from bot.late import Beside
from core.db import Database
from staff import service, tokens
from staff.models import ApiToken, Role, StaffUser
from tests.api.program import TESTS, Program, StillClock, a_program, an_api, an_owner, problem
from tests.shop import Shop

PUBLIC = {("GET", "openapi.json")}
FILLED = {"<contact_id>": "nobody", "<path:name>": "vip", "<path:order_id>": "A-1", "<key>": "regulars"}


def api_of(shop: Shop) -> Flask:
    """Return the application behind /api; it is built by the first who asks."""
    Program(shop.app, None).asks("GET", "openapi.json")
    beside: Beside = shop.app.extensions["api"]
    assert beside.built is not None
    return beside.built


def routes(shop: Shop) -> list[tuple[str, str, str]]:
    """Return (method, path, endpoint) of every route."""
    found = []
    for rule in api_of(shop).url_map.iter_rules():
        path = str(rule.rule).removeprefix("/api/v1/")
        for part, value in FILLED.items():
            path = path.replace(part, value)
        methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        found += [(method, path, rule.endpoint) for method in sorted(methods)]
    return found


def test_every_route_is_closed_to_every_token_that_is_not_good(shop: Shop) -> None:
    now = shop.now()
    owner = an_owner(shop.database, now=now)
    gone = an_owner(shop.database, now=now, login="gone")
    revoked = a_program(shop.app, shop.database, owner, now=now, name="revoked")
    expired = a_program(
        shop.app, shop.database, owner, now=now, name="expired", expires_at=now + timedelta(seconds=1)
    )
    of_nobody = a_program(shop.app, shop.database, gone, now=now)
    with shop.database.write() as session:
        row = session.scalars(sa.select(ApiToken).where(ApiToken.name == "revoked")).one()
        tokens.revoke(session, row, by=TESTS, now=now)
        service.deactivate(session, session.get_one(StaffUser, gone.id), by=TESTS, now=now)
    shop.clock.advance(timedelta(seconds=1))
    found = routes(shop)
    assert len(found) > 10
    for method, path, _endpoint in found:
        if (method, path) in PUBLIC:
            assert Program(shop.app, None).asks(method, path).status_code == 200
            continue
        for token in (
            None,
            "",
            "nonsense",
            "tagline_" + "A" * 43,
            revoked.token,
            expired.token,
            of_nobody.token,
        ):
            answer = Program(shop.app, token).asks(method, path, {})
            wanted = "token_invalid" if token else "token_missing"
            assert problem(answer) == (401, wanted), (method, path, token)
            assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="tagline"')


def test_every_route_says_which_scope_it_wants(shop: Shop) -> None:
    now = shop.now()
    owner = an_owner(shop.database, now=now)
    api = api_of(shop)
    for method, path, endpoint in routes(shop):
        access = access_of(api, endpoint)
        assert access is not None
        for number, lacking in enumerate(access.scopes):
            others = {*tokens.Scope} - {lacking}
            name = f"{method} {path} {number}"
            program = a_program(shop.app, shop.database, owner, others, now=now, name=name)
            answer = program.asks(method, path, {})
            assert problem(answer) == (403, "scope_missing"), (method, path)
            assert answer.json is not None
            assert answer.json["missing"] == [lacking.value]
            assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
            with shop.database.write() as session:
                tokens.revoke_all(session, session.get_one(StaffUser, owner.id), by=TESTS, now=now)


@pytest.mark.parametrize("role", [Role.AGENT, Role.VIEWER, Role.SUPERVISOR])
def test_a_token_does_no_more_than_its_owner_may_now(shop: Shop, role: Role) -> None:
    now = shop.now()
    an_owner(shop.database, Role.ADMIN, now=now, login="boss")
    owner = an_owner(shop.database, now=now)
    program = a_program(shop.app, shop.database, owner, now=now)
    with shop.database.write() as session:
        service.set_role(session, session.get_one(StaffUser, owner.id), role, by=TESTS, now=now)
    api = api_of(shop)
    refused = 0
    for method, path, endpoint in routes(shop):
        access = access_of(api, endpoint)
        assert access is not None
        with shop.database.read() as session:
            row = session.scalars(sa.select(ApiToken)).one()
            beyond = [] if access.is_public else tokens.forbidden(row, access.scopes)
        answer = program.asks(method, path, {})
        if beyond:
            refused += 1
            assert problem(answer) == (403, "role_too_small"), (method, path)
            assert answer.json is not None
            assert answer.json["missing"] == [one.value for one in beyond]
        else:
            assert answer.status_code not in {401, 403}, (method, path)
    assert refused >= 3


def test_a_token_revoked_a_second_ago_does_nothing_any_more(shop: Shop) -> None:
    owner = an_owner(shop.database, now=shop.now())
    program = a_program(shop.app, shop.database, owner, now=shop.now())
    program.get("segments")
    with shop.database.write() as session:
        tokens.revoke(session, session.scalars(sa.select(ApiToken)).one(), by=TESTS, now=shop.now())
    assert problem(program.asks("GET", "segments")) == (401, "token_invalid")


def test_use_is_noted(shop: Shop) -> None:
    owner = an_owner(shop.database, now=shop.now())
    program = a_program(shop.app, shop.database, owner, now=shop.now())
    program.get("segments")
    (row,) = shop.rows(ApiToken)
    assert row.created_at <= row.last_used_at <= shop.now()


ADDRESSES = (
    "segments?access_token={token}",
    "segments?token={token}",
    "segments?language={token}",
    "segments/{token}",
    "orders/{token}",
    "segments?x=tagline%5F{rest}",
    "segments?api_key=abc",
    "segments?Token=abc",
)


def test_a_token_in_the_address_is_refused_and_named_nowhere(
    shop: Shop, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    owner = an_owner(shop.database, now=shop.now())
    program = a_program(shop.app, shop.database, owner, now=shop.now())
    assert program.token is not None
    rest = program.token.removeprefix("tagline_")
    for address in ADDRESSES:
        for asking in (program, Program(shop.app, None)):
            answer = asking.asks("GET", address.format(token=program.token, rest=rest))
            assert problem(answer) == (400, "token_in_url"), address
            assert answer.json is not None
            assert "Authorization: Bearer" in answer.json["detail"]
            assert rest not in answer.text
    told = capfd.readouterr()
    assert rest not in told.out + told.err + caplog.text


def test_who_asks_too_often_is_told_when_to_come_again(database: Database) -> None:
    clock = StillClock()
    api = an_api(database, clock)
    owner = an_owner(database, now=clock())
    program = a_program(api, database, owner, now=clock())
    other = a_program(api, database, owner, now=clock(), name="crm")
    answers = [program.asks("GET", "segments") for _ in range(51)]
    assert [one.status_code for one in answers] == [200] * 50 + [429]
    assert problem(answers[-1]) == (429, "too_many_requests")
    assert answers[-1].headers["Retry-After"] == "1"
    other.get("segments")
    clock.now += timedelta(seconds=1)
    program.get("segments")


def test_nothing_else_is_behind_the_door(shop: Shop) -> None:
    owner = an_owner(shop.database, now=shop.now())
    program = a_program(shop.app, shop.database, owner, now=shop.now())
    for asking in (program, Program(shop.app, None)):
        for path in ("", "nothing", "contacts/a/b/c/d", "../v2", "segments/x/y"):
            assert problem(asking.asks("GET", path))[0] == 404
        refused = asking.asks("DELETE", "contacts")
        assert problem(refused) == (405, "method_not_allowed")
        assert {"GET", "HEAD", "OPTIONS"} == {one.strip() for one in refused.headers["Allow"].split(",")}
    client = shop.app.test_client()
    assert problem(client.get("/api")) == (404, "not_found")
    assert problem(client.get("/api/")) == (404, "not_found")
    assert client.get("/apiary").status_code == 404
    assert client.get("/apiary").content_type != "application/problem+json"
    # The console's cookie opens nothing here, and the token nothing there.
    answer = client.get("/console/contacts/", headers={"Authorization": f"Bearer {program.token}"})
    assert answer.status_code == 302
