"""What commands ask about: the channel, and the playbook that is live."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from content.revisions import Published, Revisions
from core.errors import NotFound
from line.channels import DEFAULT_CHANNEL, Channel


def the_channel(session: Session) -> Channel:
    """Return the channel of this installation.

    :raises NotFound: nothing has been started on this database.
    """
    channel = session.scalars(sa.select(Channel).where(Channel.name == DEFAULT_CHANNEL)).one_or_none()
    if channel is None:
        raise NotFound("this database has not been used yet: run `python -m bot up`, or apply a playbook")
    return channel


def what_is_published(session: Session) -> tuple[Channel, Published]:
    """Return the channel with the playbook that is live.

    :raises NotFound: no playbook is.
    """
    channel = the_channel(session)
    published = Revisions().live(session, channel.id)
    if published is None:
        raise NotFound("no playbook is published yet: run `python -m bot playbook apply DIR`")
    return channel, published
