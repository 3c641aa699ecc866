"""Take the pictures of the README: start the program in an empty folder, play the story, look.

    .venv/bin/python -m script.take_pictures

Needs Chromium, fonts for Chinese, and the packages of requirements/dev.txt.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parent.parent
PICTURES = ROOT / "docs" / "pictures"
PORT = 18400
PHONE = f"http://127.0.0.1:{PORT + 1}/"
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking")
STORY = ("台北市", "15,000–25,000", "兩房以上", "越快越好", "有", "貓")


def main() -> None:
    """Write docs/pictures/*.png."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PORT": str(PORT), "PYTHONPATH": str(ROOT)}
        program = subprocess.Popen(
            [sys.executable, "-m", "bot", "up"],
            cwd=folder,
            env=environment,
            stdout=subprocess.DEVNULL,
        )
        try:
            _wait_until_ready()
            _play()
        finally:
            program.send_signal(signal.SIGTERM)
            program.wait(timeout=30)


def _wait_until_ready() -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/readyz", timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError("the program did not become ready within a minute")


def _play() -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(PHONE)
        _tap(page, "加入好友")
        _tap(page, "開始找房")
        for label in STORY:
            _tap(page, label)
        page.get_by_text("請確認您的找房條件").last.wait_for()
        _settle(page)
        page.screenshot(path=PICTURES / "summary.png")
        _tap(page, "正確")
        page.get_by_text("有符合條件的新物件時").last.wait_for()
        _settle(page)
        page.screenshot(path=PICTURES / "homes.png")
        browser.close()


def _tap(page: Page, label: str) -> None:
    page.get_by_role("button", name=label, exact=True).last.click()
    _settle(page)


def _settle(page: Page) -> None:
    page.wait_for_timeout(900)  # bubbles slide in


if __name__ == "__main__":
    main()
