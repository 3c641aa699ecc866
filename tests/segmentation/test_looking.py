"""Reading a great many rows: what is set for it holds no longer than it."""

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.db import Database
from segmentation.looking import one_moment, sorting_in_pieces


def room(database: Database, session: Session) -> object:
    return session.scalar(sa.text("PRAGMA temp_store" if database.is_sqlite else "SHOW work_mem"))


def test_there_is_more_room_to_sort_while_one_looks_and_not_after(database: Database) -> None:
    with database.read() as session:
        usual = room(database, session)
        with sorting_in_pieces(session), one_moment(session):
            assert room(database, session) == (1 if database.is_sqlite else "32MB")
        assert room(database, session) == usual != "32MB"


def test_what_the_server_was_given_is_not_made_less(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has no such setting")
    with database.read() as session:
        session.execute(sa.text("SET work_mem = '256MB'"))
        with one_moment(session):
            assert room(database, session) == "256MB"
        session.execute(sa.text("RESET work_mem"))
