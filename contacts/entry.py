"""Links that open the chat with a code ready to send: how one learns where a friend came from."""

from datetime import datetime
from urllib.parse import quote

from sqlalchemy.orm import Session

from contacts.models import EntrySource
from core.errors import InvalidInput
from core.inserts import insert_or_skip

CODE_LIMIT_CHARS = 100


def clean_code(code: str) -> str:
    """Return a code as it is typed for a new friend: one line that begins with `#`.

    :raises InvalidInput: it is empty, too long, or has more than one line.
    """
    code = code.strip()
    code = code if code.startswith("#") else f"#{code}"
    if code == "#" or not code.isprintable():
        raise InvalidInput({"code": "must be one line of text, such as #信義店"})
    if len(code) > CODE_LIMIT_CHARS:
        raise InvalidInput({"code": f"must have at most {CODE_LIMIT_CHARS} characters"})
    return code


def register(session: Session, channel_id: int, code: str, *, now: datetime) -> bool:
    """Make a code known, so that it counts as an entry also without a greeting of its own; False: it was."""
    new = insert_or_skip(session, EntrySource).values(channel_id=channel_id, code=code, created_at=now)
    return session.scalar(new.returning(EntrySource.id)) is not None


def link(basic_id: str, code: str) -> str:
    """Return the address that opens the chat with the code ready to send; phones only."""
    return f"https://line.me/R/oaMessage/{quote(basic_id, safe='')}/?{quote(code, safe='')}"
