"""日日茶: five taps to a cup of one's own, tabs in the menu, honest answers where there is nothing yet."""

import pytest

from tests.shop import Shop
from tests.stories.customer import Customer

NOT_YET = "每月好禮還在準備中，現在還沒有可以領的。"


def test_five_questions_end_in_a_cup(guest: Customer) -> None:
    assert guest.follows() == ["嗨 陳小安，歡迎來到日日茶！回答 5 題，我們就記得你的那一杯。"]
    assert guest.buttons == ["開始回答", "先看飲料"]
    before, sweetness = guest.taps("開始回答")
    assert before == "你的回答只用來記住你的喜好，詳見隱私權政策。\nhttps://riricha.example/privacy"
    assert sweetness == "你喜歡的甜度是？"
    assert guest.buttons == ["正常糖", "少糖", "半糖", "微糖", "無糖", "取消"]
    assert guest.taps("半糖") == ["冰塊呢？"]
    assert guest.buttons[:5] == ["正常冰", "少冰", "微冰", "去冰", "熱飲"]
    assert guest.taps("少冰") == ["喜歡哪些口味？可以複選，選完按「選好了」。"]
    assert guest.buttons[:5] == ["黑糖", "鮮奶茶", "純茶", "水果茶", "選好了"]
    guest.taps("黑糖")
    guest.taps("鮮奶茶")
    assert guest.taps("選好了") == ["大概多久喝一次？"]
    assert guest.buttons[:4] == ["幾乎天天", "每週兩三次", "每週一次", "偶爾"]
    assert guest.taps("每週兩三次") == ["最常去哪一間門市？"]
    cup, intro, cards = guest.taps("公館店")
    assert cup == "你的專屬點法：半糖少冰黑糖鮮奶茶"
    assert intro == "這幾款你應該會喜歡："
    assert "黑糖珍珠鮮奶茶" in cards
    assert guest.tags == {
        "sugar:half",
        "ice:less",
        "taste:brown_sugar",
        "taste:milk_tea",
        "visits:often",
        "store:gongguan",
    }
    assert guest.runs == [("my_cup", "confirmed")]


@pytest.mark.parametrize(
    ("taps", "cup"),
    [
        (["無糖", "熱飲", "純茶"], "你的專屬點法：無糖熱純茶"),
        (["正常糖", "正常冰", "黑糖"], "你的專屬點法：正常糖正常冰黑糖系列"),
        (["微糖", "去冰", "純茶", "水果茶"], "你的專屬點法：微糖去冰純茶、水果茶"),
        (["少糖", "微冰", "黑糖", "鮮奶茶", "水果茶"], "你的專屬點法：少糖微冰黑糖鮮奶茶、水果茶"),
    ],
)
def test_every_cup_can_be_said(guest: Customer, taps: list[str], cup: str) -> None:
    guest.says("我的那一杯")
    guest.taps(*taps, "選好了", "偶爾")
    assert guest.taps("沒有固定")[0] == cup


def test_a_second_cup_replaces_the_first(guest: Customer) -> None:
    guest.says("我的那一杯")
    guest.taps("無糖", "熱飲", "純茶", "選好了", "偶爾", "公館店")
    guest.says("我的那一杯")
    guest.taps("半糖", "少冰", "黑糖", "鮮奶茶", "選好了", "幾乎天天", "板橋店")
    assert guest.tags == {
        "sugar:half",
        "ice:less",
        "taste:brown_sugar",
        "taste:milk_tea",
        "visits:daily",
        "store:banqiao",
    }


def test_a_cup_may_be_typed(guest: Customer) -> None:
    guest.says("我的那一杯")
    assert guest.says("三分糖") == ["冰塊呢？"]
    assert guest.says("去冰")[0].startswith("喜歡哪些口味？")
    assert guest.says("黑糖和鮮奶茶")[0].startswith("目前選了：黑糖、鮮奶茶。")
    assert guest.says("好了") == ["大概多久喝一次？"]
    assert guest.says("每天") == ["最常去哪一間門市？"]
    assert guest.says("永康街")[0] == "你的專屬點法：微糖去冰黑糖鮮奶茶"


def test_a_returning_guest_is_told_their_cup(tea: Shop, guest: Customer) -> None:
    guest.follows()
    guest.taps("開始回答", "半糖", "少冰", "純茶", "選好了", "偶爾", "公館店")
    guest.unfollows()
    tea.waits(hours=1)
    assert guest.follows() == ["陳小安，歡迎回來！你上次告訴我們：半糖・少冰・純茶・偶爾・公館店"]
    assert guest.buttons == ["更新我的那一杯", "看看新品"]


def test_what_people_ask_is_answered(guest: Customer) -> None:
    for said, answer in (
        ("菜單", "這些是我們目前的飲料，價格都是大杯。"),
        ("有什麼喝的", "這些是我們目前的飲料，價格都是大杯。"),
        ("可以外送嗎", "門市 1.5 公里內、滿 300 元就幫你送，不另收外送費，大約 40 分鐘到。"),
        ("營業時間", "四間門市都是每日 10:30–22:00。現在正在營業，歡迎過來！"),
        ("還有徵才嗎", "我們一直歡迎喜歡茶的夥伴！"),
        ("門市在哪", "依距離找最近門市的功能還在準備中。"),
        ("有優惠嗎", NOT_YET),
        ("唱首歌來聽", "不好意思，我沒看懂這句話。你可以點下面的項目，或輸入「店員」。"),
        ("再唱一次", "要請店員直接幫你嗎？"),
    ):
        assert guest.says(said)[0].startswith(answer), said
    guest.says("徵才")
    assert guest.taps("我想應徵")[0].startswith("接下來由店員在這裡回覆你。")


def test_the_tabs_switch_on_the_phone_and_are_recorded(tea: Shop, guest: Customer) -> None:
    tea.does_chores()
    guest.follows()
    assert guest.person.menu == ["附近門市", "營業時間", "外送", "找門市", "每月好禮", "新品"]
    assert guest.taps("附近門市")[0].startswith("依距離找最近門市的功能還在準備中。")
    assert guest.taps("每月好禮") == [], "LINE switches the tab by itself"
    assert guest.person.menu == ["本月好禮", "記住我的那一杯", "找店員", "找門市", "每月好禮", "新品"]
    assert guest.taps("本月好禮")[0].startswith(NOT_YET)
    assert guest.taps("新品") == []
    assert guest.person.menu[0] == "本季新品"
    assert guest.taps("本季新品")[0].startswith("本季新品 2 款")
    assert guest.taps("想喝這杯") == ["記下來了！下次出新品，我們知道你會想試試看。"]
    assert guest.tags == {"interest:new"}
    assert guest.taps("找門市") == []
    assert guest.person.menu[0] == "附近門市"

    assert [about for about, _words in guest.recorded_taps] == [
        "menu.stores.nearby",
        "menu.stores.tab_gifts",
        "menu.gifts.gift",
        "menu.gifts.tab_new",
        "menu.new.new",
        "card.taro_milk.want",
        "menu.new.tab_stores",
    ]


def test_the_tabs_work_as_cards_where_there_are_no_menus(guest: Customer) -> None:
    assert guest.says("menu") == ["想做什麼呢？"]
    assert guest.buttons == ["附近門市", "營業時間", "外送", "找門市", "每月好禮", "新品"]
    assert guest.taps("每月好禮") == ["想做什麼呢？"]
    assert guest.buttons == ["本月好禮", "記住我的那一杯", "找店員", "找門市", "每月好禮", "新品"]
    assert guest.taps("記住我的那一杯")[-1] == "你喜歡的甜度是？"
