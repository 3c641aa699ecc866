"""The rental story tapped through on the phone page, with every process of the program running."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.demo_persons import demo_user_id
from tests.chromium import MARKS, launched
from tests.stories.program import Program

playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

LEAK = Path(__file__).parents[2] / "simulator/static/sample.jpg"
DESK, POCKET = {"width": 1280, "height": 900}, {"width": 390, "height": 844}

pytestmark = [*MARKS, pytest.mark.slow, pytest.mark.timeout(240)]

STORIES = {
    "zh-TW": {
        "name": "王小美",
        "welcome": "王小美 您好，歡迎加入好窩租屋！",
        "menu": "找房",
        "privacy": "您提供的資料僅用於媒合物件，詳見隱私權政策。",
        "answers": {
            "想住在哪個縣市呢？": "台北市",
            "每月租金預算大約多少？（元）": "15,000–25,000",
            "想找哪種房型？": "兩房以上",
        },
        "when": ("預計什麼時候入住？", "選擇日期"),
        "pets": {"會有寵物一起入住嗎？": "有", "是哪一種寵物呢？": "貓"},
        "summary": "請確認您的找房條件",
        "confirm": "正確",
        "card": "中山國小站 電梯兩房",
        "contact": "負責台北市的專員會在服務時間內（每日 10:00–20:00）與您聯絡。",
        "consent": "好，請通知我",
        "thanks": "好的，有符合條件的新物件時會通知您。",
    },
    "ja": {
        "name": "高橋 陽菜",
        "welcome": "高橋 陽菜様、友だち追加ありがとうございます。",
        "menu": "お部屋探し",
        "privacy": "ご入力いただいた内容は物件のご紹介のみに利用いたします。",
        "answers": {
            "どの地域をご希望ですか？": "台北市",
            "毎月のご予算（家賃）はどのくらいですか？（台湾元）": "15,000～25,000",
            "どのような間取りをお探しですか？": "2LDK以上",
        },
        "when": ("ご入居はいつ頃のご予定ですか？", "日付を選ぶ"),
        "pets": {"ペットと一緒にご入居されますか？": "はい", "どのようなペットですか？": "猫"},
        "summary": "お部屋探しの条件をご確認ください",
        "confirm": "この内容で送信",
        "card": "中山國小駅 エレベーター付き2LDK",
        "contact": "台北市の担当者より、営業時間内（毎日10:00～20:00）にご連絡いたします。",
        "consent": "通知を受け取る",
        "thanks": "承知いたしました。条件に合う新着物件をお知らせします。",
    },
    "en": {
        "name": "Emily Carter",
        "welcome": "Hi Emily Carter, welcome to Haowo Homes!",
        "menu": "Find a home",
        "privacy": "We use what you tell us only to match you with homes",
        "answers": {
            "Which city would you like to live in?": "Taipei City",
            "About how much rent would you like to pay a month? (NT$)": "15,000–25,000",
            "What kind of home are you looking for?": "Two bedrooms or more",
        },
        "when": ("When would you like to move in?", "Pick a date"),
        "pets": {"Will any pets be moving in with you?": "Yes", "What kind of pet?": "Cat"},
        "summary": "Please check what you are looking for",
        "confirm": "That's right",
        "card": "Two-bed with lift, Zhongshan Elementary",
        "contact": "Our specialist for Taipei City will contact you within our opening hours",
        "consent": "Yes, notify me",
        "thanks": "Thank you, we'll let you know when a new home fits.",
    },
}


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    running = Program(tmp_path_factory.mktemp("up"))
    try:
        running.waits_until_ready()
        yield running
        running.stops()
    finally:
        running.process.kill()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright_api.sync_playwright() as started:
        browser = launched(started)
        yield browser
        browser.close()


class Phone:
    """The phone page; a script error or a refused script fails the test. Pictures of it lie in the folder."""

    def __init__(self, browser: Any, url: str, size: dict[str, int], pictures: Path) -> None:
        self.page = browser.new_page(viewport=size)
        self.troubles: list[str] = []
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on(
            "console", lambda told: self.troubles.append(told.text) if told.type == "error" else None
        )
        self.page.goto(url)
        self.entries = self.page.locator("#entries")
        self._pictures = pictures
        self._width = size["width"]

    def becomes(self, name: str) -> None:
        if self._width < 700:
            self.page.locator("#open-people").click()
        self.page.get_by_role("button", name=name).first.click()

    def reads(self, words: str) -> None:
        """Wait for words of the bot, and for them to be on the screen."""
        self.entries.get_by_text(words).last.wait_for()

    def taps(self, label: str) -> None:
        """Tap the newest button of this label in the chat."""
        self.entries.get_by_role("button", name=label, exact=True).last.click()

    def taps_in_menu(self, label: str) -> None:
        self.page.locator("#menu-panel").get_by_role("button", name=label, exact=True).click()

    def photographs(self, what: str) -> None:
        self.page.screenshot(path=self._pictures / f"{what}-{self._width}.png")

    def leaves(self) -> None:
        self.page.close()
        assert self.troubles == []


@pytest.mark.parametrize(("language", "size"), [("zh-TW", DESK), ("ja", POCKET), ("en", POCKET)])
def test_the_whole_rental_story_can_be_tapped_through(
    program: Program, browser: Any, language: str, size: dict[str, int], tmp_path: Path
) -> None:
    story: dict[str, Any] = STORIES[language]
    phone = Phone(browser, program.phone, size, tmp_path)
    phone.becomes(story["name"])
    phone.page.locator("#befriend").click()
    phone.reads(story["welcome"])
    phone.photographs("welcome")

    phone.taps_in_menu(story["menu"])
    phone.reads(story["privacy"])
    for question, label in story["answers"].items():
        phone.reads(question)
        phone.taps(label)
    question, picker = story["when"]
    phone.reads(question)
    phone.photographs("question")
    phone.taps(picker)
    day = phone.page.locator("#date-value").get_attribute("min")
    phone.page.locator("#date-value").fill(day)
    phone.page.locator("#date-dialog button[value=ok]").click()
    for question, label in story["pets"].items():
        phone.reads(question)
        phone.taps(label)
    phone.reads(story["summary"])
    phone.photographs("summary")
    phone.taps(story["confirm"])

    phone.reads(story["contact"])
    card = phone.entries.get_by_text(story["card"]).last
    card.scroll_into_view_if_needed()
    assert card.is_visible()
    pictures = phone.entries.locator("img[src*='/assets/']")
    pictures.first.wait_for()
    phone.page.wait_for_function(
        "() => [...document.querySelectorAll('#entries img')].filter(i => i.src.includes('/assets/'))"
        ".some(i => i.naturalWidth > 0)"
    )
    phone.photographs("cards")
    phone.taps(story["consent"])
    phone.reads(story["thanks"])
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    phone.leaves()

    found = program.shows(demo_user_id(story["name"]))
    assert found["display_name"] == story["name"]
    tags = {tag["name"]: tag for tag in found["tags"]}
    assert set(tags) == {
        "area:taipei",
        "budget:mid",
        "type:two_bed",
        "pet:yes",
        "pet:cat",
        "lead:qualified",
        "consent:listings",
        "wants:human",
    }
    assert tags["area:taipei"]["source"] == "question:find_home/area"
    assert tags["area:taipei"]["expires_at"] is None
    assert tags["lead:qualified"]["expires_at"] is not None
    assert found["fields"]["move_in"]["value"] == day


def test_a_viewing_and_a_repair_are_tapped_and_typed(program: Program, browser: Any, tmp_path: Path) -> None:
    phone = Phone(browser, program.phone, POCKET, tmp_path)
    phone.becomes("張志豪")
    phone.page.locator("#befriend").click()
    phone.reads("張志豪 您好，歡迎加入好窩租屋！")
    phone.taps("先逛逛")
    phone.reads("有喜歡的可以直接預約看房")
    phone.entries.get_by_role("button", name="預約看房", exact=True).first.click()
    phone.reads("想約什麼時候看房？")
    phone.taps("選擇日期與時間")
    tomorrow = phone.page.locator("#date-value").get_attribute("min")[:10]
    phone.page.locator("#date-value").fill(f"{tomorrow}T21:30")
    phone.page.locator("#date-dialog button[value=ok]").click()
    phone.reads("看房時段為每日 10:00–20:00，麻煩再選一次。")
    phone.taps("選擇日期與時間")
    phone.page.locator("#date-value").fill(f"{tomorrow}T15:30")
    phone.page.locator("#date-dialog button[value=ok]").click()
    phone.reads("請留下聯絡電話。")
    phone.page.locator("#message").fill("0912345678")
    phone.page.keyboard.press("Enter")
    phone.reads("請確認您的看房預約")
    phone.photographs("viewing")
    phone.taps("正確")
    phone.reads("已收到您的看房預約，專員確認後會再回覆您。")

    phone.taps_in_menu("報修")
    phone.taps("漏水・水管")
    phone.reads("若有立即危險，請先關閉水源或總電源")
    phone.page.locator("#message").fill("台北市中山區民生東路一段 10 號 5 樓")
    phone.page.keyboard.press("Enter")
    phone.reads("方便的話請拍張照片")
    phone.photographs("photo")
    with phone.page.expect_file_chooser() as asked:
        phone.page.locator("#quick").get_by_role("button", name="拍照").click()
    asked.value.set_files(LEAK)
    phone.reads("哪些時段方便維修？（可複選）")
    phone.taps("平日晚上")
    phone.reads("目前選了：平日晚上。")
    phone.photographs("several")
    phone.taps("選好了")
    phone.reads("請留下聯絡電話。")
    phone.page.locator("#message").fill("0912345678")
    phone.page.keyboard.press("Enter")
    phone.reads("請確認您的報修內容")
    phone.photographs("repair")
    phone.taps("正確")
    phone.reads("已收到您的報修，專員會安排師傅並與您聯絡時間。")
    phone.leaves()

    found = program.shows(demo_user_id("張志豪"))
    assert {tag["name"] for tag in found["tags"]} == {
        "intent:viewing",
        "repair:water",
        "role:tenant",
        "wants:human",
    }
    assert found["fields"]["viewing_at"]["value"] == f"{tomorrow}T15:30"
