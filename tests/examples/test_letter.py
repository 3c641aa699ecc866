"""The wording that was agreed on, to the letter: labels, tags, and the sentences customers are promised."""

from datetime import timedelta

import pytest

from content.liquid import render
from content.model import AutoReply
from content.steps import Say, Steps
from content.text import pick
from playbook.schema import Playbook
from questionnaires.definition import Question, Questionnaire

FIND_HOME = {
    "area": {
        "台北市": ("area:taipei",),
        "新北市": ("area:new_taipei",),
        "桃園市": ("area:taoyuan",),
        "其他": ("area:other",),
    },
    "budget": {
        "15,000 以下": ("budget:low",),
        "15,000–25,000": ("budget:mid",),
        "25,000–40,000": ("budget:high",),
        "40,000 以上": ("budget:premium",),
    },
    "type": {
        "雅房": ("type:room",),
        "套房": ("type:studio",),
        "一房一廳": ("type:one_bed",),
        "兩房以上": ("type:two_bed",),
    },
    "move_in": {"選擇日期": (), "越快越好": ("timing:asap",), "還不確定": ("timing:unsure",)},
    "pet": {"有": ("pet:yes",), "沒有": ("pet:no",)},
    "pet_kind": {
        "貓": ("pet:cat",),
        "狗": ("pet:dog",),
        "貓狗都有": ("pet:cat", "pet:dog"),
        "其他": ("pet:other",),
    },
}
ASKED = {
    "area": "想住在哪個縣市呢？",
    "area_text": "請輸入縣市或行政區，例如：新竹市東區",
    "budget": "每月租金預算大約多少？（元）",
    "type": "想找哪種房型？",
    "move_in": "預計什麼時候入住？",
    "pet": "會有寵物一起入住嗎？",
    "pet_kind": "是哪一種寵物呢？",
}
REPAIRS = ["漏水・水管", "電力・燈具", "冷氣", "門鎖", "家電家具", "網路", "其他"]
TEA = {
    "sweetness": ["正常糖", "少糖", "半糖", "微糖", "無糖"],
    "ice": ["正常冰", "少冰", "微冰", "去冰", "熱飲"],
    "taste": ["黑糖", "鮮奶茶", "純茶", "水果茶"],
    "visits": ["幾乎天天", "每週兩三次", "每週一次", "偶爾"],
}
ANSWERS = {
    "租金多少": "rent",
    "這間多少錢": "rent",
    "押金": "deposit",
    "仲介費": "agency_fee",
    "服務費": "agency_fee",
    "可以養寵物嗎": "pets",
    "租補": "subsidy",
    "租金補貼": "subsidy",
    "營業時間": "hours",
}


def zh(text: dict[str, str] | None) -> str:
    assert text is not None
    return pick(text, "zh-TW", "zh-TW")


def find(playbook: Playbook, key: str) -> Questionnaire:
    return next(one for one in playbook.questionnaires if one.key == key)


def question(playbook: Playbook, key: str, name: str) -> Question:
    return next(one for one in find(playbook, key).questions if one.id == name)


def says(steps: Steps) -> list[Say]:
    return [step.say for step in steps if step.say is not None]


def rule(playbook: Playbook, name: str) -> AutoReply:
    return next(one for one in playbook.content.auto_replies if one.id == name)


def lifetime(playbook: Playbook, name: str) -> timedelta | None:
    return next(
        tag.lifetime for group in playbook.content.tag_groups for tag in group.tags if tag.name == name
    )


def greeting(playbook: Playbook, name: str) -> Say:
    return says(next(one for one in playbook.content.greetings if one.id == name).then)[0]


@pytest.mark.parametrize("name", FIND_HOME)
def test_labels_and_tags_of_the_search(rental: Playbook, name: str) -> None:
    choices = question(rental, "find_home", name).choices
    assert {zh(choice.label): choice.tags for choice in choices} == FIND_HOME[name]


def test_questions_of_the_search(rental: Playbook) -> None:
    assert {one.id: zh(one.ask) for one in find(rental, "find_home").questions} == ASKED


def test_budgets_become_numbers(rental: Playbook) -> None:
    fields = [choice.fields for choice in question(rental, "find_home", "budget").choices]
    assert fields == [
        {"budget_min": 0, "budget_max": 15000},
        {"budget_min": 15000, "budget_max": 25000},
        {"budget_min": 25000, "budget_max": 40000},
        {"budget_min": 40000},
    ]


def test_the_move_in_date_is_picked_from_today_to_a_year_from_now(rental: Playbook) -> None:
    asked = question(rental, "find_home", "move_in")
    assert (asked.choices[0].pick, asked.field, asked.min, asked.max) == ("date", "move_in", "today", "+1y")


