"""Profile, followers, typing sign, read marks, webhook settings, tokens, contents."""

from datetime import timedelta

import pytest

from simulator.samples import sample_picture
from simulator.server import Simulator
from tests.simulator.conftest import EchoBot


def test_the_account_describes_itself(echo: Simulator, bot: EchoBot) -> None:
    info = bot.call("GET", "/v2/bot/info").json()
    assert info == {
        "userId": echo.line.bot_user_id, "basicId": "@tagline", "displayName": "Tagline", "chatMode": "bot",
        "markAsReadMode": "auto",
    }  # fmt: skip


def test_a_friends_profile(echo: Simulator, bot: EchoBot) -> None:
    mina = echo.person("美奈", language="ja", status_message="元気")
    mina.follows()
    profile = bot.call("GET", f"/v2/bot/profile/{mina.user_id}").json()
    picture = profile.pop("pictureUrl")
    assert profile == {
        "userId": mina.user_id,
        "displayName": "美奈",
        "language": "ja",
        "statusMessage": "元気",
    }
    drawn = bot.call("GET", picture.removeprefix(echo.url))
    assert (drawn.status, drawn.headers["Content-Type"]) == (200, "image/svg+xml")
    assert "奈" in drawn.data.decode()


def test_who_has_no_profile(echo: Simulator, bot: EchoBot) -> None:
    ken, shy = echo.person("Ken"), echo.person("Shy", has_consented=False)
    shy.follows()
    paths = [f"/v2/bot/profile/{user_id}" for user_id in (ken.user_id, shy.user_id, "U" + "0" * 32)]
    assert [bot.call("GET", path).status for path in paths] == [404, 404, 404]
    ken.says("hello")
    assert bot.call("GET", paths[0]).status == 200, "a stranger who wrote has one"
    ken.blocks()
    assert bot.call("GET", paths[0]).status == 404
    assert bot.call("GET", "/v2/bot/profile/U123").status == 400


def test_a_profile_without_language(echo: Simulator, bot: EchoBot) -> None:
    mina = echo.person("Mina", language=None)
    mina.follows()
    assert "language" not in bot.call("GET", f"/v2/bot/profile/{mina.user_id}").json()


def test_followers_come_in_pages(echo: Simulator, bot: EchoBot) -> None:
    friends = [echo.person(f"Friend {number}") for number in range(5)]
    for friend in friends:
        friend.follows()
    friends[2].blocks()
    first = bot.call("GET", "/v2/bot/followers/ids?limit=3").json()
    second = bot.call("GET", f"/v2/bot/followers/ids?limit=3&start={first['next']}").json()
    assert first["userIds"] + second["userIds"] == [
        friend.user_id for friend in friends if friend is not friends[2]
    ]
    assert "next" not in second
    echo.clock.advance(timedelta(hours=25))
    stale = bot.call("GET", f"/v2/bot/followers/ids?start={first['next']}")
    assert (stale.status, stale.json()) == (400, {"message": "Invalid start param"})
    assert bot.call("GET", "/v2/bot/followers/ids?limit=1001").status == 400
    echo.line.is_verified = False
    assert bot.call("GET", "/v2/bot/followers/ids").status == 403


def test_the_typing_sign_ends_with_a_message(echo: Simulator, bot: EchoBot) -> None:
    mina = echo.person("Mina")
    mina.follows()
    answer = bot.call("POST", "/v2/bot/chat/loading/start", {"chatId": mina.user_id, "loadingSeconds": 10})
    assert (answer.status, answer.json()) == (202, {})
    shown = [mina.is_shown_typing]
    mina.says("hello")
    shown.append(mina.is_shown_typing)
    bot.call("POST", "/v2/bot/chat/loading/start", {"chatId": mina.user_id})
    shown.append(mina.is_shown_typing)
    echo.clock.advance(21)
    shown.append(mina.is_shown_typing)
    assert shown == [True, False, True, False]


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(4, "Must be between 5 and 60"), (65, "Must be between 5 and 60"), (7, "must be a multiple of five")],
)
def test_the_typing_sign_takes_5_to_60_seconds(
    echo: Simulator, bot: EchoBot, seconds: int, told: str
) -> None:
    body = {"chatId": "U" + "0" * 32, "loadingSeconds": seconds}
    answer = bot.call("POST", "/v2/bot/chat/loading/start", body)
    assert answer.status == 400
    assert answer.json()["details"] == [{"message": told, "property": "loadingSeconds"}]


