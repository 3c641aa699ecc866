"""Random public ids, and the shard a contact's rows belong to."""

import secrets
import zlib

SHARDS = 64
"""Fixed for ever: rows store the number, and a distributed database is cut along it."""

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
"""No 0/o and no 1/i/l: people read these ids aloud."""
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]


def new_public_id(length: int = 12) -> str:
    """Return a random id of an even length for URLs and postbacks: 12 letters carry 59 bits."""
    number = secrets.randbelow(len(_ALPHABET) ** length)
    pairs = []
    for _ in range(length // 2):
        number, pair = divmod(number, len(_PAIRS))
        pairs.append(_PAIRS[pair])
    return "".join(pairs)


def shard_of(lane_key: str) -> int:
    """Return the shard of a lane, the same in every process and for ever."""
    return zlib.crc32(lane_key.encode()) % SHARDS
