"""Bringing the tables up to date, and what is said when the settings or the database will not do."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import COMMANDS, cli
from bot.peek import newest_migration
from core.db import Database
from core.migrating import missing_migrations


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SECRET_KEY", "k" * 40)


def test_check_names_what_is_missing_and_upgrade_applies_it(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    before = CliRunner().invoke(cli, ["db", "check"])
    assert before.exit_code == 1
    assert before.stderr.startswith("migrations are missing: 0001")
    assert CliRunner().invoke(cli, ["db", "upgrade"]).stdout.startswith("applied 0001")
    assert CliRunner().invoke(cli, ["db", "check"]).stdout == "up to date\n"
    assert CliRunner().invoke(cli, ["db", "upgrade"]).stdout == "nothing to do\n"


def test_the_newest_migration_is_the_one_with_the_highest_number() -> None:
    database = Database.connect("sqlite:///:memory:")
    assert newest_migration() == missing_migrations(database)[-1]
    database.dispose()


def test_a_database_that_is_not_up_to_date_is_told_in_a_line(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database_url)
    refused = CliRunner().invoke(cli, ["inbox", "parked"])
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.count("\n") == 1
    assert refused.stderr.endswith("run `python -m bot db upgrade`\n")


def test_a_database_that_does_not_answer_is_told_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody:geheim@127.0.0.1:9/nothing")
    refused = CliRunner().invoke(cli, ["contact", "show", "U1"])
    assert refused.exit_code == 1
    assert refused.stderr.startswith("the database cannot be used: ")
    assert refused.stderr.count("\n") == 1
    assert "geheim" not in refused.stderr


def test_every_fault_of_the_settings_is_told_on_a_line_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "eighty")
    monkeypatch.setenv("TIME_ZONE", "Mars/Olympus")
    refused = CliRunner().invoke(cli, ["inbox", "parked"])
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert [line.split()[0] for line in refused.stderr.splitlines()] == ["PORT", "TIME_ZONE"]


def test_unknown_commands_are_wrong_usage() -> None:
    assert CliRunner().invoke(cli, ["dance"]).exit_code == 2


def test_the_list_of_commands_imports_none_of_them() -> None:
    program = (
        "import sys; from bot.cli import cli; cli(['--help'], standalone_mode=False);"
        "sys.exit(any(name in sys.modules for name in ('sqlalchemy', 'flask', 'linebot')))"
    )
    shown = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert all(name in shown.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_tells_how_it_is_used(name: str) -> None:
    shown = CliRunner().invoke(cli, [name, "--help"])
    assert shown.exit_code == 0
    assert shown.stdout.startswith(f"Usage: cli {name} ")
