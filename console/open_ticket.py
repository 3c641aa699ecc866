"""One conversation as it lies open before one user: what they see, and what they may do now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from analytics.mentioned import Account
from console.conversation import Item, Reading, items
from console.customer import Customer, Reader, look_at
from console.field_names import field_names
from console.handover import Handover, hand_over
from console.happenings import Words
from console.routing_words import HeldLine, RouteLine, held_lines, route_lines, waiting_lines
from console.segment_lines import SegmentLine, segments_of
from console.sources import label_of
from console.story_rows import Place, Rows, newest, onwards
from console.words import _
from contacts.models import Contact, Following
from content.revisions import Published
from content.text import Text
from core.errors import NotAllowed, NotFound
from questionnaires.versions import Versions
from segmentation.segments import Segments
from staff.models import StaffUser
from staff.permissions import Permission, may
from tickets import queues, reading, service
from tickets.choosing import Candidate
from tickets.models import QueueMember, Ticket, TicketState
from tickets.routing import Decision
from tickets.why import holders, serving_queue


@dataclass(frozen=True, slots=True)
class Lines:
    """A stretch of the conversation."""

    items: Sequence[Item]
    since: str
    """Where it begins, for whoever asks for it anew."""
    earlier: str | None
    """Where the page before it ends; None: there is none."""


@dataclass(frozen=True, slots=True)
class Doings:
    """What this user may do with the ticket now."""

    answer: bool
    obstacle: str
    """Why they cannot answer, in a sentence; empty when they can."""
    note: bool
    take: bool
    take_over: bool
    assign: bool
    solve: bool
    edit_tags: bool


@dataclass(frozen=True, slots=True)
class Receivers:
    """To whom the ticket can be given."""

    agents: Sequence[Candidate]
    queues: Sequence[tuple[str, str]]
    """Key and label."""


@dataclass(frozen=True, slots=True)
class OpenTicket:
    ticket: Ticket
    contact: Contact
    queue: str
    agent: str | None
    is_mine: bool
    lines: Lines
    """Nothing, where the customer talks with another queue since this ticket was solved."""
    doings: Doings
    handover: Handover
    customer: Customer
    segments: Sequence[SegmentLine]
    receivers: Receivers | None
    routed: Sequence[RouteLine]
    """The rules that were tried for its queue."""
    is_default: bool
    """No rule held, so the default queue took it."""
    held: Sequence[HeldLine]
    """Who has had it and why, the first one first."""
    waiting_for: Sequence[HeldLine] | None
    """Who could have it and why they have not; None: it does not wait in its queue."""
    called: Mapping[str, str]
    """What fields are called, by name."""
    reason: str
    """Why it was opened, in words."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything around a user that the same request asks for again and again."""

    session: Session
    user: StaffUser
    channel_id: int
    published: Published | None
    versions: Versions
    segments: Segments
    language: str
    zone: ZoneInfo
    now: datetime

    @property
    def account(self) -> Account:
        return Account(self.session, self.channel_id, self.segments, self.published, self.versions)

    @property
    def default_language(self) -> str:
        return self.published.content.default_language if self.published is not None else "en"


def access(desk: Desk, public_id: str) -> Ticket:
    """Return a ticket that the user may see; of one that they may not, its being there is no news either.

    :raises NotFound: there is none for them.
    """
    try:
        return service.access(desk.session, desk.user, public_id, channel_id=desk.channel_id)
    except NotAllowed:
        raise NotFound(_("there is no such conversation, or it belongs to another queue")) from None


def open_ticket(desk: Desk, public_id: str, *, since: Place | None = None) -> OpenTicket:
    """Return everything about one ticket, its conversation from a place on.

    :raises NotFound: there is none for them.
    """
    ticket = access(desk, public_id)
    contact = ticket.contact
    titles = titles_of(desk)
    reader = Reader(desk.language, desk.default_language, titles)
    is_closed = ticket.state is TicketState.SOLVED and not reading.may_read(
        desk.session, desk.user, contact.id
    )
    doings = _doings(ticket, desk.user, is_closed=is_closed)
    decision, called = Decision.from_json(ticket.routed), fields_called(desk, reader)
    customer = look_at(
        desk.session, contact, reader, besides=ticket, may_open=queues_open_to(desk), now=desk.now
    )
    return OpenTicket(
        ticket=ticket,
        contact=contact,
        queue=reader.pick(ticket.queue.labels, ticket.queue.key),
        agent=ticket.agent.display_name if ticket.agent is not None else None,
        is_mine=ticket.agent_id == desk.user.id,
        lines=Lines((), "", None) if is_closed else _lines(desk, contact, titles, since),
        doings=doings,
        handover=hand_over(
            desk.session,
            contact,
            desk.versions,
            language=desk.language,
            default_language=desk.default_language,
            now=desk.now,
            with_words=not is_closed,
        ),
        customer=customer,
        segments=segments_of(
            desk.session,
            desk.segments,
            contact,
            reader,
            labels={tag.name: tag.label for tag in customer.tags},
            now=desk.now,
            zone=desk.zone,
        ),
        receivers=_receivers(desk, ticket, reader) if doings.assign else None,
        routed=route_lines(desk.session, desk.channel_id, decision, reader, called),
        is_default=decision.rule is None,
        held=held_lines(desk.session, holders(desk.session, ticket)),
        waiting_for=_waiting_for(desk, ticket),
        called=called,
        reason=label_of(ticket.reason, reader.title),
    )


