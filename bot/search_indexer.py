"""Making what was said findable, a page at a time and after the turn."""

from collections.abc import Iterator

from contacts import search_index
from contacts.search_index import Source
from core.db import Database


class SearchIndexer:
    """Turns new and changed names, fields and messages into documents; any number of processes may do so."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._was_full = False

    def is_pressed(self) -> bool:
        """Say whether more is to be done at once."""
        return self._was_full

    def step(self) -> int:
        """Index one page; return how many rows were due in it."""
        self._was_full = False
        with self._database.read() as session:
            if not search_index.some_due(session):
                return 0
        with self._database.write() as session:
            done = search_index.index_page(session)
        self._was_full = done >= search_index.PAGE
        return done


def index_anew(database: Database) -> Iterator[int]:
    """Make every document again, in pages between which others may write; yield how many rows each had."""
    for source in Source:
        after: int | None = 0
        while after is not None:
            with database.write() as session:
                after = search_index.want_all(session, source, after=after, limit=search_index.PAGE)
    indexer = SearchIndexer(database)
    while done := indexer.step():
        yield done
