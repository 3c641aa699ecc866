"""Passwords, kept as Argon2id."""

import base64
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import InvalidInput, Rejected

MIN_CHARS = 10
MAX_CHARS = 200
"""Whatever is longer is no password but an attempt to keep the processor busy."""

AT_ONCE = 2
"""Each hash takes 64 MiB and 120 ms: more at once would be an easy way to bring the server down."""

WAIT_S = 5.0


class Busy(Rejected):
    """Too many people sign in at this moment."""

    status = 503

    def __init__(self) -> None:
        super().__init__("too many people are signing in at this moment; try again in a minute")


class Passwords:
    """Hashes and compares passwords, few at a time."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        # The defaults are the low-memory choice of RFC 9106: 64 MiB, 3 passes, 4 lanes.
        self._hasher = hasher or PasswordHasher()
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._nobodys = _hash_of_nothing(self._hasher)

    def hashed(self, password: str) -> str:
        """Return what is kept of a password.

        :raises InvalidInput: it is too short, or absurdly long.
        """
        if len(password) < MIN_CHARS:
            raise InvalidInput({"password": f"must have at least {MIN_CHARS} characters"})
        if len(password) > MAX_CHARS:
            raise InvalidInput({"password": f"must have at most {MAX_CHARS} characters"})
        with self._place():
            return self._hasher.hash(password)

    def fits(self, kept: str | None, password: str) -> bool:
        """Say whether it is the right password; takes as long when there is none to compare with."""
        with self._place():
            try:
                self._hasher.verify(kept or self._nobodys, password[:MAX_CHARS])
            except (VerificationError, InvalidHashError):
                return False
        return kept is not None and len(password) <= MAX_CHARS

    def is_outdated(self, kept: str) -> bool:
        """Say whether a hash was made with weaker parameters than today's."""
        return self._hasher.check_needs_rehash(kept)

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(timeout=WAIT_S):
            raise Busy
        try:
            yield
        finally:
            self._places.release()


def _hash_of_nothing(hasher: PasswordHasher) -> str:
    """Return a hash that no password has, and that costs as much to compare with as any other."""

    def part(length: int) -> str:
        return base64.b64encode(os.urandom(length)).decode().rstrip("=")

    return (
        f"$argon2id$v=19$m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
        f"${part(hasher.salt_len)}${part(hasher.hash_len)}"
    )
