"""What is known of the person in a conversation: tags with their sources, fields, segments, earlier tickets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from console.sources import label_of, staff_login
from contacts.models import Contact, ContactField
from content.text import Text, pick
from segmentation.models import ContactTag, Tag
from segmentation.tags import live
from staff.models import StaffUser
from tickets import lists
from tickets.models import Ticket

MOST_TAGS_OFFERED = 300
MOST_TICKETS = 10


@dataclass(frozen=True, slots=True)
class TagLine:
    """A tag that the person carries, and who says so until when."""

    name: str
    label: str
    colour: str | None
    source: str
    set_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class TicketLine:
    """Another ticket of the same person."""

    public_id: str | None
    """None: whoever looks may not open it."""
    reason: str
    queue: str
    agent: str | None
    opened_at: datetime
    solved_at: datetime | None
    satisfaction: str | None


@dataclass(frozen=True, slots=True)
class Customer:
    """Beside a conversation."""

    contact: Contact
    tags: Sequence[TagLine]
    fields: Sequence[ContactField]
    offered: Sequence[tuple[str, str]]
    """Tags that could be put on: name and label."""
    tickets: Sequence[TicketLine]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at it, and in which language."""

    language: str
    default_language: str
    titles: Mapping[str, Text]
    """Of questionnaires, by key, and of their questions, by `questionnaire/question`."""

    def pick(self, text: Text, fallback: str) -> str:
        return pick(text, self.language, self.default_language) or fallback

    def title(self, key: str) -> str:
        return self.pick(self.titles.get(key, {}), key)


def look_at(
    session: Session,
    contact: Contact,
    reader: Reader,
    *,
    besides: Ticket,
    may_open: frozenset[int] | None,
    now: datetime,
) -> Customer:
    """Return what the pane shows.

    :param besides: the ticket that is open already.
    :param may_open: queues whose tickets the reader may open; None: all.
    """
    carried = session.scalars(
        sa.select(ContactTag).where(ContactTag.contact_id == contact.id, live(now)).order_by(ContactTag.id)
    ).all()
    fields = session.scalars(
        sa.select(ContactField).where(ContactField.contact_id == contact.id).order_by(ContactField.name)
    ).all()
    known = session.scalars(
        sa.select(Tag)
        .where(Tag.channel_id == contact.channel_id, Tag.retired_at.is_(None))
        .order_by(Tag.group, Tag.name)
        .limit(MOST_TAGS_OFFERED)
    )
    earlier = [one for one in lists.of_contact(session, contact.id) if one.id != besides.id]
    names = staff_names(session, [tag.source for tag in carried])
    on = {tag.tag_id for tag in carried}
    return Customer(
        contact=contact,
        tags=[tag_line(tag, reader, names) for tag in carried],
        fields=fields,
        offered=[(tag.name, reader.pick(tag.labels, tag.name)) for tag in known if tag.id not in on],
        tickets=[ticket_line(one, reader, may_open) for one in earlier[:MOST_TICKETS]],
    )


def tag_line(tag: ContactTag, reader: Reader, names: Mapping[str, str]) -> TagLine:
    """Return a carried tag as people read it; `names` are those of the staff who set some."""
    login = staff_login(tag.source)
    return TagLine(
        name=tag.tag.name,
        label=reader.pick(tag.tag.labels, tag.tag.name),
        colour=tag.tag.colour,
        source=names.get(login, "") or label_of(tag.source, reader.title),
        set_at=tag.set_at,
        expires_at=tag.expires_at,
    )


def ticket_line(one: Ticket, reader: Reader, may_open: frozenset[int] | None) -> TicketLine:
    """Return a ticket as lists of one person's tickets show it."""
    return TicketLine(
        public_id=one.public_id if may_open is None or one.queue_id in may_open else None,
        reason=label_of(one.reason, reader.title),
        queue=reader.pick(one.queue.labels, one.queue.key),
        agent=one.agent.display_name if one.agent is not None else None,
        opened_at=one.opened_at,
        solved_at=one.solved_at,
        satisfaction=one.satisfaction.value if one.satisfaction is not None else None,
    )


def staff_names(session: Session, sources: Sequence[str]) -> Mapping[str, str]:
    """Return the names of those whom sources such as `staff:lin` name, by login."""
    logins = {login for source in sources if (login := staff_login(source))}
    rows = session.execute(
        sa.select(StaffUser.login, StaffUser.display_name).where(StaffUser.login.in_(logins))
    )
    return {row.login: row.display_name for row in rows}
