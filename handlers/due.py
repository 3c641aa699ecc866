"""What silence means for a questionnaire: a turn of our own making, in the contact's own lane.

It comes through the inbox like LINE's events, so it waits its turn behind them and happens once.
"""

from datetime import datetime

import orjson

RUN_DUE = "tagline.run_due"
"""An event type that LINE does not have."""


def run_due_event(run_public_id: str, line_user_id: str, at: datetime) -> bytes:
    """Return the event that gives a silent run its turn."""
    return orjson.dumps(
        {
            "type": RUN_DUE,
            "timestamp": int(at.timestamp() * 1000),
            "source": {"type": "user", "userId": line_user_id},
            "run": run_public_id,
        }
    )
