"""Tries at a password that come at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

from core.db import Database
from staff.sign_in import FREE_TRIES, TooManyTries, begin

NOW = datetime(2026, 11, 22, tzinfo=UTC)
AT_ONCE = 16


def test_tries_at_once_gain_nothing(database: Database) -> None:
    together = Barrier(AT_ONCE)

    def tries(_number: int) -> bool:
        together.wait(60)
        try:
            with database.write() as session:
                begin(session, "nobody", address="192.0.2.1", now=NOW)
        except TooManyTries:
            return False
        return True

    with ThreadPoolExecutor(AT_ONCE) as pool:
        let_in = list(pool.map(tries, range(AT_ONCE)))
    assert sum(let_in) == FREE_TRIES["login"]
