"""Line-platform section 5: menus, pictures, aliases, who sees which."""

import io
from typing import Any

import pytest
from PIL import Image

from simulator.person import Person
from simulator.server import Simulator
from tests.simulator.conftest import EchoBot

MENU: dict[str, Any] = {
    "size": {"width": 2500, "height": 843},
    "selected": True,
    "name": "main",
    "chatBarText": "Menu",
    "areas": [
        {"bounds": {"x": 0, "y": 0, "width": 1250, "height": 843},
         "action": {"type": "postback", "label": "Find", "data": "find"}},
        {"bounds": {"x": 1250, "y": 0, "width": 1250, "height": 843},
         "action": {"type": "richmenuswitch", "label": "Other", "richMenuAliasId": "other", "data": "tab=other"}},
    ],
}  # fmt: skip


def picture(width: int = 2500, height: int = 843, kind: str = "PNG") -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (width, height), "#2f855a").save(written, kind)
    return written.getvalue()


class Menus:
    """The rich-menu calls of a bot."""

    def __init__(self, bot: EchoBot) -> None:
        self.bot = bot

    def call(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        answer = self.bot.call(method, f"/v2/bot{path}", body, **headers)
        return answer.status, answer.json() if answer.data else None

    def upload(self, menu_id: str, body: bytes | None = None, kind: str = "image/png") -> tuple[int, Any]:
        return self.call("POST", f"/richmenu/{menu_id}/content", body or picture(), Content_Type=kind)

    def make(self, *, with_picture: bool = True, **fields: Any) -> str:
        status, made = self.call("POST", "/richmenu", MENU | fields)
        assert status == 200
        if with_picture:
            assert self.upload(made["richMenuId"]) == (200, {})
        return str(made["richMenuId"])


@pytest.fixture
def menus(echo: Simulator, bot: EchoBot) -> Menus:
    return Menus(bot)


@pytest.fixture
def mina(echo: Simulator) -> Person:
    mina = echo.person("Mina")
    mina.follows()
    return mina


def test_create_show_list_delete(menus: Menus) -> None:
    menu_id = menus.make()
    assert menus.call("GET", f"/richmenu/{menu_id}") == (200, {"richMenuId": menu_id, **MENU})
    assert menus.call("GET", "/richmenu/list") == (200, {"richmenus": [{"richMenuId": menu_id, **MENU}]})
    assert menus.call("DELETE", f"/richmenu/{menu_id}") == (200, {})
    assert menus.call("GET", f"/richmenu/{menu_id}") == (404, {"message": "Not found", "details": []})


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"chatBarText": "a" * 15}, "chatBarText"),
        ({"name": ""}, "name"),
        ({"selected": "yes"}, "selected"),
        ({"size": {"width": 2500, "height": 2000}}, "size"),
        ({"size": {"width": 700, "height": 300}}, "size.width"),
        ({"areas": MENU["areas"] * 11}, "areas"),
        ({"areas": [{"bounds": {"x": 0, "y": 0, "width": 1, "height": 1}, "action": {"type": "camera"}}]},
         "areas[0].action.type"),
    ],
)  # fmt: skip
def test_a_faulty_menu_is_refused(menus: Menus, fields: dict[str, Any], where: str) -> None:
    for path in ("/richmenu", "/richmenu/validate"):
        status, answer = menus.call("POST", path, MENU | fields)
        assert status == 400
        assert [detail["property"] for detail in answer["details"]] == [where]


def test_a_bar_text_counts_graphemes(menus: Menus) -> None:
    assert menus.call("POST", "/richmenu/validate", MENU | {"chatBarText": "👨‍👩‍👧" * 14})[0] == 200


def test_a_picture_is_uploaded_once(menus: Menus) -> None:
    menu_id = menus.make(with_picture=False)
    assert menus.call("GET", f"/richmenu/{menu_id}/content")[0] == 404
    jpeg = picture(kind="JPEG")
    assert menus.upload(menu_id, jpeg, "image/jpeg")[0] == 200
    status, answer = menus.upload(menu_id)
    assert (status, answer["message"]) == (400, "An image has already been uploaded to the richmenu")
    assert answer["details"] == []
    served = menus.bot.call("GET", f"/v2/bot/richmenu/{menu_id}/content")
    assert (served.headers["Content-Type"], served.data) == ("image/jpeg", jpeg)


