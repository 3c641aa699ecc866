"""Person against a tiny bot that repeats what it hears, or says what a test tells it to."""

from typing import Any

import pytest

from simulator.server import Simulator
from simulator.taps import CannotTap
from tests.simulator.conftest import EchoBot


def quick(*actions: dict[str, Any]) -> list[dict[str, Any]]:
    items = [{"type": "action", "action": action} for action in actions]
    return [{"type": "text", "text": "Choose", "quickReply": {"items": items}}]


def buttons(*actions: dict[str, Any], text: str = "Choose") -> list[dict[str, Any]]:
    template = {"type": "buttons", "text": text, "actions": list(actions)}
    return [{"type": "template", "altText": "a", "template": template}]


def postback(label: str, data: str, **more: str) -> dict[str, Any]:
    return {"type": "postback", "label": label, "data": data, **more}


def last_postback(bot: EchoBot) -> dict[str, Any]:
    return dict(bot.events[-1]["postback"])


def test_a_text_is_answered_through_the_reply_token(echo: Simulator) -> None:
    mina = echo.person("Mina")
    mina.follows()
    mina.says("hello")
    assert mina.sees == ["welcome", "echo: hello"]


def test_following_again_says_whether_it_unblocks(echo: Simulator, bot: EchoBot) -> None:
    mina = echo.person("Mina")
    mina.follows()
    mina.follows()  # already a friend: nothing happens
    mina.unfollows()
    mina.follows()
    kinds = [(event["type"], event.get("follow")) for event in bot.events]
    assert kinds == [
        ("follow", {"isUnblocked": False}),
        ("unfollow", None),
        ("follow", {"isUnblocked": True}),
    ]


def test_whoever_blocked_the_account_cannot_write(echo: Simulator) -> None:
    mina = echo.person("Mina")
    mina.blocks()
    with pytest.raises(CannotTap, match="blocked"):
        mina.says("hello")


def test_a_postback_shows_its_text_and_sends_no_message(echo: Simulator, bot: EchoBot) -> None:
    bot.answers = [buttons(postback("Yes", "yes=1", displayText="Yes, please"))]
    mina = echo.person("Mina")
    mina.follows()
    assert mina.buttons == ["Yes"]
    mina.taps("Yes")
    assert last_postback(bot) == {"data": "yes=1"}
    assert [event["type"] for event in bot.events] == ["follow", "postback"]
    own = [entry.body["text"] for entry in mina.chat if entry.author.value == "person"]
    assert own == ["Yes, please"]
    assert mina.sees[-1] == "postback: yes=1"


def test_the_deprecated_text_of_a_postback_is_a_message_too(echo: Simulator, bot: EchoBot) -> None:
    bot.answers = [buttons(postback("Yes", "yes", text="Yes!"))]
    mina = echo.person("Mina")
    mina.follows()
    mina.taps("Yes")
    assert [event["type"] for event in bot.events] == ["follow", "message", "postback"]


def test_a_message_action_is_a_text(echo: Simulator, bot: EchoBot) -> None:
    bot.answers = [buttons({"type": "message", "label": "Help", "text": "help me"})]
    mina = echo.person("Mina")
    mina.follows()
    mina.taps("Help")
    assert mina.sees[-1] == "echo: help me"


@pytest.mark.parametrize(
    ("mode", "value"), [("date", "2027-03-01"), ("time", "06:15"), ("datetime", "2027-03-01T06:15")]
)
def test_a_picked_value_stands_in_params(echo: Simulator, bot: EchoBot, mode: str, value: str) -> None:
    bot.answers = [buttons({"type": "datetimepicker", "label": "When", "data": "d", "mode": mode})]
    mina = echo.person("Mina")
    mina.follows()
    mina.taps("When", value)
    assert last_postback(bot) == {"data": "d", "params": {mode: value}}


