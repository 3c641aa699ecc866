"""Files that browsers load: kept for ever, packed for those who can unpack them, and never stale."""

import gzip
import re

import pytest
from flask.testing import FlaskClient

from console.static_files import STATIC
from tests.shop import Shop


@pytest.fixture
def client(shop: Shop) -> FlaskClient:
    return shop.app.test_client()


def address_of(client: FlaskClient, name: str) -> str:
    found = re.search(rf'"(/console/static/{re.escape(name)}\?v=\w+)"', client.get("/console/sign-in").text)
    assert found is not None
    return found[1]


def test_a_file_is_packed_and_kept_for_ever(client: FlaskClient) -> None:
    address = address_of(client, "vendor/tabler.css")
    whole = (STATIC / "vendor" / "tabler.css").read_bytes()
    packed = client.get(address, headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == whole
    assert len(packed.data) < len(whole) / 5
    assert packed.headers["Content-Length"] == str(len(packed.data))
    assert packed.headers["Content-Type"].startswith("text/css")
    assert packed.headers["X-Content-Type-Options"] == "nosniff"
    for asked in ("", "gzip;q=0", "br"):
        plain = client.get(address, headers={"Accept-Encoding": asked})
        assert "Content-Encoding" not in plain.headers
        assert plain.data == whole
        plain.close()
        assert plain.headers["Cache-Control"] == packed.headers["Cache-Control"]
        assert "immutable" in plain.headers["Cache-Control"]
        assert "Accept-Encoding" in plain.headers["Vary"]


def test_without_its_content_in_the_address_a_file_is_asked_for_again(client: FlaskClient) -> None:
    answer = client.get("/console/static/console.js", headers={"Accept-Encoding": "gzip"})
    assert "immutable" not in answer.headers.get("Cache-Control", "")
    answer.close()
    missing = client.get("/console/static/none.js?v=1", headers={"Accept-Encoding": "gzip"})
    assert missing.status_code == 404
