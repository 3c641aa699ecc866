"""The tags of a channel by their names; one is declared by being used."""

from collections.abc import MutableMapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from segmentation.models import Tag

_KNOWN = "tagline.tags"
"""What a session calls the tags that it has been asked for: it would forget them while nobody holds them."""
_OF_NAME = sa.select(Tag).where(Tag.channel_id == sa.bindparam("channel"), Tag.name == sa.bindparam("name"))
_OF_CHANNEL = sa.select(Tag).where(Tag.channel_id == sa.bindparam("channel"))


def get_tag(session: Session, channel_id: int, name: str) -> Tag:
    """Return the tag of this name, declaring it on first use."""
    known = _known(session)
    tag = known.get((channel_id, name))
    if tag is None or tag not in session:
        tag = session.scalars(_OF_NAME, {"channel": channel_id, "name": name}).one_or_none()
    if tag is None:
        tag = Tag(channel_id=channel_id, name=name, labels={}, is_single=False)
        session.add(tag)
    known[channel_id, name] = tag
    return tag


def know_all(session: Session, channel_id: int) -> None:
    """Read every tag at once, for a session that will be asked for most of them."""
    for tag in session.scalars(_OF_CHANNEL, {"channel": channel_id}):
        _known(session)[channel_id, tag.name] = tag


def _known(session: Session) -> MutableMapping[tuple[int, str], Tag]:
    known: MutableMapping[tuple[int, str], Tag] = session.info.setdefault(_KNOWN, {})
    return known
