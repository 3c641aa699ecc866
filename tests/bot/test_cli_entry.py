"""Links and QR codes that tell where a friend came from."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from PIL import Image

from contacts.models import EntrySource
from core.db import Database
from line.channels import Channel
from simulator.server import TEST_SECRET, TEST_TOKEN, Simulator
from simulator.taps import text_of_entry_link
from tests.bot.conftest import Run

LINK = "https://line.me/R/oaMessage/%40tagline/?%23%E4%BF%A1%E7%BE%A9%E5%BA%97"


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """A LINE that knows our account."""
    with Simulator() as simulator:
        monkeypatch.setenv("LINE_CHANNEL_SECRET", TEST_SECRET)
        monkeypatch.setenv("LINE_CHANNEL_ACCESS_TOKEN", TEST_TOKEN)
        monkeypatch.setenv("LINE_API_BASE", simulator.url)
        yield simulator


def codes(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(sa.select(EntrySource.code)))


def test_a_code_is_registered_once_and_its_link_printed(
    command: Run, line: Simulator, database: Database, tmp_path: Path
) -> None:
    out = tmp_path / "xinyi.svg"
    assert command("entry", "qr", "#信義店", "--out", str(out)).stdout == f"{LINK}\n"
    assert "<svg" in out.read_text()
    assert command("entry", "qr", " 信義店 ").stdout == f"{LINK}\n", "the sign in front may be left out"
    assert codes(database) == ["#信義店"]
    assert text_of_entry_link(LINK) == "#信義店"


def test_the_code_is_drawn_as_a_picture_or_on_the_terminal(
    command: Run, line: Simulator, tmp_path: Path
) -> None:
    out = tmp_path / "xinyi.png"
    command("entry", "qr", "#信義店", "--out", str(out))
    with Image.open(out) as picture:
        assert min(picture.size) > 300
    drawn = command("entry", "qr", "#信義店").stderr.splitlines()
    assert len({len(row) for row in drawn}) == 1
    assert len(drawn) > 15


def test_while_line_does_not_answer_its_last_word_counts_and_that_is_said(
    command: Run, line: Simulator, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    command("entry", "qr", "#a")
    with database.read() as session:
        assert session.scalar(sa.select(Channel.basic_id)) == "@tagline"
    monkeypatch.setenv("LINE_API_BASE", "http://127.0.0.1:9")  # where nobody answers
    given = command("entry", "qr", "#b")
    assert given.stdout == "https://line.me/R/oaMessage/%40tagline/?%23b\n"
    assert given.stderr.startswith("LINE cannot be asked just now; the account was @tagline")


def test_after_the_credentials_were_changed_codes_lead_to_the_new_account(
    command: Run, line: Simulator
) -> None:
    command("entry", "qr", "#a")
    line.line.basic_id = "@realshop"
    assert command("entry", "qr", "#a").stdout == "https://line.me/R/oaMessage/%40realshop/?%23a\n"


def test_a_line_that_does_not_answer_is_told(command: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINE_API_BASE", "http://127.0.0.1:9")
    refused = command("entry", "qr", "#a")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.startswith("LINE did not tell the account's basic id")


@pytest.mark.parametrize("code", ["", "#", "#a\nb", "#" + "x" * 100])
def test_codes_that_cannot_be_typed_are_refused(command: Run, code: str) -> None:
    refused = command("entry", "qr", code)
    assert refused.exit_code == 1
    assert refused.stderr.startswith("code: must ")


def test_other_kinds_of_pictures_are_wrong_usage(command: Run) -> None:
    assert command("entry", "qr", "#a", "--out", "a.gif").exit_code == 2
