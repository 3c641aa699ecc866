"""Take the pictures of the READMEs: start the program in an empty folder, walk the tour, look.

    .venv/bin/python -m script.take_pictures

Needs Chromium, fonts for Chinese and Japanese, and the packages of requirements/dev.txt.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from script.tour import Tour
from tests.chromium import launched

ROOT = Path(__file__).parent.parent
PICTURES = ROOT / "docs" / "pictures"
PORT = 18400
LANGUAGES = ("en", "zh-TW", "ja")
WINDOW = {"width": 1280, "height": 860}
ZONE = "Asia/Taipei"
"""Of whoever looks: where the shop is, so that the phone and the console tell the same time."""
READY_WITHIN_S = 400


def main() -> None:
    """Write docs/pictures/tour-*.png."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = launched(playwright)
        for language in LANGUAGES:
            home = Path(folder, language)
            home.mkdir()
            _with_program(home, partial(_walk, browser, language))
        browser.close()


def _with_program(home: Path, work: Callable[[str], None]) -> None:
    """Start the program in an empty folder, and let `work` have the link that it prints."""
    environment = {**os.environ, "PORT": str(PORT), "PYTHONPATH": str(ROOT)}
    with (home / "told").open("w") as told:
        program = subprocess.Popen(
            [sys.executable, "-m", "bot", "up"],
            cwd=home,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=told,
        )
    try:
        work(_link(home / "told"))
    finally:
        program.send_signal(signal.SIGTERM)
        program.wait(timeout=30)


def _link(told: Path) -> str:
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until:
        found = re.search(r"http\S+/sign-in/\S+", told.read_text())
        if found is not None:
            return found[0]
        time.sleep(0.2)
    raise TimeoutError(f"the program did not become ready within {READY_WITHIN_S} s")


def _walk(browser: Browser, language: str, link: str) -> None:
    context = browser.new_context(viewport=WINDOW, locale=language, timezone_id=ZONE)  # type: ignore[arg-type]

    def take(number: int, page: Page) -> None:
        page.wait_for_timeout(900)  # bubbles slide in
        page.screenshot(path=PICTURES / f"tour-{number}.{language}.png")

    Tour(context.new_page(), f"http://127.0.0.1:{PORT}/console", language, take).walks(link)
    context.close()


if __name__ == "__main__":
    main()
