"""The command line, called in this process with settings of its own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import CliRunner, Result

from bot.cli import cli

Run = Callable[..., Result]


@pytest.fixture
def command(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `python -m bot …` on this test's database, in an empty folder, with input that is no terminal."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("SECRET_KEY", "k" * 40)

    def run(*arguments: str, **more: Any) -> Result:
        with structlog.testing.capture_logs():
            return CliRunner(catch_exceptions=False).invoke(cli, list(arguments), **more)

    return run
