"""A staff user's own phone: whoever sends the six digits that the console shows gets their test sends."""

import re
from functools import partial

from handlers.turn import Turn
from line.events import TextSent
from line.messages import Reply, text
from staff import pairing

_CODE = re.compile(r"\s*([0-9]{6})\s*", re.ASCII)


def is_open_code(event: TextSent, turn: Turn) -> bool:
    """Say whether the text is a code that is out; other six digits are an answer like any other."""
    found = _CODE.fullmatch(event.text)
    return found is not None and pairing.whose(turn.session, found[1], now=turn.now) is not None


def pair(event: TextSent, turn: Turn) -> Reply:
    """Pair the phone, and say whose it is now."""
    code = event.text.strip()
    user = pairing.whose(turn.session, code, now=turn.now)
    turn.decisions.append("pairing")
    turn.writes.append(
        partial(pairing.redeem, code=code, line_user_id=turn.contact.line_user_id, now=turn.now)
    )
    return (text(turn.phrase("phone_paired", user="" if user is None else user.display_name)),)
