"""Which addresses a message may lead to or load."""

import re

from rendering.elements import as_text

# One shape for all four schemes; blanks, quotes, angle brackets and backslashes never stand in one.
_LINK = re.compile(r"(?:(?:https?|line)://|tel:)[^\s\"'<>\\^`{|}\x00-\x20\x7f-\x9f]+", re.IGNORECASE)
_MEDIA = re.compile(r"https?://[^\s\"'<>\\^`{|}\x00-\x20\x7f-\x9f]+", re.IGNORECASE)
_OWN = re.compile(r"/(?!/)[A-Za-z0-9._~/?=&%-]*")
_MOST = 2000


def link(value: object) -> str | None:
    """Return an address that may be opened (http, https, tel, line), else None."""
    return _fitting(_LINK, value)


def media(value: object) -> str | None:
    """Return an address that may be loaded as picture, film or sound, else None."""
    return _fitting(_MEDIA, value)


def own_media(value: str | None) -> str | None:
    """Return an address the page itself gave: a path of its own site, or any media address."""
    return _fitting(_OWN, value) or media(value)


def _fitting(pattern: re.Pattern[str], value: object) -> str | None:
    address = as_text(value)
    return address if len(address) <= _MOST and pattern.fullmatch(address) else None