def test_a_picker_keeps_to_its_limits(echo: Simulator, bot: EchoBot) -> None:
    limits = {"min": "2027-03-01", "max": "2027-03-31", "initial": "2027-03-05"}
    bot.answers = [
        buttons({"type": "datetimepicker", "label": "When", "data": "d", "mode": "date", **limits})
    ]
    mina = echo.person("Mina")
    mina.follows()
    for value in ("2027-02-28", "2027-04-01", "tomorrow", "2027-03-01T10:00"):
        with pytest.raises(CannotTap):
            mina.taps("When", value)
    mina.taps("When")
    assert last_postback(bot)["params"] == {"date": "2027-03-05"}, "what the picker offers first"


def test_quick_replies_vanish_with_a_tap_or_the_next_message(echo: Simulator, bot: EchoBot) -> None:
    bot.answers = [quick(postback("A", "a")), quick(postback("B", "b"))]
    mina = echo.person("Mina")
    mina.follows()
    assert mina.quick_replies == ["A"]
    mina.says("something else")
    assert mina.quick_replies == ["B"]
    mina.taps("B")
    assert mina.quick_replies == []
    with pytest.raises(CannotTap, match="sees no 'A'"):
        mina.taps("A")


def test_only_the_last_message_brings_quick_replies(echo: Simulator, bot: EchoBot) -> None:
    bot.answers = [[*quick(postback("A", "a")), {"type": "text", "text": "last"}]]
    mina = echo.person("Mina")
    mina.follows()
    assert mina.quick_replies == []


def test_a_date_picker_stays_until_a_date_is_sent(echo: Simulator, bot: EchoBot) -> None:
    action = {"type": "datetimepicker", "label": "When", "data": "d", "mode": "date", "max": "2027-01-01"}
    bot.answers = [quick(action)]
    mina = echo.person("Mina")
    mina.follows()
    with pytest.raises(CannotTap):
        mina.taps("When", "2028-01-01")
    assert mina.quick_replies == ["When"]
    mina.taps("When", "2026-12-31")
    assert mina.quick_replies == []


@pytest.mark.parametrize(
    ("kind", "sent"), [("camera", "image"), ("cameraRoll", "image"), ("location", "location")]
)
def test_phone_actions_send_what_they_say(echo: Simulator, bot: EchoBot, kind: str, sent: str) -> None:
    bot.answers = [quick({"type": kind, "label": "Go"})]
    mina = echo.person("Mina")
    mina.follows()
    mina.taps("Go")
    assert bot.events[-1]["message"]["type"] == sent


def test_the_newest_of_two_equal_buttons_is_tapped(echo: Simulator, bot: EchoBot) -> None:
    bot.answers = [buttons(postback("Go", "old")), buttons(postback("Go", "new"))]
    mina = echo.person("Mina")
    mina.follows()
    old = mina.messages[0]
    mina.says("again")
    mina.taps("Go")
    assert last_postback(bot) == {"data": "new"}
    mina.taps("Go", on=old)
    assert last_postback(bot) == {"data": "old"}


def test_flex_is_read_and_tapped(echo: Simulator, bot: EchoBot) -> None:
    card = {
        "type": "box", "layout": "vertical", "action": postback("card", "card=1"),
        "contents": [{"type": "text", "text": "Two rooms"}, {"type": "text", "contents": [
            {"type": "span", "text": "22,000"}, {"type": "span", "text": " NT$"}]}],
    }  # fmt: skip
    button = {"type": "button", "action": postback("See it", "see=1")}
    contents = {
        "type": "bubble",
        "body": {"type": "box", "layout": "vertical", "contents": [card]},
        "footer": {"type": "box", "layout": "vertical", "contents": [button]},
    }
    bot.answers = [
        [{"type": "flex", "altText": "a", "contents": {"type": "carousel", "contents": [contents]}}]
    ]
    mina = echo.person("Mina")
    mina.follows()
    assert mina.sees == ["Two rooms\n22,000 NT$"]
    assert mina.buttons == ["Two rooms 22,000 NT$", "See it"]
    mina.taps("See it")
    assert last_postback(bot) == {"data": "see=1"}
    mina.taps("Two rooms 22,000 NT$")
    assert last_postback(bot) == {"data": "card=1"}


