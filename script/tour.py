"""The README's ten minutes as one walk through a browser: it takes the pictures, and the tests take it as well."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from playwright.sync_api import FrameLocator, Locator, Page, expect

PATIENCE_MS = 60_000
ANSWER: Mapping[str, str] = {
    "zh-TW": "您好，這週六下午兩點可以帶您看中山國小站那間，方便嗎？",
    "en": "Hello! Saturday at two would work for the home near Zhongshan. Does that suit you?",
    "ja": "土曜日の14時に中山國小站のお部屋をご案内できますが、いかがでしょうか。",
}
SATISFIED: Mapping[str, str] = {"zh-TW": "滿意", "en": "good", "ja": "満足"}
"""What staff read of somebody who chose the first of the three answers."""
BUDGET: Mapping[str, str] = {"zh-TW": "「預算」", "en": "Budget", "ja": "「ご予算」"}
"""What staff read of the question behind one of the tags."""
ARRIVED: Mapping[str, str] = {
    "zh-TW": "已送達手機",
    "en": "Arrived on the phone",
    "ja": "スマートフォンに届きました",
}
GOT_IT: Mapping[str, str] = {"zh-TW": "已收到", "en": "got it", "ja": "受信した"}


@dataclass
class Tour:
    """One walk: signed in by the link that the start printed, then seven steps.

    :param language: of the console.
    :param hurries: step through the story instead of waiting as long as somebody would read.
    :param shows: called with the number of each step when there is something to see.
    """

    page: Page
    console: str
    language: str
    shows: Callable[[int, Page], None] = lambda _number, _page: None
    hurries: bool = False
    _person: str = ""
    _recipients: int = 0
    _in_segment: int = 0

    def walks(self, link: str) -> None:
        """Take every step; fails where something that the README promises is not seen."""
        self._signs_in(link)
        self._opens_the_stage()
        name = self._plays_the_story()
        self._answers(name)
        self._solves()
        self._looks_at_the_segment(name)
        self._sends()
        self._reads_the_report(name)

    def _signs_in(self, link: str) -> None:
        self.page.goto(link)
        self.page.locator("main button[type=submit], form button[type=submit]").first.click()
        expect(self.page.locator(".demo-band")).to_be_visible(timeout=PATIENCE_MS)
        self._looks_as("admin")
        expect(self.page.locator("html")).to_have_attribute("lang", self.language)

    def _looks_as(self, login: str) -> None:
        self.page.locator(f'.demo-eye[value="{login}"]').click()
        expect(self.page.locator(f'.demo-eye[value="{login}"]')).to_have_attribute("aria-pressed", "true")
        if self.page.locator("html").get_attribute("lang") != self.language:
            self.page.locator(".side-user summary").click()
            self.page.locator(f'.side-user .menu-languages [value="{self.language}"]').click()
            expect(self.page.locator("html")).to_have_attribute("lang", self.language)

    def _opens_the_stage(self) -> None:
        self.page.goto(f"{self.console}/stage/")
        expect(self._phone.locator("#phone")).to_be_visible(timeout=PATIENCE_MS)
        expect(self.page.locator(".stage-light").first).to_be_visible()
        expect(self.page.locator(".stage-light.is-lit")).to_have_count(0)
        self.shows(1, self.page)

    def _plays_the_story(self) -> str:
        self.page.locator("#play-start").click()
        expect(self.page.locator("#play-step")).to_be_visible()
        while self.hurries and self.page.locator("#play-start").is_disabled():
            # Not by the mouse: the button goes when the last step is done.
            self.page.locator("#play-step").dispatch_event("click")
            self.page.wait_for_timeout(300)
        lit = self.page.locator(".stage-light.is-lit")
        expect(lit.first).to_be_visible(timeout=PATIENCE_MS)
        expect(self.page.locator(".stage-agent")).to_contain_text("林雅婷", timeout=PATIENCE_MS)
        expect(self.page.locator("#play-start")).to_be_enabled(timeout=PATIENCE_MS)
        expect(self.page.locator(".stage-tag")).to_have_count(9)
        expect(lit).to_have_count(3)
        expect(self.page.locator(".stage-tag", has_text=BUDGET[self.language])).to_have_count(1)
        expect(self.page.locator(".stage-why li").first).to_be_visible()
        free, paid = self._costs()
        assert (free > 0, paid) == (True, 0), "every answer of the bot was a free reply"
        self.shows(2, self.page)
        whose = self.page.locator("#stage-person")
        self._person = whose.input_value()
        return str(whose.evaluate("select => select.selectedOptions[0].textContent"))

    def _answers(self, name: str) -> None:
        ticket = self.page.locator(".stage-box a[href*='/inbox/']").get_attribute("href")
        self._looks_as("lin")
        self.page.goto(f"{self.console.removesuffix('/console')}{ticket}")
        expect(self.page.locator(".head-name")).to_have_text(re.compile(re.escape(name)))
        box = self.page.locator('form[data-write="answer"] textarea')
        box.fill(ANSWER[self.language])
        box.press("Enter")
        expect(self.page.locator("#scroll")).to_contain_text(ANSWER[self.language], timeout=PATIENCE_MS)
        expect(box).to_have_value("")
        self.page.wait_for_timeout(1500)
        self.shows(3, self.page)

    def _solves(self) -> None:
        self.page.locator("#solve button").click()
        expect(self.page.locator(".is-solved")).to_be_visible(timeout=PATIENCE_MS)
        expect(self.page.locator("#obstacle")).to_be_visible()
        expect(self.page.locator('form[data-write="answer"]')).to_have_count(0)
        self.page.goto(f"{self.console}/stage/?person={self._person}")
        expect(self._phone.locator("#entries")).to_contain_text(ANSWER[self.language], timeout=PATIENCE_MS)
        expect(self._newest_actions).to_have_count(3, timeout=PATIENCE_MS)
        rating = self._newest_actions.first
        expect(rating).to_be_visible()
        case = self.page.locator("[data-new^='ticket']")
        expect(case).to_be_visible(timeout=PATIENCE_MS)
        expect(case).not_to_contain_text(SATISFIED[self.language])
        free, paid = self._costs()
        self.shows(4, self.page)
        rating.click()
        # It is the bot that takes the answer, and thanks for it: free of charge, and the ticket holds it.
        expect(case).to_contain_text(SATISFIED[self.language], timeout=PATIENCE_MS)
        expect(self.page.locator(".stage-cost dd").first).to_have_text(str(free + 1), timeout=PATIENCE_MS)
        assert self._costs() == (free + 1, paid)

    def _looks_at_the_segment(self, name: str) -> None:
        self._looks_as("marketer")
        self.page.goto(f"{self.console}/segments/")
        self.page.locator("a[href*='/console/segments/']", has_text=self._two_rooms).first.click()
        self.page.locator("#why input[type=search]").fill(name)
        self.page.locator("#why-found a", has_text=name).first.click()
        expect(self.page.locator(".verdict")).to_contain_text(name)
        expect(self.page.locator(".verdict .badge.bg-green-lt")).to_be_visible()
        self.shows(5, self.page)

    def _sends(self) -> None:
        self.page.goto(f"{self.console}/campaigns/")
        self.page.locator("a[href*='/console/campaigns/']", has_text=re.compile("^本週新上架$")).first.click()
        self.page.locator("a[href$='/send']").click()
        self.page.on("dialog", lambda dialog: dialog.accept())
        expect(self.page.locator('.send-way input[value="now"]')).to_have_count(1)
        expected = self.page.locator(".expected")
        self._recipients = _number(expected.locator(".expected-number strong").inner_text())
        left_out = [_number(one) for one in expected.locator(".bar-count").all_inner_texts()]
        self._in_segment = self._recipients + sum(left_out)
        assert self._recipients > 0
        expect(expected).to_contain_text(re.compile(rf"\b{self._in_segment}\b"))
        expect(expected.locator("progress.quota")).to_be_visible()
        expect(expected).to_contain_text("$")
        self.shows(6, self.page)
        self.page.locator(".send-way button").first.click()

    def _reads_the_report(self, name: str) -> None:
        expect(self.page.locator("#campaign-state[hx-get]")).to_have_count(0, timeout=PATIENCE_MS)
        campaign = self.page.url
        self._taps_the_message()
        self.page.goto(campaign)
        numbers = [_number(one) for one in self.page.locator(".report dd").all_inner_texts()]
        got, tapped, blocked, left_out = numbers
        assert (got, got + left_out) == (self._recipients, self._in_segment), "as it was said before"
        assert (tapped, blocked) == (1, 0)
        reasons = [_number(one) for one in self.page.locator(".report-card .bar-count").all_inner_texts()]
        assert sum(reasons) == left_out
        self.page.locator("#why input[type=search]").fill(name)
        self.page.locator("#why-found a", has_text=name).first.click()
        verdict = self.page.locator("#why .verdict")
        expect(verdict).to_contain_text(name)
        expect(verdict.locator(".badge.bg-green-lt").first).to_have_text(GOT_IT[self.language])
        # When the audience was worked out, it was released, LINE answered, and it was tapped.
        expect(verdict.locator(".facts time")).to_have_count(4)
        self.page.evaluate("scrollTo(0, 0)")
        self.shows(7, self.page)

    def _taps_the_message(self) -> None:
        """See on the phone what has arrived, and tap a button of it."""
        self.page.goto(f"{self.console}/stage/?person={self._person}")
        expect(self._phone.locator("#entries")).to_contain_text("本週新上架", timeout=PATIENCE_MS)
        expect(self.page.locator(".stage-sendings li", has_text="本週新上架").first).to_contain_text(
            ARRIVED[self.language], timeout=PATIENCE_MS
        )
        free, _paid = self._costs()
        self._newest_actions.first.click()
        expect(self.page.locator(".stage-cost dd").first).to_have_text(str(free + 1), timeout=PATIENCE_MS)

    def _costs(self) -> tuple[int, int]:
        free, paid = (int(one) for one in self.page.locator(".stage-cost dd").all_inner_texts())
        return free, paid

    @property
    def _newest_actions(self) -> Locator:
        """Return the buttons of the newest message on the phone that has some."""
        return self._phone.locator("#entries > :has(.ln-action)").last.locator(".ln-action")

    @property
    def _phone(self) -> FrameLocator:
        return self.page.frame_locator("#stage-frame")

    @property
    def _two_rooms(self) -> str:
        return {"zh-TW": "台北兩房", "ja": "台北", "en": "Taipei"}[self.language]


def _number(words: str) -> int:
    """Return the number that words begin with, as pages write it: 1,203."""
    return int(words.split(maxsplit=1)[0].replace(",", ""))
