"""Which addresses LINE accepts: where a tap may lead, and where a picture may lie."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from line.shapes import Check, Fault

LINK_LIMIT = 1_000
MEDIA_LIMIT = 2_000
LINK_SCHEMES = frozenset({"http", "https", "line", "tel"})
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})

_ENCODED = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")


def link(value: object, path: str) -> Iterator[Fault]:
    """Check what a tap opens: web, phone or LINE itself."""
    yield from _address(value, path, LINK_LIMIT)
    if isinstance(value, str):
        scheme, _, rest = value.partition(":")
        if scheme.lower() not in LINK_SCHEMES or not rest.strip("/"):
            yield Fault(path, "must begin with https://, http://, line:// or tel:")


def media_url(value: object, path: str) -> Iterator[Fault]:
    """Check where LINE or a phone fetches something from: HTTPS, or this machine while trying out."""
    faults = list(_address(value, path, MEDIA_LIMIT))
    yield from faults
    if not faults and not _is_safe_origin(str(value)):
        yield Fault(path, "must be an https:// address")


def extensionless(check: Check) -> Check:
    """Refuse a base address that names a file; LINE appends the width itself."""

    def checked(value: object, path: str) -> Iterator[Fault]:
        yield from check(value, path)
        if isinstance(value, str) and re.search(r"\.(?:png|jpe?g|gif|webp)$", value, re.IGNORECASE):
            yield Fault(path, "must not end in a file extension: LINE appends /1040 and other widths")

    return checked


def _address(value: object, path: str, limit: int) -> Iterator[Fault]:
    if not isinstance(value, str):
        yield Fault(path, "must be an address")
    elif len(value) > limit:
        yield Fault(path, f"at most {limit:,} characters, this has {len(value):,}")
    elif not _ENCODED.fullmatch(value):
        yield Fault(path, "must be percent-encoded: no spaces, no letters beyond ASCII, % only as in %20")


def _is_safe_origin(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port  # raises for a port that is no port
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK_HOSTS))
