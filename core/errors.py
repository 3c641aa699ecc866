"""What can go wrong that a person can put right.

Rejected            someone can fix it; the text is theirs to read       400
├─ InvalidInput     .fields: {"send_at": "must be in the future"}        422
├─ NotFound                                                              404
├─ NotAllowed                                                            403
└─ Conflict         IllegalTransition                                    409

Anything else is a bug of ours: rolled back, logged with its ids, 500.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from traceback import walk_tb

OURS = Path(__file__).parent.parent
MOST_FRAMES = 4


class Rejected(Exception):  # noqa: N818 - the name is what happened to the request
    """Refuse a request in words that the person who made it can act upon."""

    status = 400

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidInput(Rejected):
    """Refuse input, naming every faulty field at once."""

    status = 422

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {reason}" for name, reason in fields.items()))
        self.fields = dict(fields)


class NotFound(Rejected):
    """Say what was looked for and is not there."""

    status = 404


class NotAllowed(Rejected):
    """Say which permission is missing."""

    status = 403


class Conflict(Rejected):
    """Say which other change came first."""

    status = 409


class IllegalTransition(Conflict):
    """A state cannot follow the one it is in."""

    def __init__(self, noun: str, current: str, wanted: str) -> None:
        super().__init__(f"a {noun} that is {current} cannot become {wanted}")
        self.current = current
        self.wanted = wanted


def describe(error: BaseException) -> str:
    """Say what an exception is and where it came from, for logs and for staff.

    Its message only if it is one of ours above: any other may quote what a customer wrote.
    `KeyError in questionnaires/path.py:12 < handlers/questionnaire.py:80, while handling ValueError in …`
    """
    told = [_describe_one(error)]
    earlier, known = _cause_of(error), {id(error)}
    while earlier is not None and id(earlier) not in known:
        known.add(id(earlier))
        told.append(_describe_one(earlier))
        earlier = _cause_of(earlier)
    return ", while handling ".join(told)


def _describe_one(error: BaseException) -> str:
    kind = type(error).__name__
    driver = getattr(error, "orig", None)
    code = getattr(driver, "sqlite_errorname", None) or getattr(driver, "sqlstate", None)
    said = f": {error.message}" if isinstance(error, Rejected) else f" {code}" if code else ""
    places = list(_places(error))[::-1][:MOST_FRAMES]
    return f"{kind}{said}" + (f" in {' < '.join(places)}" if places else "")


def _places(error: BaseException) -> Iterator[str]:
    """Yield the lines of our own code that the exception came through, the innermost last."""
    for frame, line in walk_tb(error.__traceback__):
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(OURS) and "site-packages" not in path.parts:
            yield f"{path.relative_to(OURS)}:{line}"


def _cause_of(error: BaseException) -> BaseException | None:
    if error.__cause__ is not None:
        return error.__cause__
    return None if error.__suppress_context__ else error.__context__
