"""The journal of erasures: a file beside the database, so that a backup cannot bring anybody back.

One JSON object a line: whose events are refused (a hash, useless without the secret key), and since when.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson

FILE = Path("var/erasures.jsonl")


@dataclass(frozen=True, slots=True)
class Entry:
    channel: str
    """Its name, which outlives the database."""
    user_hash: str
    erased_at: datetime


def write(entry: Entry) -> None:
    """Add an entry, durably."""
    FILE.parent.mkdir(parents=True, exist_ok=True)
    line = orjson.dumps(
        {"channel": entry.channel, "user_hash": entry.user_hash, "erased_at": entry.erased_at.isoformat()}
    )
    with FILE.open("ab") as file:
        file.write(line + b"\n")
        file.flush()
        os.fsync(file.fileno())


def entries() -> Iterator[Entry]:
    """Yield what was written; a line cut short by a crash is left out."""
    if not FILE.exists():
        return
    for line in FILE.read_bytes().splitlines():
        try:
            found = orjson.loads(line)
            yield Entry(found["channel"], found["user_hash"], datetime.fromisoformat(found["erased_at"]))
        except (orjson.JSONDecodeError, KeyError, ValueError, TypeError):
            continue


def hashes() -> frozenset[str]:
    """Return everybody who was erased."""
    return frozenset(entry.user_hash for entry in entries())