def test_the_end_of_the_search(rental: Playbook) -> None:
    search = find(rental, "find_home")
    assert search.summary is not None
    assert zh(search.summary.title) == "請確認您的找房條件"
    assert search.sets_tags == ("lead:qualified",)
    assert lifetime(rental, "lead:qualified") == timedelta(days=90)
    show = next(step.show for step in search.ending if step.show is not None)
    assert show.limit == 3
    assert render(zh(show.say), {"count": 3}) == "先為您挑了 3 間符合條件的物件"
    assert zh(show.none) == "目前沒有完全符合的物件，專員會為您留意。"
    specialist, consent = says(search.ending)
    promised = "負責台北市的專員會在服務時間內（每日 10:00–20:00）與您聯絡。"
    assert render(zh(specialist.text), {"answers": {"area": "台北市"}}) == promised
    assert zh(consent.text) == "有符合條件的新物件時，要通知您嗎？"
    assert [zh(button.label) for button in consent.buttons] == ["好，請通知我", "先不用"]
    assert consent.buttons[0].do[0].tag == ("consent:listings",)
    assert search.ending[-1].hand_over is True


def test_the_privacy_sentence_comes_first_with_its_link(rental: Playbook) -> None:
    said = render(zh(find(rental, "find_home").before), {"privacy_url": "https://x.example/p"})
    assert said == "您提供的資料僅用於媒合物件，詳見隱私權政策。\nhttps://x.example/p"


def test_pets_are_yes_or_no_and_of_several_kinds(rental: Playbook) -> None:
    groups = {
        group.id: (group.choice, {tag.name for tag in group.tags}) for group in rental.content.tag_groups
    }
    assert groups["pet"] == ("single", {"pet:yes", "pet:no"})
    assert groups["pet_kind"] == ("multiple", {"pet:cat", "pet:dog", "pet:other"})


def test_new_friends_are_welcomed_with_and_without_a_name(rental: Playbook) -> None:
    welcome = greeting(rental, "new")
    rest = (
        "您好，歡迎加入好窩租屋！回答 5 個小問題（約 1 分鐘），我們會依條件為您挑房，"
        "並請熟悉當地的專員與您聯絡。"
    )
    assert render(zh(welcome.text), {"name": "王小明"}) == f"王小明 {rest}"
    assert render(zh(welcome.text), {"name": None}) == rest
    assert [zh(button.label) for button in welcome.buttons] == ["開始找房", "先逛逛", "我是房東"]


def test_returning_friends_may_use_their_last_answers(rental: Playbook) -> None:
    back = greeting(rental, "returning_with_answers")
    said = render(zh(back.text), {"name": "王小明", "last": {"find_home": "台北市"}})
    assert said == "王小明，歡迎回來！您上次想找：台北市"
    assert [zh(button.label) for button in back.buttons] == ["沿用上次條件", "開始找房", "先逛逛"]
    start = back.buttons[0].do[0].start
    assert start is not None
    assert (start.questionnaire, start.reuse) == ("find_home", True)


def test_looking_around_shows_four_homes(rental: Playbook) -> None:
    show, hint = greeting(rental, "new").buttons[1].do
    assert show.show is not None
    assert len(show.show.cards) == 4
    assert hint.say is not None
    assert zh(hint.say.text) == "有喜歡的可以直接預約看房；想縮小範圍，請點選單的「找房」。"


def test_the_menu_has_four_areas(rental: Playbook) -> None:
    (menu,) = rental.content.rich_menus
    assert zh(menu.bar) == "點我開啟選單"
    assert [zh(area.label) for area in menu.areas] == ["找房", "預約看房", "報修", "專人服務"]


def test_eight_homes_can_each_be_viewed(rental: Playbook) -> None:
    cards = rental.content.cards
    assert len(cards) == 8
    first = cards[0]
    line = "｜".join((zh(first.title), zh(first.price), zh(first.text)))
    assert line.startswith("中山國小站 電梯兩房｜22,000 元｜18 坪｜可養寵物")
    assert [zh(button.label) for button in rental.content.card_buttons] == ["預約看房"]


def test_the_viewing(rental: Playbook) -> None:
    viewing = find(rental, "viewing")
    assert zh(question(rental, "viewing", "home").choices[-1].label) == "還沒看中，請專員推薦"
    at = question(rental, "viewing", "viewing_at")
    assert (at.kind, at.open_hours) == ("datetime", True)
    assert zh(at.invalid) == "看房時段為每日 10:00–20:00，麻煩再選一次。"
    assert zh(question(rental, "viewing", "phone").ask) == "請留下聯絡電話。"
    assert viewing.sets_tags == ("intent:viewing",)
    assert [zh(say.text) for say in says(viewing.ending)] == ["已收到您的看房預約，專員確認後會再回覆您。"]
    assert viewing.ending[-1].hand_over is True


