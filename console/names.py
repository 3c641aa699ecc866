"""How a person stands in a list: by their picture at LINE, or a letter on one of six colours."""

import re
import zlib

HUES = 6
_LINES_PICTURE = re.compile(r"https://[a-z0-9-]+\.line-scdn\.net/[\w/.?=&%~+-]*", re.ASCII)


def initial(name: str) -> str:
    """Return the letter for somebody's picture: the first that is one, for names may begin with anything."""
    return next((letter.upper() for letter in name if letter.isalnum()), "?")


def hue(name: str) -> int:
    """Return the number of a colour that stays with the name."""
    return zlib.crc32(name.encode()) % HUES


def lines_picture(address: str | None) -> str:
    """Return the address of a picture that LINE keeps; empty for every other address."""
    return address if address is not None and _LINES_PICTURE.fullmatch(address) else ""
