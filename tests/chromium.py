"""The browser that tests drive: one place that looks for it, by the names that `script/test` knows."""

import shutil
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


def find() -> str | None:
    """Return the path of an installed Chromium."""
    return next((path for name in NAMES if (path := shutil.which(name)) is not None), None)


MARKS = [
    pytest.mark.browser,
    pytest.mark.skipif(
        find() is None, reason=f"no {' or '.join(NAMES)} on PATH (Debian: apt-get install chromium)"
    ),
]


def launched(playwright: Any) -> Any:
    """Start the browser."""
    return playwright.chromium.launch(executable_path=find(), args=list(FLAGS))