def _waiting_for(desk: Desk, ticket: Ticket) -> Sequence[HeldLine] | None:
    return waiting_lines(serving_queue(desk.session, ticket)) if ticket.waits_in_queue else None


def earlier_lines(desk: Desk, public_id: str, before: Place) -> tuple[Contact, Lines]:
    """Return whose conversation it is, and its page before a place.

    :raises NotFound: there is no such ticket for them.
    :raises NotAllowed: the customer talks with another queue since.
    """
    contact = access(desk, public_id).contact
    reading.require(desk.session, desk.user, contact.id)
    rows = newest(desk.session, contact, before=before, with_notes=True)
    return contact, as_lines(desk, contact, titles_of(desk), rows)


def _lines(desk: Desk, contact: Contact, titles: dict[str, Text], since: Place | None) -> Lines:
    if since is None:
        rows = newest(desk.session, contact, with_notes=True)
    else:
        rows = onwards(desk.session, contact, since, with_notes=True)
    return as_lines(desk, contact, titles, rows)


def as_lines(desk: Desk, contact: Contact, titles: dict[str, Text], rows: Rows) -> Lines:
    """Return rows of a story as the page shows them."""
    names = fields_called(desk, Reader(desk.language, desk.default_language, titles))
    words = Words(desk.language, desk.default_language, rows.tags, titles, rows.names, rows.segments, names)
    first = str(rows.first) if rows.first is not None else ""
    return Lines(
        items=items(rows, Reading(contact, words, desk.zone)),
        since=first,
        earlier=first if rows.has_earlier else None,
    )


def fields_called(desk: Desk, reader: Reader) -> Mapping[str, str]:
    """Return what the fields of people are called, by name."""
    return field_names(desk.session, desk.versions, desk.published, reader.pick)


def titles_of(desk: Desk) -> dict[str, Text]:
    """Return what the questionnaires are called now, by key, and their questions, by `questionnaire/question`."""
    titles: dict[str, Text] = {}
    for key, id_ in (desk.published.version_ids if desk.published is not None else {}).items():
        definition = desk.versions.get(desk.session, id_).definition
        titles[key] = definition.title
        titles |= {f"{key}/{one.id}": one.short for one in definition.questions if one.short}
    return titles


def queues_open_to(desk: Desk) -> frozenset[int] | None:
    """Return the queues whose tickets the user may open; None: all."""
    if may(desk.user.role, Permission.SEE_ALL_TICKETS):
        return None
    served = sa.select(QueueMember.queue_id).where(QueueMember.user_id == desk.user.id)
    return frozenset(desk.session.scalars(served))


def _receivers(desk: Desk, ticket: Ticket, reader: Reader) -> Receivers:
    serving = serving_queue(desk.session, ticket)
    every = queues.live(desk.session, desk.channel_id)
    return Receivers(
        agents=[one for one in serving if one.is_active and one.can_answer and one.id != ticket.agent_id],
        queues=[(one.key, reader.pick(one.labels, one.key)) for one in every if one.id != ticket.queue_id],
    )


def _doings(ticket: Ticket, user: StaffUser, *, is_closed: bool) -> Doings:
    is_unsolved = ticket.state is not TicketState.SOLVED
    is_mine = ticket.agent_id == user.id
    may_assign = may(user.role, Permission.ASSIGN)
    obstacle = _with_colleagues() if is_closed else obstacle_of(ticket, user)
    can_work = may(user.role, Permission.ANSWER)
    return Doings(
        answer=not obstacle,
        obstacle=obstacle,
        note=may(user.role, Permission.NOTE),
        take=ticket.waits_in_queue and can_work and may(user.role, Permission.TAKE),
        take_over=is_unsolved and ticket.agent_id is not None and not is_mine and can_work and may_assign,
        assign=is_unsolved and may_assign,
        solve=is_unsolved and may(user.role, Permission.SOLVE) and (is_mine or may_assign),
        edit_tags=may(user.role, Permission.EDIT_TAGS) and ticket.contact.erased_at is None,
    )


def _with_colleagues() -> str:
    return _(
        "This conversation is with colleagues of another queue just now, and is theirs to read until it is solved."
    )


def obstacle_of(ticket: Ticket, user: StaffUser) -> str:
    """Return why somebody cannot answer a ticket now, in a sentence; empty when they can."""
    if not may(user.role, Permission.ANSWER):
        return _("Your role reads along; it does not answer customers.")
    if ticket.contact.erased_at is not None:
        return _("This person's data were erased. There is nobody to write to.")
    if ticket.state is TicketState.SOLVED:
        return _("This conversation is solved, and the bot answers again.")
    if ticket.contact.following is Following.BLOCKED:
        return _("This person has blocked the account, so nothing can be delivered.")
    if ticket.agent_id is None:
        return _("Nobody has this conversation yet. Take it, and you can answer.")
    return held_by_other(ticket, user)


def held_by_other(ticket: Ticket, user: StaffUser) -> str:
    """Say who else has a ticket; empty where nobody has."""
    if ticket.agent is None or ticket.agent_id == user.id:
        return ""
    return _("%(name)s has this conversation, and only one person answers.", name=ticket.agent.display_name)
