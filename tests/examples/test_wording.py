"""What customers read: in every language of the playbook, in that language's own words and punctuation."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from contacts.folding import fold
from content.liquid import template_fault
from content.phrases import KEYWORDS, PHRASES
from content.text import DEFAULT, Text, pick
from playbook.limits import LABEL_PHRASES
from playbook.schema import Playbook
from playbook.walk import texts
from tests.taiwan import HALF_WIDTH_BESIDE_HAN, REFUSED_WORDS

PLACEHOLDER = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")
KANA = re.compile(r"[\u3040-\u30ff]")
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")


def said_in(playbook: Playbook, language: str) -> Iterator[str]:
    """Yield every text of the playbook in one language, placeholders taken out."""
    default = playbook.content.default_language
    for part in (playbook.content, *playbook.questionnaires):
        for _path, _owner, _name, words in texts(part):
            if language in words or language == default:
                yield PLACEHOLDER.sub("", words.get(language, words.get(DEFAULT, "")))


def every_phrase(language: str) -> Iterator[str]:
    for words in PHRASES.values():
        yield PLACEHOLDER.sub("", words[language])


def test_chinese_texts_use_taiwanese_words(playbook: Playbook) -> None:
    said = [*said_in(playbook, "zh-TW"), *every_phrase("zh-TW")]
    assert len(said) > 100
    assert [(word, text) for text in said for word in REFUSED_WORDS if word in text] == []


def test_chinese_and_japanese_texts_use_full_width_punctuation(playbook: Playbook) -> None:
    said = [
        text
        for language in ("zh-TW", "ja")
        for text in (*said_in(playbook, language), *every_phrase(language))
    ]
    assert [text for text in said if HALF_WIDTH_BESIDE_HAN.search(text)] == []


def test_the_files_hold_no_refused_word_but_what_customers_type() -> None:
    """菜單 is what tea drinkers type when they want the list of drinks."""
    folder = Path(__file__).parents[2] / "examples"
    found = [
        (path.name, word)
        for path in sorted(folder.rglob("*.yaml"))
        for line in path.read_text(encoding="utf-8").splitlines()
        for word in REFUSED_WORDS
        if word in line and not ("any_of:" in line or "types:" in line)
    ]
    assert found == []


def test_the_agency_is_formal_and_the_tea_shop_is_not(rental: Playbook, tea_shop: Playbook) -> None:
    assert [text for text in said_in(rental, "zh-TW") if "你" in text] == []
    assert [text for text in said_in(tea_shop, "zh-TW") if "您" in text] == []


def test_sentences_of_the_program_suit_either() -> None:
    assert [text for text in every_phrase("zh-TW") if "你" in text or "您" in text] == []


def test_japanese_sentences_are_japanese_and_english_ones_english(rental: Playbook) -> None:
    japanese = [*said_in(rental, "ja"), *every_phrase("ja")]
    # Names of places are the same in both languages; a sentence has particles.
    assert [text for text in japanese if len(text) > 16 and not KANA.search(text)] == []
    english = [*said_in(rental, "en"), *every_phrase("en")]
    assert [text for text in english if CJK.search(text)] == []


def test_japanese_sentences_are_polite(rental: Playbook) -> None:
    plain = re.compile(r"(?:だ|である|だよ|だね|してね)[。！]")
    assert [text for text in (*said_in(rental, "ja"), *every_phrase("ja")) if plain.search(text)] == []


@pytest.mark.parametrize("key", sorted(PHRASES))
def test_a_sentence_of_the_program_can_be_read_in_three_languages(key: str) -> None:
    words: Text = PHRASES[key]
    assert set(words) == {"zh-TW", "ja", "en"}
    assert [template_fault(text) for text in words.values()] == [None, None, None]
    if key in LABEL_PHRASES:
        assert max(len(text) for text in words.values()) <= 20


def test_every_sentence_of_the_program_is_said_somewhere() -> None:
    root = Path(__file__).parents[2]
    sources = [
        path.read_text()
        for folder in ("content", "handlers", "questionnaires", "tickets")
        for path in (root / folder).rglob("*.py")
        if path.name != "phrases.py"
    ]
    code = "\n".join(sources)
    # The labels of the pickers are found by what they pick, those of the faces by what they say.
    by_name = ("pick_", "satisfaction_")
    unused = [key for key in PHRASES if f'"{key}"' not in code and not key.startswith(by_name)]
    assert unused == []


def test_no_word_asks_for_two_things() -> None:
    folded = [fold(word) for words in KEYWORDS.values() for word in words]
    assert sorted(folded) == sorted(set(folded))


def test_the_segments_that_ship(rental: Playbook, tea_shop: Playbook) -> None:
    assert [pick(one.label, "zh-TW", "zh-TW") for one in rental.content.segments] == [
        "台北兩房",
        "可養寵物",
        "一個月內入住",
        "高預算",
        "現有租客",
        "房東",
        "看房未回覆",
        "成交機會高",
    ]
    assert [pick(one.label, "zh-TW", "zh-TW") for one in tea_shop.content.segments] == [
        "黑糖派",
        "無糖純茶派",
        "每天一杯",
        "信義店熟客",
        "北部熱飲",
        "南部冰飲",
        "黑糖鐵粉",
        "高頻回訪者",
        "新品獵人",
        "優惠控",
        "早上 8–9 點族",
        "門市 QR 加入",
        "iOS",
        "Android",
        "高價值 RFM",
        "熱度高",
        "沉睡顧客 90 天",
    ]
    assert all(one.description for book in (rental, tea_shop) for one in book.content.segments)
