"""Where a page of a list ended, as its link for more hands it back: a moment, and what tells rows of one moment apart."""

import base64
import binascii
from datetime import UTC, datetime


def write_place(at: datetime, which: str) -> str:
    """Return a place as letters that an address may carry."""
    micros = round(at.timestamp() * 1_000_000)
    return base64.urlsafe_b64encode(f"{micros}.{which}".encode()).decode().rstrip("=")


def read_place(written: str) -> tuple[datetime, str] | None:
    """Read what a page handed back; None for what no page ever wrote."""
    written = written[:80]
    try:
        raw = base64.urlsafe_b64decode(written + "=" * (-len(written) % 4)).decode("ascii")
        micros, _, which = raw.partition(".")
        at = datetime.fromtimestamp(int(micros) / 1_000_000, UTC)
    except (ValueError, OverflowError, OSError, binascii.Error):
        return None
    return (at, which) if which.isprintable() else None
