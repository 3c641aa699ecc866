"""The menu at the bottom of the chat: one per language, and as a card where there is none."""

import pytest

from simulator.persons import Author
from tests.shop import Shop
from tests.stories.customer import Customer

AREAS = {
    "zh-TW": ["找房", "預約看房", "報修", "專人服務"],
    "ja": ["お部屋探し", "内見予約", "修理のご依頼", "担当者に相談"],
    "en": ["Find a home", "Book a viewing", "Repairs", "Talk to us"],
}
FIRST_QUESTIONS = {
    "zh-TW": "想住在哪個縣市呢？",
    "ja": "どの地域をご希望ですか？",
    "en": "Which city would you like to live in?",
}
BARS = {"zh-TW": "點我開啟選單", "ja": "メニューを開く", "en": "Open the menu"}


@pytest.fixture(autouse=True)
def published_menus(agency: Shop) -> None:
    """Menus made at LINE before anybody comes."""
    agency.does_chores()


def shown_bar(shop: Shop, customer: Customer) -> str:
    menu = shop.simulator.line.menus.shown_to(customer.person.state)
    assert menu is not None
    assert menu.picture, "LINE shows no menu without a picture"
    return str(menu.body["chatBarText"])


@pytest.mark.parametrize("language", ["zh-TW", "ja", "en"])
def test_everybody_has_the_menu_of_their_language(agency: Shop, language: str) -> None:
    guest = Customer(agency, "Guest", language=language)
    guest.follows()
    agency.does_chores()
    assert guest.person.menu == AREAS[language]
    assert shown_bar(agency, guest) == BARS[language]
    assert guest.taps(AREAS[language][0])[-1] == FIRST_QUESTIONS[language]
    assert guest.person.chat[-1].body["type"] == "flex"


def test_a_language_we_do_not_speak_gets_the_default_one(agency: Shop) -> None:
    guest = Customer(agency, "김민지", language="ko")
    guest.follows()
    agency.does_chores()
    assert guest.person.menu == AREAS["zh-TW"]


def test_the_default_menu_is_linked_to_nobody(agency: Shop, mina: Customer) -> None:
    """It is there for everybody, so it costs no call."""
    mina.follows()
    agency.does_chores()
    assert mina.person.state.rich_menu_id is None
    assert mina.person.menu == AREAS["zh-TW"]


def test_who_changes_the_language_of_the_phone_gets_the_other_menu(agency: Shop) -> None:
    guest = Customer(agency, "Guest", language="ja")
    guest.follows()
    agency.does_chores()
    guest.person.state.language = "en"
    agency.waits(days=8)
    agency.does_chores()
    guest.says("hello")
    agency.does_chores()
    assert guest.person.menu == AREAS["en"]


def test_who_comes_back_has_their_menu_again(agency: Shop) -> None:
    guest = Customer(agency, "Guest", language="ja")
    guest.follows()
    agency.does_chores()
    guest.unfollows()
    guest.person.state.rich_menu_id = None
    guest.follows()
    agency.does_chores()
    assert guest.person.menu == AREAS["ja"]


@pytest.mark.parametrize("word", ["選單", "menu", "ＭＥＮＵ", "メニュー", "选单", "主選單", " 選單 "])
def test_the_menu_comes_as_a_card_when_typed(mina: Customer, word: str) -> None:
    assert mina.says(word) == ["需要什麼服務呢？"]
    assert mina.buttons == AREAS["zh-TW"]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_card_speaks_the_contacts_language(agency: Shop, language: str) -> None:
    guest = Customer(agency, "Guest", language=language)
    guest.says("menu")
    assert guest.buttons == AREAS[language]
    assert guest.taps(AREAS[language][0])[-1] == FIRST_QUESTIONS[language]


def test_every_tap_on_the_menu_is_recorded_with_its_words(agency: Shop, mina: Customer) -> None:
    mina.follows()
    agency.does_chores()
    for label in ("找房", "專人服務"):
        mina.taps(label)
    assert mina.recorded_taps == [("menu.main.find", "找房"), ("menu.main.human", "專人服務")]
    own = [entry.body["text"] for entry in mina.person.chat if entry.author is Author.PERSON]
    assert own == ["找房", "專人服務"], "the chat shows what was tapped"
