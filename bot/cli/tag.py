"""`tag`: what one source said about people."""

from collections.abc import Sequence

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.cli.opening import open_database
from bot.cli.user import whoever_types
from contacts.models import Contact
from core.clock import system_clock
from core.errors import NotFound
from segmentation import tags
from segmentation.tags import TagBook
from staff.audit import record

PAGE = 200


@click.group()
def tag() -> None:
    """Take back what one source said about people."""


@tag.command()
@click.argument("source")
@click.option("--dry-run", is_flag=True, help="Only count.")
def undo(source: str, *, dry_run: bool) -> None:
    """Take back every tag that SOURCE set, such as `rule:auto_reply/rent` or `import:2026-11.csv`.

    A tag stays on whom another source gave it too. History is kept.
    """
    with open_database() as database:
        with database.read() as session:
            people = tags.tagged_by(session, source)
        if not people:
            raise NotFound(f"no tag was ever set by {source}")
        count = 0
        for start in range(0, len(people), PAGE):
            page = people[start : start + PAGE]
            if dry_run:
                with database.read() as session:
                    count += _standing(session, source, page)
            else:
                with database.write() as session:
                    count += tags.undo(session, source, page, now=system_clock())
        if not dry_run:
            with database.write() as session:
                told = {"tags": count, "people": len(people)}
                record(session, whoever_types(), "tag.undo", "source", source, system_clock(), told)
    click.echo(f"{count} tags of {len(people)} people {'would be' if dry_run else 'were'} taken back")


def _standing(session: Session, source: str, contact_ids: Sequence[int]) -> int:
    """Return how many tags the source stands by now."""
    people = session.scalars(sa.select(Contact).where(Contact.id.in_(contact_ids)))
    books = (TagBook(session, one, event_key=None, now=system_clock()) for one in people)
    return sum(word.source == source for book in books for _, word in book.set_by(source))
