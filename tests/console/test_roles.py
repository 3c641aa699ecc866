"""Who gets through which door: every route, every role, with and without the form's token."""

import re
from collections.abc import Iterator
from itertools import product

import pytest
from flask import Blueprint, Flask

from console import PAGES, Parts
from console.access import access_of
from core.db import Database
from staff.models import Role
from staff.permissions import PERMISSIONS, Permission
from tests.console.changing import changes
from tests.console.people import Browser, Hands, a_console, browser_of
from tests.console.roles import ANYBODY, EXPECTED, INVENTED, OUTSIDE, PATHS, STAFF
from tests.shop import Shop


def routes(app: Flask) -> Iterator[str]:
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith(OUTSIDE):
            yield from (f"{method} {rule.rule}" for method in (rule.methods or set()) - {"HEAD", "OPTIONS"})


def filled(route: str) -> tuple[str, str]:
    method, path = route.split(" ", 1)
    for part, value in PATHS.items():
        path = path.replace(part, value)
    assert "<" not in path, f"say in tests/console/roles.py:PATHS what stands for {path}"
    return method, path


@pytest.fixture
def everybody(shop: Shop) -> dict[Role, Browser]:
    return {role: browser_of(shop.app, shop.database, role, now=shop.now()) for role in Role}


def test_every_route_is_in_the_table_and_no_other(shop: Shop) -> None:
    assert sorted(routes(shop.console)) == sorted(EXPECTED)


def test_views_are_marked_as_the_table_says(shop: Shop) -> None:
    with shop.console.app_context():
        for rule in shop.console.url_map.iter_rules():
            access = access_of(rule.endpoint)
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                wanted = EXPECTED.get(f"{method} {rule.rule}")
                if access is None:
                    assert wanted in {ANYBODY, None}, rule
                    is_file = rule.endpoint.endswith(".static")
                    assert is_file or rule.rule.startswith(OUTSIDE) or rule.rule == "/", rule
                elif wanted == ANYBODY:
                    assert access.is_public, rule
                else:
                    assert not access.is_public, rule
                    assert access.permission == (None if wanted in {STAFF, INVENTED} else wanted), rule


def test_every_role_gets_through_its_doors_and_no_others(shop: Shop, everybody: dict[Role, Browser]) -> None:
    wrong = []
    for route, wanted in EXPECTED.items():
        method, path = filled(route)
        if path == "/console/sign-out":
            continue  # it would end what the others need; `test_sign_in.py` has it
        for role, browser in everybody.items():
            answer = browser.get(path) if method == "GET" else browser.post(path)
            is_let_in = answer.status_code != 403
            allowed = wanted in {ANYBODY, STAFF} or wanted in PERMISSIONS[role]
            if is_let_in != allowed or answer.status_code >= 500:
                wrong.append(f"{role.value} {route}: {answer.status_code}")
            answer.close()
    assert wrong == []


def test_strangers_are_asked_to_sign_in_everywhere(shop: Shop) -> None:
    stranger = shop.app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', stranger.get("/console/sign-in").text)
    assert token
    for route, wanted in EXPECTED.items():
        if wanted == ANYBODY:
            continue
        method, path = filled(route)
        for data in ({}, {"csrf_token": token[1]}):
            plain = stranger.open(path, method=method, data=data)
            assert (plain.status_code, plain.location[:16]) == (302, "/console/sign-in"), route
            partial = stranger.open(path, method=method, data=data, headers={"HX-Request": "true"})
            assert partial.status_code == 401, route
            assert partial.headers["HX-Retarget"] == "#dialogs", route


def test_nothing_changes_without_the_forms_token(
    shop: Shop, everybody: dict[Role, Browser], engine_name: str
) -> None:
    with changes(shop.database) as written:
        for route, (role, browser) in product(EXPECTED, everybody.items()):
            method, path = filled(route)
            if method == "GET":
                continue
            for form in ({}, {"csrf_token": "forged"}):
                answer = browser.client.open(path, method=method, data=form)
                assert answer.status_code == 403, (route, role)
                as_text = browser.client.open(path, method=method, data="{}", content_type="text/plain")
                assert as_text.status_code == 403, (route, role)
    assert written == []


def test_a_page_without_a_mark_is_refused_to_everybody(database: Database) -> None:
    def forgetful(_parts: Parts) -> Blueprint:
        blueprint = Blueprint("forgetful", __name__)
        blueprint.add_url_rule("/console/forgotten", view_func=lambda: "secret", endpoint="page")
        return blueprint

    clock = Hands()
    app = a_console(database, clock, modules=(*PAGES, forgetful))
    answer = browser_of(app, database, Role.ADMIN, now=clock()).get("/console/forgotten")
    assert answer.status_code == 403
    assert "secret" not in answer.text


def test_every_permission_is_somebodys_and_only_admins_have_all() -> None:
    assert PERMISSIONS[Role.ADMIN] == set(Permission)
    assert all(PERMISSIONS[role] < set(Permission) for role in set(Role) - {Role.ADMIN})
    viewers = PERMISSIONS[Role.VIEWER]
    assert all(permission.value.startswith("see_") for permission in viewers)
    assert not viewers & {Permission.SEE_STAFF, Permission.SEE_AUDIT}
    assert Permission.SEE_INBOX not in PERMISSIONS[Role.MARKETER]
