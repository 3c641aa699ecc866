"""What there is before a turn decides, in one question: what there is none of need not be read."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts.models import Contact, ContactField
from contacts.timeline import is_unsent
from content.models import ReplyUse
from content.revisions import newest_of
from line import outbox
from questionnaires.service import is_open_run_of
from segmentation.current import Mark, mark_of
from segmentation.models import ContactTag


@dataclass(frozen=True, slots=True)
class Glance:
    """The person an event is from, and what else a turn begins with."""

    contact: Contact | None
    """None of somebody we do not know yet."""
    revision_id: int | None
    """What is published now."""
    is_unsent: bool
    """The event's message was taken back before it came."""
    must_wait: bool
    """A new row of theirs waits in the outbox."""
    has_tags: bool
    has_fields: bool
    has_open_runs: bool
    has_reply_uses: bool
    segments: Mark
    """Which segments there are, of whatever contact."""


# A question of its own each would take PostgreSQL six trips instead of one. There is always a row, also
# without a contact.
_CHANNEL: sa.BindParameter[int] = sa.bindparam("channel")
_USER: sa.BindParameter[str] = sa.bindparam("user")
_ALWAYS = sa.select(sa.literal(1).label("one")).subquery()
_GLANCE = sa.select(
    Contact,
    newest_of(_CHANNEL),
    is_unsent(_CHANNEL, sa.bindparam("message", type_=sa.String())),
    outbox.must_wait(_CHANNEL, sa.bindparam("lane", type_=sa.String())),
    sa.exists().where(ContactTag.contact_id == Contact.id).correlate(Contact),
    sa.exists().where(ContactField.contact_id == Contact.id).correlate(Contact),
    sa.exists().where(is_open_run_of(Contact.id)).correlate(Contact),
    sa.exists().where(ReplyUse.contact_id == Contact.id).correlate(Contact),
    *mark_of(_CHANNEL),
).select_from(
    _ALWAYS.outerjoin(Contact, sa.and_(Contact.channel_id == _CHANNEL, Contact.line_user_id == _USER))
)


def glance(
    session: Session, channel_id: int, user_id: str, *, lane_key: str, message_id: str | None = None
) -> Glance:
    """Look what there is for an event of this person, which brings the message or none."""
    asked = {"channel": channel_id, "user": user_id, "lane": lane_key, "message": message_id}
    contact, revision_id, unsent, waits, tags, fields, runs, uses, *mark = session.execute(
        _GLANCE, asked
    ).one()
    return Glance(contact, revision_id, unsent, waits, tags, fields, runs, uses, Mark._make(mark))
