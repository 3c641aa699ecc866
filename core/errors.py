"""What can go wrong that a person can put right.

Rejected            someone can fix it; the text is theirs to read       400
├─ InvalidInput     .fields: {"send_at": "must be in the future"}        422
├─ NotFound                                                              404
├─ NotAllowed                                                            403
└─ Conflict         IllegalTransition                                    409

Anything else is a bug of ours: rolled back, logged with its ids, 500.
"""

from collections.abc import Mapping


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