def test_the_repair(rental: Playbook) -> None:
    what = question(rental, "repair", "what")
    assert zh(what.ask) == "請問是哪裡需要報修？"
    assert [zh(choice.label) for choice in what.choices] == REPAIRS
    danger = "若有立即危險，請先關閉水源或總電源，並撥打 24 小時專線 02-5555-0100。"
    assert [choice.say is not None for choice in what.choices] == [True, True, *[False] * 5]
    assert {zh(choice.say) for choice in what.choices[:2]} == {danger}
    assert {lifetime(rental, choice.tags[0]) for choice in what.choices} == {timedelta(days=30)}
    photo = question(rental, "repair", "photo")
    assert (photo.kind, photo.optional) == ("photo", True)
    assert zh(photo.ask) == "方便的話請拍張照片，師傅比較好判斷。"
    times = question(rental, "repair", "times")
    assert zh(times.ask) == "哪些時段方便維修？（可複選）"
    assert [zh(choice.label) for choice in times.choices] == ["平日白天", "平日晚上", "週末"]
    assert find(rental, "repair").sets_tags == ("role:tenant",)


def test_the_landlord(rental: Playbook) -> None:
    landlord = find(rental, "landlord")
    assert landlord.sets_tags == ("role:landlord",)
    assert zh(landlord.title) == "房東委託"
    assert [one.kind for one in landlord.questions if one.only_if is None] == ["choice", "choice", "phone"]


@pytest.mark.parametrize("text", ANSWERS)
def test_what_people_ask_is_answered_by_its_rule(rental: Playbook, text: str) -> None:
    rules = rental.content.auto_replies
    first = next(one for one in rules if any(word in text for word in (*one.match.any_of, *one.match.exact)))
    assert first.id == ANSWERS[text]


def test_fixed_sentences(rental: Playbook) -> None:
    deposit = "押金為兩個月租金（法定上限），退租點交無誤後退還。"
    assert zh(says(rule(rental, "deposit").then)[0].text) == deposit
    closed = rule(rental, "closed")
    assert (closed.when.hours, closed.every) == ("closed", timedelta(hours=12))
    night = "現在是非服務時間，您的訊息我們收到了！專員會在 {{ opens_at }} 上班後依序回覆。"
    assert zh(says(closed.then)[0].text) == night
    fallback = rental.content.fallback
    missed = "不好意思，我沒看懂這句話。您可以點選下面的項目，或輸入「專人」。"
    assert zh(says(fallback.first)[0].text) == missed
    assert zh(says(fallback.second)[0].text) == "要請專員直接協助您嗎？"
    phrases = rental.content.phrases
    assert zh(phrases["old_button"]) == "這是先前的按鈕，答案已經記下來了。我們繼續目前這一題："
    assert zh(phrases["invalid_phone"]) == "電話格式好像不對，請輸入 10 碼手機號碼，例如 0912345678。"


def test_notifications_stop_at_once(rental: Playbook) -> None:
    stop = rule(rental, "stop")
    assert stop.always
    assert set(stop.match.exact) >= {"停止通知", "配信停止", "stop"}
    assert stop.then[0].untag == ("consent:listings",)


@pytest.mark.parametrize("name", TEA)
def test_labels_of_the_tea_shop(tea_shop: Playbook, name: str) -> None:
    asked = question(tea_shop, "my_cup", name)
    assert [zh(choice.label) for choice in asked.choices] == TEA[name]
    assert asked.multiple == (name == "taste")


def test_the_tea_shop_asks_five_questions_and_welcomes_so(tea_shop: Playbook) -> None:
    assert len(find(tea_shop, "my_cup").questions) == 5
    said = render(zh(greeting(tea_shop, "new").text), {"name": "小美"})
    assert said == "嗨 小美，歡迎來到日日茶！回答 5 題，我們就記得你的那一杯。"


@pytest.mark.parametrize(
    ("ice", "tastes", "cup"),
    [
        ("less", ("brown_sugar", "milk_tea"), "半糖少冰黑糖鮮奶茶"),
        ("hot", ("pure_tea",), "半糖熱純茶"),
        ("less", ("milk_tea", "fruit_tea"), "半糖少冰鮮奶茶、水果茶"),
        ("less", ("brown_sugar",), "半糖少冰黑糖系列"),
    ],
)
def test_the_tea_shop_ends_with_ones_own_cup(
    tea_shop: Playbook, ice: str, tastes: tuple[str, ...], cup: str
) -> None:
    tags = [f"ice:{ice}", *(f"taste:{taste}" for taste in tastes)]
    variables = {"answers": {"sweetness": "半糖", "ice": "少冰"}, "tags": tags}
    text = zh(says(find(tea_shop, "my_cup").ending)[0].text)
    assert render(text, variables) == f"你的專屬點法：{cup}"


def test_the_tea_shop_has_three_tabs_that_open_each_other(tea_shop: Playbook) -> None:
    menus = {menu.key: menu for menu in tea_shop.content.rich_menus}
    for menu in menus.values():
        tabs = {zh(area.label): area.open for area in menu.areas if area.open}
        assert tabs == {"找門市": "stores", "每月好禮": "gifts", "新品": "new"}
    assert "準備中" in zh(says(menus["stores"].areas[0].do)[0].text)
    assert "準備中" in zh(says(menus["gifts"].areas[0].do)[0].text)