@pytest.mark.parametrize(
    "body", [picture(700, 300), picture(2500, 2000), b"no picture", b"\x89PNG" + b"0" * 1_100_000]
)
def test_a_wrong_picture_is_refused(menus: Menus, body: bytes) -> None:
    status, answer = menus.upload(menus.make(with_picture=False), body)
    assert (status, answer["message"]) == (400, "The image size is not allowed for richmenu")


def test_a_picture_says_what_it_is(menus: Menus) -> None:
    menu_id = menus.make(with_picture=False)
    assert menus.upload(menu_id, picture(), "image/jpeg")[0] == 400
    assert menus.upload(menu_id, picture(), "image/gif")[0] == 415


def test_a_menu_without_picture_is_shown_to_nobody(menus: Menus, mina: Person) -> None:
    menu_id = menus.make(with_picture=False)
    told = "must upload richmenu image before applying it to user"
    for path in (f"/user/all/richmenu/{menu_id}", f"/user/{mina.user_id}/richmenu/{menu_id}"):
        assert menus.call("POST", path) == (400, {"message": told, "details": []})


def test_the_persons_own_menu_comes_before_the_default(menus: Menus, mina: Person) -> None:
    assert menus.call("GET", "/user/all/richmenu")[1]["message"] == "no default richmenu"
    common, own = menus.make(), menus.make(areas=MENU["areas"][:1])
    menus.call("POST", f"/user/all/richmenu/{common}")
    assert menus.call("GET", "/user/all/richmenu") == (200, {"richMenuId": common})
    assert mina.menu == ["Find", "Other"]
    assert menus.call("GET", f"/user/{mina.user_id}/richmenu")[1]["message"] == "the user has no richmenu"
    menus.call("POST", f"/user/{mina.user_id}/richmenu/{own}")
    assert menus.call("GET", f"/user/{mina.user_id}/richmenu") == (200, {"richMenuId": own})
    assert mina.menu == ["Find"]
    menus.call("DELETE", f"/user/{mina.user_id}/richmenu")
    assert mina.menu == ["Find", "Other"]
    menus.call("DELETE", "/user/all/richmenu")
    assert mina.menu == []


def test_a_link_to_a_stranger_has_no_effect(echo: Simulator, menus: Menus) -> None:
    ken = echo.person("Ken")
    menu_id = menus.make()
    assert menus.call("POST", f"/user/{ken.user_id}/richmenu/{menu_id}") == (200, {})
    assert menus.call("POST", f"/user/U{'0' * 32}/richmenu/{menu_id}") == (200, {})
    assert menus.call("GET", f"/user/{ken.user_id}/richmenu")[0] == 404
    menus.call("POST", f"/user/all/richmenu/{menu_id}")
    assert ken.menu == []


def test_a_bulk_link_takes_its_time(echo: Simulator, menus: Menus, mina: Person) -> None:
    menu_id = menus.make()
    echo.line.menus.bulk_seconds = 5
    body = {"richMenuId": menu_id, "userIds": [mina.user_id, "U" + "0" * 32]}
    assert menus.call("POST", "/richmenu/bulk/link", body) == (202, {})
    assert mina.menu == []
    echo.clock.advance(6)
    assert mina.menu == ["Find", "Other"]
    assert menus.call("POST", "/richmenu/bulk/unlink", {"userIds": [mina.user_id]}) == (202, {})
    echo.clock.advance(6)
    assert mina.menu == []


@pytest.mark.parametrize("user_ids", [[], ["U1"], ["U" + "0" * 32] * 501, "x"])
def test_a_bulk_link_takes_1_to_500_users(menus: Menus, user_ids: object) -> None:
    body = {"richMenuId": menus.make(), "userIds": user_ids}
    assert menus.call("POST", "/richmenu/bulk/link", body)[0] == 400


