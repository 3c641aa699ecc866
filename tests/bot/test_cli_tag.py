"""Taking back what one source said about people."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from contacts.models import Contact
from contacts.service import meet
from core.db import Database
from line.channels import ensure_channel
from segmentation.models import ChangeKind, TagChange
from segmentation.tags import TagBook
from tests.bot.conftest import Run

NOW = datetime(2027, 3, 1, 6, tzinfo=UTC)
IMPORT = "import:2026-11.csv"


@pytest.fixture
def imported(database: Database) -> None:
    """Three people with a tag from an import; the first was given it by staff as well."""
    with database.write() as session:
        channel = ensure_channel(session, now=NOW)
        for number in range(3):
            contact = meet(session, channel.id, f"U{number:032x}", shard=1, sent_at=NOW, now=NOW)
            book = TagBook(session, contact, event_key=None, now=NOW)
            if number == 0:
                book.set("vip", source="staff:mina")
            book.set("vip", source=IMPORT)
            session.flush()  # for the contact's id


def carriers(database: Database) -> list[str]:
    with database.read() as session:
        return [
            contact.line_user_id[-1]
            for contact in session.scalars(sa.select(Contact).order_by(Contact.id))
            if "vip" in TagBook(session, contact, event_key=None, now=NOW).names()
        ]


@pytest.mark.usefixtures("imported")
def test_an_import_is_taken_back_except_where_somebody_else_says_the_same(
    command: Run, database: Database
) -> None:
    assert command("tag", "undo", IMPORT, "--dry-run").stdout == "3 tags of 3 people would be taken back\n"
    assert carriers(database) == ["0", "1", "2"]
    assert command("tag", "undo", IMPORT).stdout == "3 tags of 3 people were taken back\n"
    assert carriers(database) == ["0"]
    assert command("tag", "undo", IMPORT).stdout == "0 tags of 3 people were taken back\n"
    with database.read() as session:
        kinds = list(session.scalars(sa.select(TagChange.kind).where(TagChange.source == IMPORT)))
    assert kinds.count(ChangeKind.WITHDRAWN) == 3, "history is kept"


@pytest.mark.usefixtures("imported")
def test_a_source_that_never_said_anything_is_told(command: Run) -> None:
    refused = command("tag", "undo", "import:2026")
    assert (refused.exit_code, refused.stderr) == (1, "no tag was ever set by import:2026\n")
