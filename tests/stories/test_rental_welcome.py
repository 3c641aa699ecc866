"""好窩租屋 greets: new friends, returning ones, and those whose name nobody knows."""

from datetime import timedelta

import pytest

from simulator.faults import Do
from tests.shop import TAIPEI, Shop
from tests.stories.customer import Customer

WELCOME = (
    "您好，歡迎加入好窩租屋！回答 5 個小問題（約 1 分鐘），我們會依條件為您挑房，並請熟悉當地的專員與您聯絡。"
)
AFTER_CARDS = "有喜歡的可以直接預約看房；想縮小範圍，請點選單的「找房」。"


def test_a_new_friend_is_greeted_by_name(mina: Customer) -> None:
    assert mina.follows() == [f"王小美 {WELCOME}"]
    assert mina.buttons == ["開始找房", "先逛逛", "我是房東"]


def test_a_friend_without_a_profile_is_greeted_without_a_gap(agency: Shop) -> None:
    nobody = Customer(agency, has_consented=False)
    assert nobody.follows() == [WELCOME]
    assert nobody.contact.display_name is None


def test_the_name_comes_later_where_line_was_slow_to_tell(agency: Shop) -> None:
    mina = Customer(agency)
    agency.simulator.line.faults.order("profile", Do.ERROR_BEFORE)
    assert mina.follows() == [WELCOME]
    agency.waits(minutes=20)
    agency.does_chores()
    assert mina.contact.display_name == "王小美"
    assert mina.says("你好") == ["王小美 您好！請問需要什麼服務呢？"]


@pytest.mark.parametrize(
    "name",
    ["😀" * 1000, "\u202eevil\u202c", "<b>王</b>", "{{ contact.secret }}{% raw %}", "$& $1 '\"", "A\u0000B"],
    ids=["a thousand emoji", "right to left", "html", "liquid", "replacement", "nul"],
)
def test_a_strange_name_stays_a_name(agency: Shop, name: str) -> None:
    stranger = Customer(agency, name)
    greeting = stranger.follows()[-1]
    assert greeting.endswith(WELCOME)
    shown = greeting.removesuffix(WELCOME).rstrip(" ")
    assert shown
    assert name.replace("\u0000", "\ufffd").startswith(shown)


@pytest.mark.parametrize("name", ["\u3164", "\u200b\u200b", "   "], ids=["filler", "no width", "spaces"])
def test_a_name_of_which_nothing_is_seen_is_none(agency: Shop, name: str) -> None:
    assert Customer(agency, name).follows() == [WELCOME]


def test_looking_around_shows_four_homes_that_can_be_booked(mina: Customer) -> None:
    mina.follows()
    cards, hint = mina.taps("先逛逛")
    assert hint == AFTER_CARDS
    assert mina.buttons == ["預約看房"] * 4
    assert "中山國小站 電梯兩房" in cards
    assert "22,000 元" in cards
    assert "18 坪｜可養寵物" in cards


def test_a_returning_friend_who_never_answered_is_welcomed_back(agency: Shop, mina: Customer) -> None:
    mina.follows()
    assert mina.unfollows() == []
    agency.waits(hours=1)
    assert mina.follows()[-1].startswith("王小美，歡迎回來！")
    assert mina.buttons == ["開始找房", "先逛逛", "我是房東"]


def test_a_returning_friend_who_answered_may_use_the_answers_again(agency: Shop, mina: Customer) -> None:
    mina.follows()
    mina.taps("開始找房", "新北市", "15,000 以下", "套房", "還不確定", "沒有", "正確")
    mina.unfollows()
    agency.waits(hours=1)
    assert mina.follows() == ["王小美，歡迎回來！您上次想找：新北市・15,000 以下・套房・還不確定・沒有"]
    assert mina.buttons == ["沿用上次條件", "開始找房", "先逛逛"]
    summary = mina.taps("沿用上次條件")[-1]
    assert summary.splitlines()[0] == "請確認您的找房條件"
    assert "新北市" in summary


def test_a_friend_of_old_whom_we_never_saw_is_a_returning_one(mina: Customer) -> None:
    """LINE says in the event that they unblocked the account."""
    mina.person.state.friendship = type(mina.person.state.friendship).BLOCKED
    assert mina.follows()[-1].startswith("王小美，歡迎回來！")


def test_who_writes_before_any_follow_event_came_is_served(mina: Customer) -> None:
    assert mina.says("找房")[-1].startswith("想住在哪個縣市呢？")
    assert mina.contact.following.value == "unknown"


def test_the_privacy_policy_is_told_with_its_link_before_the_first_question(mina: Customer) -> None:
    mina.follows()
    before, question = mina.taps("開始找房")
    assert before == "您提供的資料僅用於媒合物件，詳見隱私權政策。\nhttps://haowo.example/privacy"
    assert question == "想住在哪個縣市呢？"
    assert mina.buttons == ["台北市", "新北市", "桃園市", "其他", "取消"]


def test_answers_that_have_gone_stale_are_asked_again(agency: Shop, mina: Customer) -> None:
    mina.follows()
    mina.taps("開始找房", "新北市", "15,000 以下", "套房")
    soon = (agency.clock.now().astimezone(TAIPEI) + timedelta(days=3)).date()
    mina.picks("選擇日期", soon.isoformat())
    mina.taps("沒有", "正確")
    mina.unfollows()
    agency.waits(days=5)
    mina.follows()
    assert mina.taps("沿用上次條件") == ["預計什麼時候入住？"], "that day has passed"
    assert mina.taps("越快越好")[-1].startswith("請確認您的找房條件\n縣市\n新北市")