def test_a_batch_sees_the_state_before_it(menus: Menus, mina: Person) -> None:
    first, second = menus.make(), menus.make(areas=MENU["areas"][:1])
    menus.call("POST", f"/user/{mina.user_id}/richmenu/{first}")
    swap = [{"type": "link", "from": first, "to": second}, {"type": "link", "from": second, "to": first}]
    assert menus.call("POST", "/richmenu/validate/batch", {"operations": swap}) == (200, {})
    answer = menus.bot.call("POST", "/v2/bot/richmenu/batch", {"operations": swap})
    assert answer.status == 202
    assert mina.menu == ["Find"]
    request_id = answer.headers["x-line-request-id"]
    assert menus.call("GET", f"/richmenu/progress/batch?requestId={request_id}")[1]["phase"] == "succeeded"
    assert menus.call("POST", "/richmenu/batch", {"operations": [{"type": "unlinkAll"}]})[0] == 202
    assert mina.menu == []
    assert menus.call("POST", "/richmenu/batch", {"operations": [swap[0], swap[0]]})[0] == 400


def test_aliases_are_made_moved_listed_and_deleted(menus: Menus) -> None:
    first, second = menus.make(), menus.make()
    bare = menus.make(with_picture=False)
    alias = {"richMenuAliasId": "tab-1", "richMenuId": first}
    assert menus.call("POST", "/richmenu/alias", alias) == (200, {})
    assert menus.call("POST", "/richmenu/alias", alias)[1]["message"] == "conflict richmenu alias id"
    wrong = {"richMenuAliasId": "tab-2", "richMenuId": bare}
    assert menus.call("POST", "/richmenu/alias", wrong)[1]["message"] == "richmenu not found"
    assert menus.call("POST", "/richmenu/alias", alias | {"richMenuAliasId": "Tab!"})[0] == 400
    assert menus.call("POST", "/richmenu/alias/tab-1", {"richMenuId": second}) == (200, {})
    assert menus.call("GET", "/richmenu/alias/tab-1") == (200, alias | {"richMenuId": second})
    assert menus.call("GET", "/richmenu/alias/list") == (200, {"aliases": [alias | {"richMenuId": second}]})
    assert menus.call("DELETE", "/richmenu/alias/tab-1") == (200, {})
    assert menus.call("GET", "/richmenu/alias/tab-1")[0] == 404


def test_a_tab_switches_the_persons_menu(menus: Menus, mina: Person) -> None:
    main, other = menus.make(), menus.make(areas=MENU["areas"][:1])
    menus.call("POST", f"/user/all/richmenu/{main}")
    mina.taps("Other")
    params = {"status": "RICHMENU_ALIAS_ID_NOTFOUND"}
    assert menus.bot.events[-1]["postback"] == {"data": "tab=other", "params": params}
    menus.call("POST", "/richmenu/alias", {"richMenuAliasId": "other", "richMenuId": other})
    mina.taps("Other")
    params = {"status": "SUCCESS", "newRichMenuAliasId": "other"}
    assert menus.bot.events[-1]["postback"] == {"data": "tab=other", "params": params}
    assert mina.menu == ["Find"]
    assert menus.call("GET", f"/user/{mina.user_id}/richmenu") == (200, {"richMenuId": other})
    menus.call("DELETE", f"/user/{mina.user_id}/richmenu")
    menus.call("DELETE", f"/richmenu/{other}")
    mina.taps("Other")
    assert menus.bot.events[-1]["postback"]["params"] == {"status": "RICHMENU_NOTFOUND"}


def test_a_menu_marked_selected_stands_open_until_closed(echo: Simulator, menus: Menus, mina: Person) -> None:
    menus.call("POST", f"/user/all/richmenu/{menus.make()}")
    assert echo.line.menus.is_open_for(mina.state)
    mina.state.is_menu_open = False
    assert not echo.line.menus.is_open_for(mina.state)


def test_a_thousand_menus_are_the_most(echo: Simulator, menus: Menus) -> None:
    for _ in range(1000):
        echo.line.menus.add(MENU)
    assert menus.call("POST", "/richmenu", MENU)[0] == 400