def test_reading_marks_a_message_and_all_before(echo: Simulator, bot: EchoBot) -> None:
    mina = echo.person("Mina")
    first, second = mina.says("one"), mina.says("two")
    body = {"markAsReadToken": first.body["markAsReadToken"]}
    assert bot.call("POST", "/v2/bot/chat/markAsRead", body).json() == {}
    assert mina.state.read_to == first.message_id != second.message_id
    assert bot.call("POST", "/v2/bot/chat/markAsRead", {"markAsReadToken": "x"}).status == 400
    assert bot.call("POST", "/v2/bot/chat/markAsRead", {}).status == 400


def test_the_webhook_address_is_set_and_tested(echo: Simulator, bot: EchoBot) -> None:
    path = "/v2/bot/channel/webhook/endpoint"
    assert bot.call("GET", path).json() == {"message": "Webhook endpoint not found"}
    assert bot.call("PUT", path, {"endpoint": "ftp://x"}).json() == {
        "message": "Invalid webhook endpoint URL"
    }
    assert bot.call("PUT", path, {"endpoint": "https://example.com/callback"}).json() == {}
    assert bot.call("GET", path).json() == {"endpoint": "https://example.com/callback", "active": True}
    told = bot.call("POST", "/v2/bot/channel/webhook/test", {}).json()
    assert (told["success"], told["statusCode"], told["reason"]) == (True, 200, "OK")
    bot.status = 500
    told = bot.call("POST", "/v2/bot/channel/webhook/test", {}).json()
    assert (told["success"], told["statusCode"], told["reason"]) == (False, 500, "ERROR_STATUS_CODE")


def test_a_token_is_verified(echo: Simulator, bot: EchoBot) -> None:
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    good = bot.call("POST", "/v2/oauth/verify", f"access_token={echo.access_token}".encode(), **form)
    assert good.status == 200
    assert good.json()["expires_in"] > 0
    assert (
        bot.call("POST", "/v2/oauth/verify", b"access_token=x", **form).json()["error"] == "invalid_request"
    )
    assert bot.call("GET", f"/oauth2/v2.1/verify?access_token={echo.access_token}").status == 200


def test_contents_are_served_until_unsent(echo: Simulator, bot: EchoBot) -> None:
    mina = echo.person("Mina")
    photo = mina.sends_photo()
    path = f"/v2/bot/message/{photo.message_id}/content"
    served = bot.call("GET", path)
    assert (served.headers["Content-Type"], served.data) == ("image/jpeg", sample_picture())
    assert bot.call("GET", f"{path}/preview").status == 200
    assert bot.call("GET", f"{path}/transcoding").status == 404
    mina.unsends(photo)
    gone = bot.call("GET", path)
    assert (gone.status, gone.json()) == (410, {"message": "The content is gone"})
    assert bot.call("GET", "/v2/bot/message/123/content").status == 404


def test_a_film_takes_time_to_be_ready(echo: Simulator, bot: EchoBot) -> None:
    echo.line.contents.preparation_ms = 3000
    film = echo.person("Mina").sends_video(b"film")
    path = f"/v2/bot/message/{film.message_id}/content"
    assert bot.call("GET", path).status == 202
    assert bot.call("GET", f"{path}/transcoding").json() == {"status": "processing"}
    echo.clock.advance(4)
    assert bot.call("GET", path).data == b"film"
    assert bot.call("GET", f"{path}/transcoding").json() == {"status": "succeeded"}


def test_contents_are_not_kept_for_ever(echo: Simulator, bot: EchoBot) -> None:
    photo = echo.person("Mina").sends_photo()
    echo.clock.advance(timedelta(days=15))
    assert bot.call("GET", f"/v2/bot/message/{photo.message_id}/content").status == 404


@pytest.mark.parametrize("path", ["/v2/bot/message/push", "/v2/bot/nothing", "/v2/bot/richmenu/a/b/c"])
def test_an_unknown_address_is_not_found(echo: Simulator, bot: EchoBot, path: str) -> None:
    answer = bot.call("GET", path)
    assert (answer.status, answer.json()) == (404, {"message": "Not found"})
