"""The rental agency's 找房 questionnaire, as the tests of this folder know it."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from content.model import BusinessHours
from questionnaires.definition import Questionnaire
from questionnaires.state import Facts

TAIPEI = ZoneInfo("Asia/Taipei")
NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
"""Saturday, eleven o'clock in Taipei."""

HOURS = BusinessHours.model_validate(
    dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "10:00-20:00")
)
FACTS = Facts(now=NOW, zone=TAIPEI, hours=HOURS)


def words(zh_tw: str, ja: str, en: str) -> dict[str, str]:
    return {"zh-TW": zh_tw, "ja": ja, "en": en}


def questionnaire(*questions: dict[str, Any], **more: Any) -> Questionnaire:
    """Build a questionnaire from questions as a playbook writes them."""
    return Questionnaire.model_validate(
        {"key": "test", "title": "Test", "timeout": "1d", "questions": questions, **more}
    )


AREA = {
    "id": "area",
    "ask": words("想住在哪個縣市呢？", "どの地域をご希望ですか？", "Which city would you like to live in?"),
    "short": words("縣市", "地域", "City"),
    "choices": [
        {
            "id": "taipei",
            "label": words("台北市", "台北市", "Taipei City"),
            "tags": "area:taipei",
            "also": ["台北", "臺北", "北市", "Taipei"],
        },
        {
            "id": "new_taipei",
            "label": words("新北市", "新北市", "New Taipei City"),
            "tags": "area:new_taipei",
            "also": ["新北", "台北縣", "New Taipei"],
        },
        {
            "id": "taoyuan",
            "label": words("桃園市", "桃園市", "Taoyuan City"),
            "tags": "area:taoyuan",
            "also": ["桃園", "Taoyuan"],
        },
        {
            "id": "other",
            "label": words("其他", "その他", "Somewhere else"),
            "tags": "area:other",
            "also": ["竹北", "竹北市"],
        },
    ],
}
AREA_TEXT = {
    "id": "area_text",
    "only_if": {"answers": {"area": "other"}},
    "ask": words("請輸入縣市或行政區", "市・区をご入力ください", "Please type the city or district"),
    "kind": "text",
    "field": "area_text",
    "min": 2,
    "max": 40,
}
BUDGET = {
    "id": "budget",
    "ask": words("每月租金預算大約多少？（元）", "毎月のご予算は？", "How much rent a month?"),
    "short": words("預算", "ご予算", "Budget"),
    "choices": [
        {
            "id": "low",
            "label": words("15,000 以下", "15,000以下", "Up to 15,000"),
            "tags": "budget:low",
            "fields": {"budget_max": 15000},
            "range": {"max": 15000},
        },
        {
            "id": "mid",
            "label": words("15,000–25,000", "15,000～25,000", "15,000–25,000"),
            "tags": "budget:mid",
            "fields": {"budget_min": 15000, "budget_max": 25000},
            "range": {"min": 15000, "max": 25000},
        },
        {
            "id": "high",
            "label": words("25,000–40,000", "25,000～40,000", "25,000–40,000"),
            "tags": "budget:high",
            "fields": {"budget_min": 25000, "budget_max": 40000},
            "range": {"min": 25000, "max": 40000},
        },
        {
            "id": "premium",
            "label": words("40,000 以上", "40,000以上", "40,000 or more"),
            "tags": "budget:premium",
            "fields": {"budget_min": 40000},
            "range": {"min": 40000},
        },
    ],
}
TYPE = {
    "id": "type",
    "ask": words("想找哪種房型？", "どのような間取りですか？", "What kind of home?"),
    "short": words("房型", "間取り", "Kind of home"),
    "choices": [
        {"id": "room", "label": words("雅房", "個室", "Room"), "tags": "type:room"},
        {"id": "studio", "label": words("套房", "ワンルーム", "Studio"), "tags": "type:studio"},
        {"id": "one_bed", "label": words("一房一廳", "1LDK", "One bedroom"), "tags": "type:one_bed"},
        {
            "id": "two_bed",
            "label": words("兩房以上", "2LDK以上", "Two bedrooms or more"),
            "tags": "type:two_bed",
            "also": ["兩房", "2房"],
        },
    ],
}
MOVE_IN = {
    "id": "move_in",
    "ask": words("預計什麼時候入住？", "ご入居はいつ頃ですか？", "When would you like to move in?"),
    "short": words("入住時間", "ご入居時期", "Moving in"),
    "field": "move_in",
    "min": "today",
    "max": "+1y",
    "choices": [
        {"id": "date", "label": words("選擇日期", "日付を選ぶ", "Pick a date"), "pick": "date"},
        {
            "id": "asap",
            "label": words("越快越好", "できるだけ早く", "As soon as possible"),
            "tags": "timing:asap",
            "also": ["馬上"],
        },
        {"id": "unsure", "label": words("還不確定", "未定", "Not sure yet"), "tags": "timing:unsure"},
    ],
}
PET = {
    "id": "pet",
    "ask": words("會有寵物一起入住嗎？", "ペットはいますか？", "Any pets?"),
    "short": words("寵物", "ペット", "Pets"),
    "choices": [
        {
            "id": "yes",
            "label": words("有", "はい", "Yes"),
            "tags": "pet:yes",
            "also": ["會", "有養", "有寵物", "あり", "います", "have pets", "have a pet"],
        },
        {
            "id": "no",
            "label": words("沒有", "いいえ", "No"),
            "tags": "pet:no",
            "also": ["不會", "不會有", "沒", "いない", "いません", "ありません", "don't have", "not have"],
        },
    ],
}
PET_KIND = {
    "id": "pet_kind",
    "only_if": {"answers": {"pet": "yes"}},
    "ask": words("是哪一種寵物呢？", "どのようなペットですか？", "What kind of pet?"),
    "short": words("寵物種類", "ペットの種類", "Kind of pet"),
    "choices": [
        {"id": "cat", "label": words("貓", "猫", "Cat"), "tags": "pet:cat"},
        {"id": "dog", "label": words("狗", "犬", "Dog"), "tags": "pet:dog"},
        {"id": "both", "label": words("貓狗都有", "猫と犬", "Cats and dogs"), "tags": ["pet:cat", "pet:dog"]},
        {"id": "other", "label": words("其他", "その他", "Another kind"), "tags": "pet:other"},
    ],
}

FIND_HOME = questionnaire(
    AREA,
    AREA_TEXT,
    BUDGET,
    TYPE,
    MOVE_IN,
    PET,
    PET_KIND,
    key="find_home",
    summary=words("請確認您的找房條件", "条件をご確認ください", "Please check what you are looking for"),
    sets_tags="lead:qualified",
)

FLAVOUR = {
    "id": "flavour",
    "ask": "喜歡什麼口味？",
    "multiple": True,
    "field": "flavours",
    "choices": [
        {"id": "brown_sugar", "label": "黑糖", "tags": "taste:brown_sugar", "say": "黑糖控！"},
        {"id": "milk", "label": "鮮奶茶", "tags": "taste:milk", "also": ["奶茶"]},
        {"id": "pure", "label": "純茶", "tags": "taste:pure"},
        {"id": "fruit", "label": "水果茶", "tags": "taste:fruit"},
    ],
}
