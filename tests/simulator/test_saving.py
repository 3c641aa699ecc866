"""A restart of the simulated LINE forgets nothing that its persons would miss."""

from pathlib import Path

import pytest

from simulator.saving import Keeper, load, save
from simulator.server import Simulator
from simulator.state import Line
from tests.simulator.conftest import EchoBot
from tests.simulator.test_rich_menus import Menus


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "var" / "simulator.json"


def restarted(path: Path, bot: EchoBot) -> Line:
    line = Line("secret", "token", deliver=bot)
    assert load(line, path)
    return line


def test_chats_friendships_and_menus_are_there_again(echo: Simulator, bot: EchoBot, kept: Path) -> None:
    menu_id = Menus(bot).make()
    Menus(bot).call("POST", f"/user/all/richmenu/{menu_id}")
    Menus(bot).call("POST", "/richmenu/alias", {"richMenuAliasId": "a", "richMenuId": menu_id})
    item = {"type": "action", "action": {"type": "message", "label": "Yes", "text": "y"}}
    bot.answers = [[{"type": "text", "text": "?", "quickReply": {"items": [item]}}]]
    mina, ken = echo.person("Mina", language="ja"), echo.person("Ken")
    photo = mina.sends_photo()
    bot.answers = [[{"type": "text", "text": "?", "quickReply": {"items": [item]}}]]
    mina.follows()
    ken.follows()
    ken.blocks()
    save(echo.line, kept)

    line = restarted(kept, bot)
    again = line.person("Mina")
    assert again.user_id == mina.user_id
    assert again.sees == mina.sees
    assert again.menu == mina.menu == ["Find", "Other"]
    assert again.quick_replies == ["Yes"]
    assert again.state.language == "ja"
    assert line.person("Ken").state.friendship == "blocked"
    assert line.menus.aliases == {"a": menu_id}
    assert line.menus.menus[menu_id].picture == echo.line.menus.menus[menu_id].picture
    content = line.contents.find(photo.message_id)
    assert content is not None
    assert content.body
    assert line.bot_user_id == echo.line.bot_user_id
    assert int(line.ids.message_id()) > int(photo.message_id)


@pytest.mark.parametrize(
    "written", [b"", b"{", b"[]", b"{}", b'{"format": 0}', b'{"format": 1, "persons": [{}]}']
)
def test_a_file_that_cannot_be_read_starts_an_empty_world(
    bot: EchoBot, tmp_path: Path, written: bytes
) -> None:
    path = tmp_path / "simulator.json"
    path.write_bytes(written)
    line = Line("secret", "token", deliver=bot)
    assert not load(line, path)
    assert not load(line, tmp_path / "missing.json")
    assert line.everyone() == []


def test_the_keeper_writes_what_has_changed_when_it_stops(echo: Simulator, bot: EchoBot, kept: Path) -> None:
    keeper = Keeper(echo.line, kept)
    keeper.start()
    echo.person("Mina").follows()
    keeper.stop()
    assert restarted(kept, bot).person("Mina").sees == ["welcome"]
    assert [path.name for path in kept.parent.iterdir()] == ["simulator.json"]


def test_what_is_half_a_character_does_not_stop_the_keeping(
    echo: Simulator, bot: EchoBot, kept: Path
) -> None:
    bot.status = 400
    echo.person("Mina").says("\ud83d")
    save(echo.line, kept)
    assert restarted(kept, bot).person("Mina").chat[0].body["text"] == "\ud83d"
