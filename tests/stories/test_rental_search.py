"""找房 at 好窩租屋: five questions, a summary, homes that fit, and who calls."""

from datetime import datetime, timedelta

import pytest

from simulator.taps import CannotTap
from tests.shop import EXAMPLES, TAIPEI, Shop
from tests.stories.customer import Customer

SENT_BY = "的專員會在服務時間內（每日 10:00–20:00）與您聯絡。"
CONSENT = "有符合條件的新物件時，要通知您嗎？"


def answers(customer: Customer, *labels: str) -> Customer:
    customer.taps(*labels)
    return customer


def test_every_choice_sets_its_tag_and_going_back_takes_it_off(searcher: Customer) -> None:
    carried: set[str] = set()
    for question, choices in (
        (
            "想住在哪個縣市呢？",
            {"新北市": "area:new_taipei", "桃園市": "area:taoyuan", "台北市": "area:taipei"},
        ),
        (
            "每月租金預算大約多少？（元）",
            {
                "15,000 以下": "budget:low",
                "25,000–40,000": "budget:high",
                "40,000 以上": "budget:premium",
                "15,000–25,000": "budget:mid",
            },
        ),
        (
            "想找哪種房型？",
            {
                "雅房": "type:room",
                "套房": "type:studio",
                "一房一廳": "type:one_bed",
                "兩房以上": "type:two_bed",
            },
        ),
        ("預計什麼時候入住？", {"還不確定": "timing:unsure", "越快越好": "timing:asap"}),
        ("會有寵物一起入住嗎？", {"沒有": "pet:no", "有": "pet:yes"}),
    ):
        for number, (label, tag) in enumerate(choices.items()):
            if number:
                assert searcher.says("上一題")[-1].startswith(question)
            else:
                assert searcher.person.sees[-1].startswith(question)
            searcher.taps(label)
            assert searcher.tags == carried | {tag}
        carried.add(tag)


@pytest.mark.parametrize(
    ("label", "fields"),
    [
        ("15,000 以下", {"budget_min": 0, "budget_max": 15000}),
        ("15,000–25,000", {"budget_min": 15000, "budget_max": 25000}),
        ("25,000–40,000", {"budget_min": 25000, "budget_max": 40000}),
        ("40,000 以上", {"budget_min": 40000}),
    ],
)
def test_the_budget_is_kept_as_numbers(searcher: Customer, label: str, fields: dict[str, int]) -> None:
    searcher.taps("台北市", label)
    assert searcher.fields == fields


@pytest.mark.parametrize(
    ("label", "tags"),
    [
        ("貓", {"pet:cat"}),
        ("狗", {"pet:dog"}),
        ("貓狗都有", {"pet:cat", "pet:dog"}),
        ("其他", {"pet:other"}),
    ],
)
def test_kinds_of_pets_may_be_several(searcher: Customer, label: str, tags: set[str]) -> None:
    kinds = searcher.taps("台北市", "15,000–25,000", "套房", "越快越好", "有")
    assert kinds == ["是哪一種寵物呢？"]
    summary = searcher.taps(label)[-1]
    assert label in summary
    assert searcher.tags >= {"pet:yes"} | tags
    assert not searcher.tags & ({"pet:cat", "pet:dog", "pet:other"} - tags)


def test_a_city_that_is_not_on_the_list_is_typed(searcher: Customer) -> None:
    assert searcher.taps("其他") == ["請輸入縣市或行政區，例如：新竹市東區"]
    assert searcher.tags == {"area:other"}
    searcher.says("新竹市東區")
    assert searcher.fields == {"area_text": "新竹市東區"}
    searcher.taps("15,000 以下", "雅房", "越快越好", "沒有")
    none, contact, consent, handed_over = searcher.taps("正確")
    assert none == "目前沒有完全符合的物件，專員會為您留意。"
    assert contact == f"負責新竹市東區{SENT_BY}"
    assert consent == CONSENT
    assert handed_over.startswith("接下來由專員在這裡為您服務。")


def test_the_date_is_shown_with_its_weekday(shop: Shop) -> None:
    shop.clock.set(datetime(2027, 2, 23, 14, tzinfo=TAIPEI))
    shop.publishes(EXAMPLES / "rental")
    mina = Customer(shop)
    mina.says("找房")
    mina.taps("台北市", "15,000–25,000", "兩房以上")
    for outside in ("2027-02-22", "2028-02-24"):
        with pytest.raises(CannotTap, match="is outside 2027-02-23 to 2028-02-23"):
            mina.picks("選擇日期", outside)
    assert mina.picks("選擇日期", "2027-03-01")[-1].startswith("會有寵物一起入住嗎？")
    assert mina.fields["move_in"] == "2027-03-01"
    assert mina.taps("沒有") == [
        "請確認您的找房條件\n縣市\n台北市\n預算\n15,000–25,000\n房型\n兩房以上\n入住時間\n2027/3/1（一）\n寵物\n沒有"
    ]
    assert mina.buttons == ["正確", "修改一項", "重新填寫"]


def test_a_typed_date_is_read_and_a_far_one_refused(agency: Shop, searcher: Customer) -> None:
    searcher.taps("台北市", "15,000–25,000", "兩房以上")
    day = agency.clock.now().astimezone(TAIPEI).date()
    refused = searcher.says(f"{day.year + 3}/3/1")[-1]
    assert refused.startswith("請選擇 ")
    assert refused.endswith("預計什麼時候入住？")
    soon = day + timedelta(days=9)
    assert searcher.says(f"{soon.month}月{soon.day}日")[-1].startswith("會有寵物")
    assert searcher.fields["move_in"] == soon.isoformat()
    assert not searcher.tags & {"timing:asap", "timing:unsure"}


