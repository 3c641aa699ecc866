"""What staff said otherwise than the playbook: kept beside the playbook's word, over which it stands.

The rows of segments and scores hold what counts. Publishing writes the playbook's word into them only
where staff have not said otherwise; so what they said stays until they take it back.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from segmentation.models import About, StaffWord

Words = Mapping[tuple[About, str], StaffWord]
"""By what they are about, and the id of the segment or the score."""


def standing(session: Session, channel_id: int) -> Words:
    """Return what staff have said and not taken back."""
    said = session.scalars(sa.select(StaffWord).where(StaffWord.channel_id == channel_id))
    return {(one.about, one.key): one for one in said}


def find(session: Session, channel_id: int, about: About, key: str) -> StaffWord | None:
    """Return what staff have said of one thing."""
    wanted = sa.select(StaffWord).where(
        StaffWord.channel_id == channel_id, StaffWord.about == about, StaffWord.key == key
    )
    return session.scalars(wanted).one_or_none()


def say(
    session: Session,
    channel_id: int,
    about: About,
    key: str,
    value: Mapping[str, Any] | None,
    *,
    by: str,
    now: datetime,
) -> None:
    """Keep what staff say of one thing, in place of what they said before; None: what the playbook says.

    Whoever calls lets only one at a time write (`line.channels.take_turns`).
    """
    word = find(session, channel_id, about, key)
    if value is None:
        if word is not None:
            session.delete(word)
        return
    if word is None:
        word = StaffWord(channel_id=channel_id, about=about, key=key)
        session.add(word)
    elif word.value == value:
        return
    word.value, word.said_at, word.said_by = dict(value), now, by[:120]
