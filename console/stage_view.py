"""What Tagline knows of the person whose phone is on the stage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaigns.models import Campaign, CampaignState, Delivery, Push
from console.campaign_page import quiet_until
from console.campaign_words import COLOURS, STATES
from console.customer import Reader, TagLine, staff_names, tag_line
from console.open_ticket import Desk, fields_called
from console.routing_words import HeldLine, RouteLine, held_lines, route_lines, waiting_lines
from contacts import service as contacts
from contacts.models import Contact
from line.outbox import Outgoing, SendKind, SendStatus
from segmentation import audience
from segmentation.models import ContactTag
from segmentation.tags import live
from tickets.models import Ticket
from tickets.routing import Decision
from tickets.why import holders, serving_queue


@dataclass(frozen=True, slots=True)
class Light:
    """A segment, lit while the person is in it."""

    label: str
    is_lit: bool


@dataclass(frozen=True, slots=True)
class Case:
    """The person's newest ticket."""

    ticket: Ticket
    queue: str
    agent: str | None
    routed: Sequence[RouteLine]
    is_default: bool
    """No rule held, so the default queue took it."""
    held: Sequence[HeldLine]
    waiting_for: Sequence[HeldLine]
    """Who could have it and why they have not; nobody: it does not wait in its queue."""


@dataclass(frozen=True, slots=True)
class Sending:
    """A campaign that can be tried on the stage, or is under way."""

    public_id: str
    name: str
    segment: str
    state: CampaignState
    words: str
    """Its state."""
    colour: str
    send_at: datetime | None
    is_soon: bool
    """It is sent within the hour, or should have been: worth a countdown."""
    quiet_until: datetime | None
    """Quiet hours hold it back until then; None: they do not."""
    reached_at: datetime | None
    """When LINE took it for the person on the stage."""


@dataclass(frozen=True, slots=True)
class Known:
    """Everything beside the phone."""

    contact: Contact | None
    tags: Sequence[TagLine]
    segments: Sequence[Light]
    case: Case | None
    free: int
    """Replies that cost nothing."""
    paid: int
    """Pushes and campaign messages that came."""
    sendings: Sequence[Sending]


def look(desk: Desk, reader: Reader, *, user_id: str) -> Known:
    """Return what is known of a person, by a constant number of queries; little of a stranger."""
    session, now = desk.session, desk.now
    contact = contacts.find(session, desk.channel_id, user_id)
    current = audience.current(session, desk.channel_id)
    lit: frozenset[int] = frozenset()
    tags: Sequence[TagLine] = ()
    if contact is not None:
        holding = audience.segments_of(session, desk.segments, contact, now=now, zone=desk.zone)
        lit = frozenset(one.id for one in holding)
        tags = _tags(session, contact, reader, now)
    free, paid = (0, 0) if contact is None else _sent(session, contact)
    return Known(
        contact=contact,
        tags=tags,
        segments=[Light(reader.pick(one.labels, one.key), one.id in lit) for one in current],
        case=None if contact is None else _case(desk, contact, reader),
        free=free,
        paid=paid,
        sendings=_sendings(desk, contact, reader),
    )


def _tags(session: Session, contact: Contact, reader: Reader, now: datetime) -> Sequence[TagLine]:
    carried = session.scalars(
        sa.select(ContactTag)
        .where(ContactTag.contact_id == contact.id, live(now))
        .order_by(ContactTag.set_at.desc(), ContactTag.id.desc())
    ).all()
    names = staff_names(session, [tag.source for tag in carried])
    return [tag_line(tag, reader, names) for tag in carried]


def _case(desk: Desk, contact: Contact, reader: Reader) -> Case | None:
    session = desk.session
    ticket = session.scalars(
        sa.select(Ticket).where(Ticket.contact_id == contact.id).order_by(Ticket.id.desc()).limit(1)
    ).one_or_none()
    if ticket is None:
        return None
    agent = ticket.agent.display_name if ticket.agent is not None else None
    decision = Decision.from_json(ticket.routed)
    return Case(
        ticket=ticket,
        queue=reader.pick(ticket.queue.labels, ticket.queue.key),
        agent=agent,
        routed=route_lines(session, desk.channel_id, decision, reader, fields_called(desk, reader)),
        is_default=decision.rule is None,
        held=held_lines(session, holders(session, ticket)),
        waiting_for=waiting_lines(serving_queue(session, ticket)) if ticket.waits_in_queue else (),
    )


def _sent(session: Session, contact: Contact) -> tuple[int, int]:
    sent = session.execute(
        sa.select(Outgoing.kind, sa.func.count())
        .where(
            Outgoing.channel_id == contact.channel_id,
            Outgoing.lane_key == contact.line_user_id,
            Outgoing.status == SendStatus.SENT,
        )
        .group_by(Outgoing.kind)
    )
    counts: Mapping[SendKind, int] = {kind: count for kind, count in sent}  # noqa: C416 - dict() knows no rows
    # Rows of a campaign name no lane, be they for many or for one.
    of_campaigns = session.scalar(
        sa.select(sa.func.count())
        .select_from(Delivery)
        .join(Push, Push.id == Delivery.push_id)
        .join(Outgoing, Outgoing.id == Push.outbox_id)
        .where(Delivery.contact_id == contact.id, Outgoing.status == SendStatus.SENT)
    )
    return counts.get(SendKind.REPLY, 0), counts.get(SendKind.PUSH, 0) + (of_campaigns or 0)


ON_STAGE = (
    CampaignState.DRAFT,
    CampaignState.SCHEDULED,
    CampaignState.FREEZING,
    CampaignState.RUNNING,
    CampaignState.PAUSED,
    CampaignState.OVERDUE,
)
MOST_SENDINGS = 3
SHOWN_FOR = timedelta(days=1)
SOON = timedelta(hours=1)


def _sendings(desk: Desk, contact: Contact | None, reader: Reader) -> Sequence[Sending]:
    reached = (
        sa.select(Outgoing.settled_at)
        .join(Push, Push.outbox_id == Outgoing.id)
        .join(Delivery, Delivery.push_id == Push.id)
        .where(
            Delivery.campaign_id == Campaign.id,
            Delivery.contact_id == (0 if contact is None else contact.id),
            Outgoing.status == SendStatus.SENT,
        )
        .scalar_subquery()
    )
    newest = desk.session.execute(
        sa.select(Campaign, reached)
        .where(
            Campaign.channel_id == desk.channel_id,
            sa.or_(
                Campaign.state.in_(ON_STAGE),
                sa.and_(
                    Campaign.state == CampaignState.FINISHED,
                    # Those of the invented past were sent to nobody's phone; a draft that was invented may be.
                    sa.or_(Campaign.is_demo.is_(False), Campaign.finished_at > desk.now - SHOWN_FOR),
                ),
            ),
        )
        .order_by(Campaign.id.desc())
        .limit(MOST_SENDINGS)
    )
    return [
        Sending(
            one.public_id,
            one.name,
            reader.pick(one.segment.labels, one.segment.key),
            one.state,
            str(STATES[one.state]),
            COLOURS[one.state],
            one.send_at,
            one.send_at is not None and one.send_at - desk.now <= SOON,
            quiet_until(desk, one),
            reached_at,
        )
        for one, reached_at in newest
    ]