def test_one_item_is_changed_and_its_branch_appears_and_goes(searcher: Customer) -> None:
    searcher.taps("台北市", "15,000–25,000", "兩房以上", "越快越好", "沒有")
    assert searcher.taps("修改一項") == ["想修改哪一項呢？"]
    assert searcher.buttons == ["縣市", "預算", "房型", "入住時間", "寵物"]
    searcher.taps("寵物")
    assert searcher.taps("有") == ["是哪一種寵物呢？"], "the branch appears"
    assert "寵物種類\n狗" in searcher.taps("狗")[-1]
    assert searcher.tags >= {"pet:yes", "pet:dog"}

    searcher.taps("修改一項")
    assert "寵物種類" in searcher.buttons
    searcher.taps("寵物")
    assert "寵物種類" not in searcher.taps("沒有")[-1], "the branch is gone"
    assert "pet:no" in searcher.tags
    assert not searcher.tags & {"pet:yes", "pet:dog"}

    searcher.taps("修改一項")
    assert "縣市\n桃園市" in searcher.taps("縣市", "桃園市")[-1]
    searcher.taps("修改一項", "縣市")
    assert searcher.taps("其他")[-1].startswith("請輸入縣市或行政區")
    assert "行政區\n苗栗市" in searcher.says("苗栗市")[-1]
    searcher.taps("正確")
    assert searcher.tags >= {"area:other", "pet:no", "lead:qualified"}
    assert searcher.fields == {"area_text": "苗栗市", "budget_min": 15000, "budget_max": 25000}


def test_what_is_to_be_changed_may_be_typed(searcher: Customer) -> None:
    searcher.taps("台北市", "15,000–25,000", "兩房以上", "越快越好", "沒有")
    assert searcher.says("預算要改")[-1].startswith("每月租金預算大約多少？")
    assert "預算\n40,000 以上" in searcher.says("5萬")[-1]


def test_filling_in_again_forgets_the_answers(searcher: Customer) -> None:
    searcher.taps("其他")
    searcher.says("新竹市東區")
    searcher.taps("15,000 以下", "雅房", "越快越好", "沒有")
    assert searcher.taps("重新填寫")[-1].startswith("想住在哪個縣市呢？")
    assert searcher.tags == set()
    assert searcher.fields == {}


def test_going_back_from_the_summary_leads_to_the_last_question(searcher: Customer) -> None:
    searcher.taps("台北市", "15,000–25,000", "兩房以上", "越快越好", "沒有")
    assert searcher.says("上一題")[-1].startswith("會有寵物一起入住嗎？")
    assert "寵物種類\n貓" in searcher.taps("有", "貓")[-1]


def test_up_to_three_homes_that_fit_are_shown(searcher: Customer) -> None:
    answers(searcher, "台北市", "15,000–25,000", "兩房以上", "越快越好", "有", "狗")
    intro, homes, contact, consent, handed_over = searcher.taps("正確")
    assert intro == "先為您挑了 3 間符合條件的物件"
    assert [
        title in homes for title in ("中山國小站 電梯兩房", "木柵站 山景兩房", "石牌站 靜巷公寓兩房")
    ] == [True] * 3
    assert contact == f"負責台北市{SENT_BY}"
    assert consent == CONSENT
    assert handed_over.startswith("接下來由專員在這裡為您服務。")
    assert searcher.buttons == ["預約看房"] * 3 + ["好，請通知我", "先不用", "回到小幫手"]


def test_a_home_that_takes_no_pets_is_not_for_a_dog(agency: Shop, searcher: Customer) -> None:
    answers(searcher, "新北市", "15,000 以下", "套房", "越快越好", "有", "狗")
    assert searcher.taps("正確")[0] == "目前沒有完全符合的物件，專員會為您留意。"
    other = Customer(agency)
    other.says("找房")
    other.taps("新北市", "15,000 以下", "套房", "越快越好", "沒有")
    assert other.taps("正確")[:1] == ["先為您挑了 1 間符合條件的物件"]


def test_a_qualified_lead_is_one_for_ninety_days(agency: Shop, searcher: Customer) -> None:
    answers(searcher, "台北市", "15,000–25,000", "兩房以上", "越快越好", "沒有", "正確")
    assert "lead:qualified" in searcher.tags
    agency.clock.advance(timedelta(days=90, seconds=-60))
    assert "lead:qualified" in searcher.tags
    agency.clock.advance(timedelta(seconds=120))
    assert "lead:qualified" not in searcher.tags, "it is over even before the nightly sweep"
    assert "area:taipei" in searcher.tags


def test_consent_is_given_refused_and_withdrawn(searcher: Customer) -> None:
    answers(searcher, "台北市", "15,000–25,000", "兩房以上", "越快越好", "沒有", "正確")
    ending = searcher.last
    assert "consent:listings" not in searcher.tags, "nobody is asked to refuse what was never given"
    assert searcher.taps("先不用") == ["好的，我們不會主動通知。之後想找房，隨時都可以再來。"]
    assert "consent:listings" not in searcher.tags
    answer = searcher.taps("好，請通知我")
    assert answer == ["好的，有符合條件的新物件時會通知您。想停止時，輸入「停止通知」就可以了。"]
    assert "consent:listings" in searcher.tags
    searcher.taps("先不用")
    assert "consent:listings" not in searcher.tags
    assert ending in searcher.person.messages, "old messages stay tappable"


def test_cards_of_the_ending_book_a_viewing(searcher: Customer) -> None:
    answers(searcher, "新北市", "15,000 以下", "套房", "越快越好", "沒有", "正確")
    assert "wants:human" in searcher.tags
    assert searcher.taps("預約看房")[-1].startswith("想約什麼時候看房？")
    assert "wants:human" not in searcher.tags, "who goes on with the bot has taken it back"
