"""How a person stands in a list before their picture is there: a letter on one of six colours."""

import zlib

HUES = 6


def initial(name: str) -> str:
    """Return the letter for somebody's picture: the first that is one, for names may begin with anything."""
    return next((letter.upper() for letter in name if letter.isalnum()), "?")


def hue(name: str) -> int:
    """Return the number of a colour that stays with the name."""
    return zlib.crc32(name.encode()) % HUES
