"""Addresses that LINE takes, and what is refused as one."""

import pytest

from tests.line.bodies import URL, Body, fields, imagemap, with_action

MEDIA = {
    "https://shop.example/a.png": True,
    "https://shop.example:8443/a%20b.png?x=1&y=%E5%A5%BD#f": True,
    "HTTPS://shop.example/a.png": True,
    "http://127.0.0.1:8000/a.png": True,
    "http://localhost/a.png": True,
    "http://[::1]:8000/a.png": True,
    "http://shop.example/a.png": False,
    "http://127.0.0.1.evil.example/a.png": False,
    "http://localhost@evil.example/a.png": False,
    "http://0.0.0.0/a.png": False,
    "https://": False,
    "https:///a.png": False,
    "https://shop.example:port/a.png": False,
    "https://[::1/a.png": False,
    "https://shop.example/a b.png": False,
    "https://shop.example/好.png": False,
    "https://shop.example/100%.png": False,
    "https://shop.example/a\n.png": False,
    'https://shop.example/"onload': False,
    "//shop.example/a.png": False,
    "shop.example/a.png": False,
    "javascript:alert(1)": False,
    "data:image/png;base64,AA": False,
    "file:///etc/passwd": False,
    "ftp://shop.example/a.png": False,
    "": False,
}
LINKS = {
    "https://shop.example/": True,
    "http://shop.example/?q=%E5%A5%BD": True,
    "tel:02-5555-0100": True,
    "line://app/1234": True,
    "https://line.me/R/oaMessage/%40shop/?%E4%BF%A1": True,
    "javascript:alert(1)": False,
    "JAVASCRIPT:alert(1)": False,
    "mailto:a@shop.example": False,
    "file:///etc/passwd": False,
    "data:text/html,a": False,
    "https://": False,
    "tel:": False,
    "https://shop.example/好": False,
    "shop.example": False,
    "": False,
}


@pytest.mark.parametrize("url", MEDIA)
def test_pictures_come_by_https_or_from_this_machine(url: str) -> None:
    body = {"type": "image", "originalContentUrl": url, "previewImageUrl": URL}
    assert fields(body) == ([] if MEDIA[url] else ["originalContentUrl"])


@pytest.mark.parametrize("url", LINKS)
def test_a_tap_leads_to_the_web_a_phone_or_line(url: str) -> None:
    found = fields(with_action({"type": "uri", "label": "a", "uri": url}))
    assert set(found) == (set() if LINKS[url] else {"template.actions[0].uri"})


def test_addresses_have_a_length() -> None:
    def link(length: int) -> Body:
        return with_action({"type": "uri", "label": "a", "uri": "https://a.example/".ljust(length, "x")})

    def picture(length: int) -> Body:
        url = "https://a.example/".ljust(length, "x")
        return {"type": "image", "originalContentUrl": url, "previewImageUrl": URL}

    assert fields(link(1_000)) == fields(picture(2_000)) == []
    assert fields(link(1_001)) == ["template.actions[0].uri"]
    assert fields(picture(2_001)) == ["originalContentUrl"]


@pytest.mark.parametrize("name", ["map.png", "map.JPG", "map.jpeg"])
def test_the_base_of_an_imagemap_is_no_file(name: str) -> None:
    assert fields(imagemap(baseUrl=f"https://a.example/{name}")) == ["baseUrl"]


def test_an_imagemap_is_1040_wide() -> None:
    assert fields(imagemap(baseSize={"width": 1041, "height": 1040})) == ["baseSize.width"]