def test_every_message_has_words(echo: Simulator, bot: EchoBot) -> None:
    picture = "https://example.com/a.png"
    bot.answers = [
        [
            {"type": "sticker", "packageId": "446", "stickerId": "1988"},
            {"type": "image", "originalContentUrl": picture, "previewImageUrl": picture},
            {"type": "location", "title": "Shop", "address": "Road 1", "latitude": 1, "longitude": 2},
            {"type": "textV2", "text": "{{ok}}"},
            {"type": "coupon", "couponId": "C1"},
        ]
    ]
    mina = echo.person("Mina")
    mina.follows()
    assert mina.sees == ["[sticker 446 1988]", "[image]", "[location Shop Road 1]", "{ok}", "[coupon C1]"]


def test_a_link_is_opened_and_an_entry_link_is_typed(echo: Simulator, bot: EchoBot) -> None:
    entry = "https://line.me/R/oaMessage/%40tagline/?%23%E4%BF%A1%E7%BE%A9%E5%BA%97"
    bot.answers = [
        buttons(
            {"type": "uri", "label": "Web", "uri": "https://example.com/"},
            {"type": "uri", "label": "Code", "uri": entry},
            {"type": "clipboard", "label": "Copy", "clipboardText": "CODE"},
        )
    ]
    mina = echo.person("Mina")
    mina.follows()
    for label in ("Web", "Code", "Copy"):
        mina.taps(label)
    assert mina.state.opened == ["https://example.com/", entry]
    assert mina.state.draft == "#信義店"
    assert mina.state.clipboard == "CODE"


def test_scanning_adds_the_account_and_sends_the_text(echo: Simulator, bot: EchoBot) -> None:
    mina = echo.person("Mina")
    mina.scans("https://line.me/R/oaMessage/%40tagline/?%23shop-1")
    assert [event["type"] for event in bot.events] == ["follow", "message"]
    assert bot.events[1]["message"]["text"] == "#shop-1"


def test_photos_sent_together_share_a_set(echo: Simulator, bot: EchoBot) -> None:
    echo.person("Mina").sends_photos(3)
    sets = [event["message"]["imageSet"] for event in bot.events]
    assert [each["index"] for each in sets] == [1, 2, 3]
    assert {(each["id"], each["total"]) for each in sets} == {(sets[0]["id"], 3)}


def test_files_and_recordings_come_without_a_quote_token(echo: Simulator, bot: EchoBot) -> None:
    mina = echo.person("Mina")
    mina.sends_file("plan.pdf", b"1234")
    mina.sends_audio()
    mina.sends_sticker()
    message = bot.events[0]["message"]
    assert (message["fileName"], message["fileSize"]) == ("plan.pdf", 4)
    assert ["quoteToken" in event["message"] for event in bot.events] == [False, False, True]


def test_a_quote_names_the_message(echo: Simulator, bot: EchoBot) -> None:
    mina = echo.person("Mina")
    mina.follows()
    mina.says("this one?", quotes=mina.messages[0])
    assert bot.events[-1]["message"]["quotedMessageId"] == mina.messages[0].message_id


def test_a_forged_postback_can_be_sent(echo: Simulator, bot: EchoBot) -> None:
    mina = echo.person("Mina")
    mina.posts_back("run=999&answer=x")
    assert last_postback(bot) == {"data": "run=999&answer=x"}


def test_the_keyboard_opens_with_a_text(echo: Simulator, bot: EchoBot) -> None:
    action = postback("Tell", "t", inputOption="openKeyboard", fillInText="My name is ")
    bot.answers = [buttons(action)]
    mina = echo.person("Mina")
    mina.follows()
    mina.taps("Tell")
    assert mina.state.draft == "My name is "


def test_persons_are_found_again(echo: Simulator) -> None:
    mina = echo.person("Mina")
    assert echo.person("Mina").user_id == mina.user_id
    found = echo.line.person_by_id(mina.user_id)
    assert found is not None
    assert found.name == "Mina"
    assert echo.line.person_by_id("U0") is None


def test_waiting_ends_when_it_is_there_or_late(echo: Simulator) -> None:
    mina = echo.person("Mina")
    mina.follows()
    assert mina.waits_for(1) == ["welcome"]
    assert mina.waits_to_see("come") == ["welcome"]
    assert mina.waits_for(2, seconds=0.1) == ["welcome"]
