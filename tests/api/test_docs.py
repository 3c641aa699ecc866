"""docs/api.md is true: its examples run, its table names every route with its scopes."""

import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from api.access import access_of
from bot.late import Beside
from facts.models import ContactEvent, Order
from simulator.person import Person
from staff.tokens import ASKS, Scope
from tests.api.program import Program
from tests.ports import two_free_ports
from tests.shop import Shop

DOCS = Path(__file__).parent.parent.parent / "docs"
PAGE = (DOCS / "api.md").read_text()


class _SilentHandler(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Say nothing of requests."""


@pytest.fixture
def address(shop: Shop) -> Iterator[str]:
    port = two_free_ports()
    server = make_server("127.0.0.1", port, shop.app, threaded=True, request_handler=_SilentHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def examples() -> list[str]:
    section = PAGE.partition("## Five examples")[2].partition("\n## ")[0]
    return re.findall(r"```sh\n(.*?)```", section, re.DOTALL)


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_the_examples_do_what_they_say(shop: Shop, till: Program, mina: Person, address: str) -> None:
    variables = {
        **os.environ,
        "TAGLINE": address,
        "TOKEN": till.token or "",
        "USER_ID": mina.user_id,
        "CONTACT": shop.contact(mina).public_id,
    }
    told = []
    for example in examples():
        command = example.replace("curl -sS", "curl -sS --fail-with-body --noproxy '*'")
        done = subprocess.run(
            ["sh", "-c", command], env=variables, capture_output=True, text=True, check=False, timeout=20
        )
        assert done.returncode == 0, (example, done.stdout, done.stderr)
        told.append(done.stdout)
    assert len(told) == 5
    assert shop.contact(mina).public_id in told[0]
    assert [row.properties for row in shop.rows(ContactEvent, ContactEvent.source == "api:till")] == [
        {"coupon": "AUTUMN", "amount": 120}
    ]
    (order,) = shop.rows(Order)
    assert (order.total_cents, order.contact_id) == (128050, shop.contact(mina).id)
    assert '"tier":{"value":"gold"' in told[3]
    assert '"count":1' in told[4]


def test_the_tables_name_every_route_and_every_scope(shop: Shop) -> None:
    Program(shop.app, None).asks("GET", "openapi.json")
    beside: Beside = shop.app.extensions["api"]
    assert beside.built is not None
    routes = {}
    for rule in beside.built.url_map.iter_rules():
        access = access_of(beside.built, rule.endpoint)
        assert access is not None
        if access.is_public:
            continue
        path = re.sub(r"<(?:path:)?(\w+)>", r"{\1}", rule.rule).removeprefix("/api/v1")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            routes[f"{method} {path}"] = sorted(scope.value for scope in access.scopes)
    rows = re.findall(r"^\| `([A-Z]+ /[^`]+)` \| ([^|]+) \|", PAGE, re.MULTILINE)
    assert {route: sorted(re.findall(r"`([^`]+)`", scopes)) for route, scopes in rows} == routes
    scopes = re.findall(r"^\| `([a-z]+:[a-z]+)` \| [^|]+ \| `(\w+)` \|", PAGE, re.MULTILINE)
    assert scopes == [(scope.value, ASKS[scope].value) for scope in Scope]


def test_what_the_document_refers_to_is_there_and_tells_the_language_of_rules(shop: Shop) -> None:
    document = Program(shop.app, None).asks("GET", "openapi.json").text
    named = set(re.findall(r"docs/[a-z-]+\.md", document))
    assert "docs/rules.md" in named
    assert all((DOCS / name.removeprefix("docs/")).exists() for name in named)
