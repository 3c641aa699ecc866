"""Entry codes: known from the first time on."""

from contacts import entry
from core.db import Database
from tests.line.queues import NOON, a_channel


def test_registering_says_whether_the_code_is_new(database: Database) -> None:
    channel_id = a_channel(database)
    with database.write() as session:
        assert entry.register(session, channel_id, "#信義店", now=NOON)
        assert not entry.register(session, channel_id, "#信義店", now=NOON)
