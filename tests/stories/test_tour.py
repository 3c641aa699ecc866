"""The README's ten minutes, walked by a browser through the real processes, in two languages."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.bot.test_up import Program, until
from tests.chromium import MARKS
from tests.console.browser import DESK, chromium

pytestmark = [*MARKS, pytest.mark.slow, pytest.mark.timeout(900)]

__all__ = ["chromium"]

LANGUAGES = ("zh-TW", "en")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """The demo shop as a newcomer has it, for one walk after the other."""
    program = Program(tmp_path_factory.mktemp("shop"))
    try:
        program.starts(within_s=180)  # inventing six weeks takes seconds, on a busy machine minutes
        until(lambda: "sign-in/" in program.told(), within_s=90)
        # The addresses stand at the end of the screen, too, when it has stopped scrolling.
        until(lambda: program.told().split("have been played")[-1].count("sign-in/") == 1, within_s=90)
        yield program
        assert program.stops() == 0
    finally:
        program.ends()


def a_link(shop: Program) -> str:
    """Return a link that signs the admin in once."""
    told = shop.command("user", "link", "admin").stdout
    found = re.search(r"http\S+/sign-in/\S+", told)
    assert found is not None, told
    return found[0]


def test_the_ten_minutes_of_the_readme(shop: Program, chromium: Any, tmp_path: Path) -> None:
    for number, language in enumerate(LANGUAGES):
        if number:
            done = shop.command("demo", "reset")  # the draft was sent
            assert done.returncode == 0, done.stderr
        walk(shop, chromium, language, tmp_path)
    the_shop_is_taken_away(shop, chromium)


def is_fault(told: Any) -> bool:
    return told.type == "error" and "status of 401" not in told.text


def walk(shop: Program, chromium: Any, language: str, tmp_path: Path) -> None:
    from script.tour import Tour

    context = chromium.new_context(viewport=DESK, locale=language)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    # Whoever looks as somebody else is signed in anew, and what their page was asking meanwhile is refused.
    page.on("console", lambda told: faults.append(told.text) if is_fault(told) else None)
    try:
        tour = Tour(page, f"http://127.0.0.1:{shop.port}/console", language, hurries=True)
        tour.walks(a_link(shop))
    except AssertionError:
        page.screenshot(path=tmp_path / "where_it_failed.png")
        raise
    finally:
        context.close()
    assert faults == []


def the_shop_is_taken_away(shop: Program, chromium: Any) -> None:
    context = chromium.new_context(viewport=DESK, locale="en")
    page = context.new_page()
    page.goto(a_link(shop))
    page.locator("form button[type=submit]").first.click()
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("form[action$='/demo/remove'] button").click()
    page.wait_for_url("**/sign-in", timeout=60_000)
    context.close()
    # Whoever has served somebody real stays for the record, and cannot come in any more.
    left = shop.command("user", "list").stdout.splitlines()
    assert all("deactivated" in line for line in left if line.strip()), left
