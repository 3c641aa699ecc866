"""What is told of an exception, where anybody's words may be in its message."""

import sqlalchemy as sa

from core.db import Database
from core.errors import NotFound, describe

SAID = "my secret illness"


def raised(act: object) -> BaseException:
    try:
        act()  # type: ignore[operator]
    except Exception as error:  # noqa: BLE001 - whatever it is, it is looked at
        return error
    raise AssertionError("nothing was raised")


def stumble() -> None:
    int(SAID)


def stumble_twice() -> None:
    try:
        stumble()
    except ValueError as error:
        raise KeyError(SAID) from error


def test_type_and_our_lines_are_told_and_never_the_message() -> None:
    line = stumble.__code__.co_firstlineno + 1
    told = describe(raised(stumble))
    assert told.startswith(f"ValueError in tests/core/test_errors.py:{line} < tests/core/test_errors.py:")
    assert SAID not in told


def test_so_is_what_it_was_raised_from() -> None:
    told = describe(raised(stumble_twice))
    assert told.startswith("KeyError in tests/core/test_errors.py:")
    assert ", while handling ValueError in tests/core/test_errors.py:" in told
    assert SAID not in told


def test_what_we_refuse_in_our_own_words_is_told_in_them() -> None:
    assert describe(NotFound("no schedule is called x")) == "NotFound: no schedule is called x"


def test_an_error_of_the_database_is_told_by_its_code(database: Database) -> None:
    def ask() -> None:
        with database.read() as session:
            session.execute(sa.text(f"SELECT '{SAID}' FROM nowhere"))

    told = describe(raised(ask))
    assert told.startswith(("OperationalError SQLITE_ERROR in ", "ProgrammingError 42P01 in "))
    assert SAID not in told


def test_a_chain_that_bites_its_tail_comes_to_an_end() -> None:
    first, second = ValueError(SAID), KeyError(SAID)
    first.__cause__, second.__cause__ = second, first
    assert describe(first) == "ValueError, while handling KeyError"
