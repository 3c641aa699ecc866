"""One person: who they are, what is known and from whom, and everything that happened with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaigns.models import Campaign, Delivery, Skip
from console.customer import Reader, TicketLine, staff_names, ticket_line
from console.open_ticket import Desk, Lines, as_lines, fields_called, queues_open_to, titles_of
from console.score_lines import ScoreLine, scores_of
from console.segment_lines import SegmentLine, segments_of
from console.sources import label_of, staff_login
from console.story_rows import Place, newest
from contacts.fields import Value, value_of
from contacts.models import Contact, ContactField, FieldKind
from content.text import Text
from core.errors import NotFound
from segmentation.models import ContactTag, Tag
from segmentation.tags import live
from staff.permissions import Permission, may
from tickets import lists
from tickets.reading import may_read

MOST_TICKETS = 20
MOST_CAMPAIGNS = 20
MOST_TAGS_OFFERED = 500


@dataclass(frozen=True, slots=True)
class TagLine:
    """A tag that the person carries."""

    name: str
    label: str
    group: str
    """What the group asks, in words; empty without a group."""
    colour: str | None
    is_single: bool
    source: str
    set_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class FieldLine:
    """A fact that they told us."""

    name: str
    label: str
    value: Value
    kind: FieldKind
    source: str
    set_at: datetime


@dataclass(frozen=True, slots=True)
class CampaignLine:
    """Their share of a campaign."""

    public_id: str
    name: str
    at: datetime | None
    skipped: Skip | None
    tapped_at: datetime | None


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything on the page of one person."""

    contact: Contact
    tags: Sequence[TagLine]
    offered: Mapping[str, Sequence[tuple[str, str]]]
    """Tags that could be put on, as name and label, by the words of their group."""
    fields: Sequence[FieldLine]
    segments: Sequence[SegmentLine]
    scores: Sequence[ScoreLine]
    tickets: Sequence[TicketLine]
    campaigns: Sequence[CampaignLine]
    lines: Lines | None
    """None: it is open in a queue that whoever looks does not serve."""


def get(session: Session, channel_id: int, public_id: str, *, locked: bool = False) -> Contact:
    """Return the contact of a public id, locked against turns where it is to be changed.

    :raises NotFound: there is none.
    """
    stmt = sa.select(Contact).where(Contact.channel_id == channel_id, Contact.public_id == public_id)
    found = session.scalars(stmt.with_for_update() if locked else stmt).one_or_none()
    if found is None:
        raise NotFound("there is no such person")
    return found


def read_profile(desk: Desk, contact: Contact) -> Profile:
    """Return the page of a contact."""
    titles = titles_of(desk)
    reader = Reader(desk.language, desk.default_language, titles)
    groups = groups_of(desk, reader)
    carried = desk.session.scalars(
        sa.select(ContactTag).where(ContactTag.contact_id == contact.id, live(desk.now))
    ).all()
    fields = desk.session.scalars(
        sa.select(ContactField).where(ContactField.contact_id == contact.id).order_by(ContactField.name)
    ).all()
    sources = [row.source for row in carried] + [row.source for row in fields]
    names = staff_names(desk.session, sources)

    called = fields_called(desk, reader)
    open_queues = queues_open_to(desk)

    def source_of(source: str) -> str:
        return names.get(staff_login(source), "") or label_of(source, reader.title)

    return Profile(
        contact=contact,
        tags=sorted(
            (_tag_line(row, reader, groups, source_of(row.source)) for row in carried), key=_by_group
        ),
        offered=_offered(desk, reader, groups, {row.tag_id for row in carried}),
        fields=[
            FieldLine(f.name, called.get(f.name, f.name), value_of(f), f.kind, source_of(f.source), f.set_at)
            for f in fields
        ],
        segments=segments_of(
            desk.session,
            desk.segments,
            contact,
            reader,
            labels={row.tag.name: reader.pick(row.tag.labels, row.tag.name) for row in carried},
            now=desk.now,
            zone=desk.zone,
        ),
        scores=scores_of(desk, contact, reader),
        tickets=[
            ticket_line(one, reader, open_queues)
            for one in lists.of_contact(desk.session, contact.id)[:MOST_TICKETS]
        ],
        campaigns=_campaigns(desk.session, contact),
        lines=read_lines(desk, contact, titles) if may_read(desk.session, desk.user, contact.id) else None,
    )


def read_lines(
    desk: Desk, contact: Contact, titles: dict[str, Text] | None = None, *, before: Place | None = None
) -> Lines:
    """Return the newest page of the story, or the one before a place.

    What staff noted on tickets is for those who may read every ticket.
    """
    with_notes = may(desk.user.role, Permission.SEE_ALL_TICKETS)
    rows = newest(desk.session, contact, before=before, with_notes=with_notes)
    return as_lines(desk, contact, titles_of(desk) if titles is None else titles, rows)


def groups_of(desk: Desk, reader: Reader) -> Mapping[str, str]:
    """Return what the groups of tags are called, by id."""
    groups = desk.published.content.tag_groups if desk.published is not None else ()
    return {group.id: reader.pick(group.label, group.id) for group in groups}


def _tag_line(row: ContactTag, reader: Reader, groups: Mapping[str, str], source: str) -> TagLine:
    tag = row.tag
    return TagLine(
        name=tag.name,
        label=reader.pick(tag.labels, tag.name),
        group=groups.get(tag.group or "", tag.group or ""),
        colour=tag.colour,
        is_single=tag.is_single,
        source=source,
        set_at=row.set_at,
        expires_at=row.expires_at,
    )


def _by_group(line: TagLine) -> tuple[str, str]:
    return line.group, line.label


def _offered(
    desk: Desk, reader: Reader, groups: Mapping[str, str], on: set[int]
) -> Mapping[str, Sequence[tuple[str, str]]]:
    known = desk.session.scalars(
        sa.select(Tag)
        .where(Tag.channel_id == desk.channel_id, Tag.retired_at.is_(None))
        .order_by(Tag.group, Tag.name)
        .limit(MOST_TAGS_OFFERED)
    )
    made: dict[str, list[tuple[str, str]]] = {}
    for tag in known:
        if tag.id not in on:
            group = groups.get(tag.group or "", tag.group or "")
            made.setdefault(group, []).append((tag.name, reader.pick(tag.labels, tag.name)))
    return made


def _campaigns(session: Session, contact: Contact) -> Sequence[CampaignLine]:
    rows = session.execute(
        sa.select(
            Campaign.public_id, Campaign.name, Delivery.released_at, Delivery.skipped, Delivery.tapped_at
        )
        .join(Campaign, Campaign.id == Delivery.campaign_id)
        .where(Delivery.contact_id == contact.id)
        .order_by(Delivery.id.desc())
        .limit(MOST_CAMPAIGNS)
    )
    return [CampaignLine(*row) for row in rows]
