"""What the simulator says is what LINE's own description says, neither less nor more."""

from typing import Any

import orjson
import pytest

from simulator.server import Simulator
from tests.line.openapi import faults
from tests.simulator.conftest import EchoBot
from tests.simulator.test_rich_menus import MENU, Menus


def test_every_webhook_is_as_described(echo: Simulator, bot: EchoBot) -> None:
    template = {
        "type": "buttons",
        "text": "t",
        "actions": [
            {"type": "postback", "label": "Go", "data": "go", "displayText": "Go!"},
            {"type": "datetimepicker", "label": "When", "data": "when", "mode": "datetime"},
        ],
    }
    bot.answers = [[{"type": "template", "altText": "a", "template": template}]]
    mina = echo.person("Mina")
    mina.follows()
    mina.taps("Go")
    mina.taps("When", "2027-03-01T10:00")
    mina.says("hello", quotes=mina.messages[0])
    mina.says("(hi)", emojis=[{"index": 0, "length": 4, "productId": "p", "emojiId": "001"}])
    mina.sends_sticker()
    mina.sends_photos(2)
    mina.sends_video()
    mina.sends_audio()
    mina.sends_file("a.pdf", b"x")
    mina.sends_location()
    mina.causes("beacon", beacon={"hwid": "d41d8cd98f", "type": "enter"})
    mina.causes("videoPlayComplete", videoPlayComplete={"trackingId": "t"})
    mina.unsends(mina.says("oops"))
    mina.unfollows()
    echo.line.webhooks.verify()
    echo.line.webhooks.redeliver(bot.events[-1])
    seen = {event["type"] for event in bot.events}
    assert seen == {
        "follow", "postback", "message", "beacon", "videoPlayComplete", "unsend", "unfollow",
    }  # fmt: skip
    for body, _ in bot.bodies:
        assert faults("webhook.yml", "CallbackRequest", orjson.loads(body)) == []


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("/info", "BotInfoResponse"),
        ("/profile/{user}", "UserProfileResponse"),
        ("/followers/ids", "GetFollowersResponse"),
        ("/message/quota", "MessageQuotaResponse"),
        ("/message/quota/consumption", "QuotaConsumptionResponse"),
        ("/richmenu/list", "RichMenuListResponse"),
        ("/richmenu/{menu}", "RichMenuResponse"),
        ("/user/all/richmenu", "RichMenuIdResponse"),
        ("/user/{user}/richmenu", "RichMenuIdResponse"),
        ("/richmenu/alias/list", "RichMenuAliasListResponse"),
        ("/richmenu/alias/tab", "RichMenuAliasResponse"),
        ("/channel/webhook/endpoint", "GetWebhookEndpointResponse"),
        ("/profile/U0", "ErrorResponse"),
    ],
)
def test_what_is_read_is_as_described(echo: Simulator, bot: EchoBot, path: str, schema: str) -> None:
    mina = echo.person("Mina", status_message="hello")
    mina.follows()
    echo.line.webhook_url = "https://example.com/callback"
    menus = Menus(bot)
    menu = menus.make(areas=MENU["areas"])
    menus.call("POST", f"/user/all/richmenu/{menu}")
    menus.call("POST", f"/user/{mina.user_id}/richmenu/{menu}")
    menus.call("POST", "/richmenu/alias", {"richMenuAliasId": "tab", "richMenuId": menu})
    _, answer = menus.call("GET", path.format(user=mina.user_id, menu=menu))
    assert faults("messaging-api.yml", schema, answer) == []


def test_what_is_sent_is_answered_as_described(echo: Simulator, bot: EchoBot) -> None:
    bot.status = 202
    mina = echo.person("Mina")
    mina.follows()
    token = orjson.loads(bot.bodies[0][0])["events"][0]["replyToken"]
    hi: list[dict[str, Any]] = [{"type": "text", "text": "hi"}, {"type": "audio", "duration": 1,
                                "originalContentUrl": "https://example.com/a.m4a"}]  # fmt: skip
    assert faults("messaging-api.yml", "ReplyMessageResponse", bot.reply(token, hi).json()) == []
    body = {"to": mina.user_id, "messages": hi}
    key = {"X_Line_Retry_Key": "123e4567-e89b-12d3-a456-426614174000"}
    first = bot.call("POST", "/v2/bot/message/push", body, **key)
    again = bot.call("POST", "/v2/bot/message/push", body, **key)
    wrong = bot.call("POST", "/v2/bot/message/push", body | {"messages": []})
    assert faults("messaging-api.yml", "PushMessageResponse", first.json()) == []
    assert faults("messaging-api.yml", "ErrorResponse", again.json()) == []
    assert faults("messaging-api.yml", "ErrorResponse", wrong.json()) == []
    tested = bot.call("POST", "/v2/bot/channel/webhook/test", {"endpoint": "http://127.0.0.1:9/"})
    assert faults("messaging-api.yml", "TestWebhookEndpointResponse", tested.json()) == []
