"""Webhook bodies as LINE sends them, signed beforehand, so that the load generator only has to send."""

import itertools
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from core.clock import system_clock
from line.signature import sign

SECRET = os.environ.get("LINE_CHANNEL_SECRET") or secrets.token_hex(16)
"""The channel secret of everything that is measured in this run; its processes inherit it."""
BOT = "U" + "0" * 32

_numbers = itertools.count(1)
_RUN = secrets.token_hex(4)


@dataclass(frozen=True, slots=True)
class SignedBody:
    """One webhook request: what is posted, and what is counted afterwards."""

    body: bytes
    signature: str
    event: Mapping[str, Any]
    reply_token: str


def user_id(number: int) -> str:
    """Return the id of an invented person."""
    return f"U{number:032x}"


def user_of(reply_token: str) -> str:
    """Return whose event brought a reply token that was made here."""
    return user_id(int(reply_token[8:20], 16))


def texts(count: int, *, users: int, text: str = "hi") -> list[SignedBody]:
    """Return text events that no other call returns, from `users` people in turn, as if the last was sent now."""
    first_ms = int(system_clock().timestamp() * 1000) - count
    return [_signed(1 + number % users, text, first_ms + number) for number in range(count)]


def write_requests(path: Path, bodies: Sequence[SignedBody]) -> None:
    """Write signature and body of each request on a line of its own."""
    with path.open("wb") as file:
        for one in bodies:
            file.write(one.signature.encode() + b"\n" + one.body + b"\n")


def _signed(user: int, text: str, at_ms: int) -> SignedBody:
    number = next(_numbers)
    token = f"{_RUN}{user:012x}{number:012x}"
    event: dict[str, Any] = {
        "type": "message",
        "message": {
            "type": "text",
            "id": f"5{number:017d}",
            "quoteToken": f"q3Plxr4AgKd{number:018d}_yKx0WuCOLR2xw",
            "text": text,
        },
        "webhookEventId": f"01BENCH{_RUN.upper()}{number:013d}",
        "deliveryContext": {"isRedelivery": False},
        "timestamp": at_ms,
        "source": {"type": "user", "userId": user_id(user)},
        "replyToken": token,
        "mode": "active",
    }
    body = orjson.dumps({"destination": BOT, "events": [event]})
    return SignedBody(body, sign(SECRET, body), event, token)
