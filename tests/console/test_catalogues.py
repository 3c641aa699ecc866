"""The catalogues of the console: whole, and in the words that each country reads in LINE's own tools."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from tests.taiwan import HALF_WIDTH_BESIDE_HAN, REFUSED_WORDS

TRANSLATIONS = Path(__file__).parents[2] / "console/translations"
LOCALES = ("zh_Hant_TW", "ja")
PLACEHOLDER = re.compile(r"%\(\w+\)s")


def catalogue(locale: str) -> Catalog:
    with (TRANSLATIONS / locale / "LC_MESSAGES/messages.po").open("rb") as file:
        return read_po(file, locale=locale)


def messages(locale: str) -> Iterator[tuple[Message, tuple[str, ...]]]:
    for message in catalogue(locale):
        if message.id:
            said = message.string
            yield message, tuple(map(str, said)) if isinstance(said, list | tuple) else (str(said or ""),)


@pytest.mark.parametrize("locale", LOCALES)
def test_everything_is_translated_and_nothing_is_only_guessed(locale: str) -> None:
    found = list(messages(locale))
    assert len(found) > 900
    assert [one.id for one, said in found if not all(said)] == []
    assert [one.id for one, _said in found if one.fuzzy] == []


@pytest.mark.parametrize("locale", LOCALES)
def test_what_is_filled_in_is_filled_in_everywhere(locale: str) -> None:
    wrong = []
    for one, said in messages(locale):
        wanted = set(PLACEHOLDER.findall(str(one.id)))
        wrong += [words for words in said if not set(PLACEHOLDER.findall(words)) <= wanted]
    assert wrong == []


def test_chinese_ones_use_taiwanese_words() -> None:
    said = [words for _one, every in messages("zh_Hant_TW") for words in every]
    assert [(word, words) for words in said for word in REFUSED_WORDS if word in words] == []


def test_japanese_ones_call_one_thing_by_one_name() -> None:
    said = [words for _one, every in messages("ja") for words in every]
    assert [words for words in said if "チケット" in words] == [], "a ticket is 案件"


@pytest.mark.parametrize("locale", LOCALES)
def test_they_use_full_width_punctuation(locale: str) -> None:
    said = [words for _one, every in messages(locale) for words in every]
    assert [words for words in said if HALF_WIDTH_BESIDE_HAN.search(words)] == []


@pytest.mark.parametrize(
    ("said", "chinese", "japanese"),
    [
        ("Note", "內部備註", "社内メモ"),
        ("Schedule", "預約傳送", "予約配信"),
        ("Segments", "分眾", "セグメント"),
        ("Tags", "標籤", "タグ"),
        ("Campaigns", "推播活動", "配信"),
        ("Following", "好友", "友だち"),
        ("Waiting", "待處理", "要対応"),
        ("Solved", "處理完畢", "対応済み"),
        ("Agent", "專員", "担当者"),
        ("Queue", "服務組別", "担当グループ"),
        ("On duty", "值班中", "対応中"),
    ],
)
def test_what_people_know_from_lines_own_tools_is_called_the_same(
    said: str, chinese: str, japanese: str
) -> None:
    assert [catalogue(locale)[said].string for locale in LOCALES] == [chinese, japanese]
