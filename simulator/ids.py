"""Identifiers in the shapes LINE gives them; the same seed gives the same series."""

import itertools
import random

from core.clock import system_clock

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MARK = "5111a7ed5111a7ed"
SIMULATED = 9 * "_" + _MARK + "%"
"""What SQL's LIKE knows the ids by of everybody whom the simulator makes up. LINE gives any 32 digits after the U,
so somebody real has these in the middle with a chance of one in 2 to the power of 64."""
_FIRST_MESSAGE_ID = 540_000_000_000_000_000


class Ids:
    """Make identifiers. Safe to use from several threads."""

    def __init__(self, seed: int | None = None) -> None:
        # Nothing here guards a secret: these are the public ids of a simulated platform.
        self._random = random.Random(seed)  # noqa: S311
        # Ids go on growing over a restart, as LINE's do; a seed makes them start anew.
        start = _FIRST_MESSAGE_ID + (
            int(system_clock().timestamp() * 1e6) if seed is None else self._random.getrandbits(44)
        )
        self._message_numbers = itertools.count(start)

    def message_id(self) -> str:
        """Return about 18 digits, beyond what a double holds, ascending."""
        return str(next(self._message_numbers))

    def event_id(self, now_ms: int) -> str:
        """Return a ULID."""
        value = ((now_ms & ((1 << 48) - 1)) << 80) | self._random.getrandbits(80)
        return "".join([_CROCKFORD[(value >> shift) & 31] for shift in range(125, -1, -5)])

    def request_id(self) -> str:
        """Return a UUID as text."""
        digits = self.hex32()
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def hex32(self) -> str:
        """Return 32 hexadecimal digits."""
        return f"{self._random.getrandbits(128):032x}"

    def user_id(self) -> str:
        """Return the id of a user, marked as nobody's at the real LINE."""
        digits = self.hex32()
        return f"U{digits[:8]}{_MARK}{digits[24:]}"

    def token(self) -> str:
        """Return an opaque token, as used for quotes and read marks."""
        return f"{self._random.getrandbits(256):064x}"

    def rich_menu_id(self) -> str:
        """Return the id of a rich menu."""
        return "richmenu-" + self.hex32()

    def number(self, below: int) -> int:
        """Return a number from 0 to `below` - 1."""
        return self._random.randrange(below)
