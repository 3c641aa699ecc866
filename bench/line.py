"""A simulated LINE for the load that bench/bodies.py makes, as a process of its own."""

import os

from flask import Flask

from bench.bodies import user_of
from simulator.server import create_app
from simulator.state import Line
from simulator.tokens import ReplyTokens


class _TokensThatTell(ReplyTokens):
    """Knows the tokens of bench/bodies.py without having issued them: each says whose it is, and works once."""

    def __init__(self) -> None:
        super().__init__()
        self._spent: set[str] = set()

    def spend(self, token: str, now_ms: int) -> str | None:
        if token in self._spent:
            return None
        self._spent.add(token)
        return user_of(token)


def wsgi() -> Flask:
    """Build the application: everybody is a friend, no rate limits, and nothing is forgotten."""
    line = Line(
        os.environ["LINE_CHANNEL_SECRET"],
        os.environ["LINE_CHANNEL_ACCESS_TOKEN"],
        knows_everyone=True,
        rate_scale=None,
        ledger_size=None,
    )
    line.reply_tokens = _TokensThatTell()
    return create_app(line)
