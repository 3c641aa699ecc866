"""What staff do with a conversation: take, give, answer, note, solve."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from console import tagging
from console.access import requires
from console.error_pages import is_htmx
from console.open_ticket import Desk, access, held_by_other, obstacle_of
from console.words import _
from contacts.models import Contact
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from line.messages import text
from line.units import utf16_len
from staff import audit
from staff.models import StaffUser
from staff.permissions import Permission
from tickets import queues, service
from tickets.answering import hold_contact
from tickets.assigning import AlreadyAssigned, NotFree
from tickets.models import Ticket, TicketState
from tickets.serving import serves

ANSWER_ID_CHARS = 40
TEXT_LIMIT_UNITS = 5000
"""What one message of LINE's holds, in UTF-16 units."""


def add_to(blueprint: Blueprint, desk: Callable[[], Desk]) -> None:
    """Add the actions to the inbox."""

    @blueprint.post("/<public_id>/take")
    @requires(Permission.TAKE)
    def take(public_id: str) -> ResponseReturnValue:
        ticket = access(desk(), public_id)
        with in_words(ticket):
            service.take(g.session, ticket, g.user, now=g.now)
        return _done("take", ticket, _("The conversation is yours."))

    @blueprint.post("/<public_id>/assign")
    @requires(Permission.ASSIGN)
    def assign(public_id: str) -> ResponseReturnValue:
        ticket = access(desk(), public_id)
        agent = _agent(request.form.get("agent", ""))
        with in_words(ticket):
            service.assign(g.session, ticket, agent, g.user, now=g.now)
        return _done("assign", ticket, _("%(name)s has it now.", name=agent.display_name), to=agent.login)

    @blueprint.post("/<public_id>/move")
    @requires(Permission.ASSIGN)
    def move(public_id: str) -> ResponseReturnValue:
        ticket = access(desk(), public_id)
        wanted = request.form.get("queue", "")
        queue = next((one for one in queues.live(g.session, g.channel_id) if one.key == wanted), None)
        if queue is None:
            raise NotFound(_("there is no such queue"))
        with in_words(ticket):
            service.move_to_queue(g.session, ticket, queue, g.user, now=g.now)
        return _done("move", ticket, _("Moved to the other queue."), to=queue.key)

    @blueprint.post("/<public_id>/answer")
    @requires(Permission.ANSWER)
    def answer(public_id: str) -> ResponseReturnValue:
        ticket = access(desk(), public_id)
        words = _text(limit=TEXT_LIMIT_UNITS)
        answer_id = request.form.get("answer_id", "")[:ANSWER_ID_CHARS] or None
        with in_words(ticket):
            service.answer(g.session, ticket, g.user, [text(words)], now=g.now, answer_id=answer_id)
        return _done("answer", ticket)

    @blueprint.post("/<public_id>/note")
    @requires(Permission.NOTE)
    def note(public_id: str) -> ResponseReturnValue:
        ticket = access(desk(), public_id)
        service.add_note(g.session, ticket, g.user, _text(limit=service.NOTE_LIMIT_CHARS), now=g.now)
        return _done("note", ticket)

    @blueprint.post("/<public_id>/solve")
    @requires(Permission.SOLVE)
    def solve(public_id: str) -> ResponseReturnValue:
        if g.published is None:
            raise Conflict(_("Nothing is published yet."))
        ticket = access(desk(), public_id)
        with in_words(ticket):
            service.solve(g.session, ticket, g.user, published=g.published, now=g.now)
        return _done("solve", ticket, _("Solved. The bot answers again."))

    @blueprint.post("/<public_id>/tag")
    @requires(Permission.EDIT_TAGS)
    def tag(public_id: str) -> ResponseReturnValue:
        ticket = access(desk(), public_id)
        name = request.form.get("tag", "")
        tagging.put_on(desk(), _held(ticket), name)
        return _done("tag", ticket, tag=name)

    @blueprint.post("/<public_id>/untag")
    @requires(Permission.EDIT_TAGS)
    def untag(public_id: str) -> ResponseReturnValue:
        ticket = access(desk(), public_id)
        name = request.form.get("tag", "")
        tagging.take_off(desk(), _held(ticket), name)
        return _done("untag", ticket, tag=name)


def _held(ticket: Ticket) -> Contact:
    hold_contact(g.session, ticket)  # two who press at once would both write the same tag
    return ticket.contact


def _done(action: str, ticket: Ticket, said: str = "", **detail: str) -> ResponseReturnValue:
    audit.record(g.session, g.actor, f"ticket.{action}", "ticket", ticket.public_id, g.now, detail)
    if is_htmx():
        return "", 204  # the page asks for what has changed by itself
    if said:
        flash(said, "success")
    view = request.form.get("view") or None
    return redirect(url_for("inbox.ticket", public_id=ticket.public_id, view=view))


def _text(*, limit: int) -> str:
    words = request.form.get("text", "").replace("\r\n", "\n").replace("\x00", "").strip()
    if not words:
        raise InvalidInput({_("Message"): _("is empty")})
    if utf16_len(words) > limit:
        raise InvalidInput({_("Message"): _("has more than %(limit)s characters", limit=f"{limit:,}")})
    return words


def _agent(login: str) -> StaffUser:
    found = g.session.scalars(sa.select(StaffUser).where(StaffUser.login == login)).one_or_none()
    if found is None or not found.is_active:
        raise NotFound(_("there is no such colleague"))
    return found  # type: ignore[no-any-return]


@contextmanager
def in_words(ticket: Ticket) -> Iterator[None]:
    """Say in the reader's language what came first."""
    try:
        yield
    except AlreadyAssigned as error:
        raise Conflict(_("%(name)s took it a moment ago.", name=error.agent)) from error
    except NotFree as error:
        raise Conflict(_obstacle(error)) from error
    except Conflict as error:
        raise Conflict(_came_first(ticket) or error.message) from error
    except NotAllowed as error:
        raise NotAllowed(_came_first(ticket) or error.message) from error


def _came_first(ticket: Ticket) -> str:
    """Say how a ticket stands that could not be worked on; the service has read it anew."""
    if ticket.state is TicketState.SOLVED:
        return _("Somebody has just solved it.")
    if ticket.agent_id is None and not serves(g.session, g.user.id, ticket.queue_id):
        return _("there is no such conversation, or it belongs to another queue")
    return held_by_other(ticket, g.user) or obstacle_of(ticket, g.user)


def _obstacle(error: NotFree) -> str:
    is_me = error.agent == g.user.display_name
    if "duty" in error.obstacle:
        if is_me:
            return _("You are off duty. Go on duty first, then take it.")
        return _("%(name)s is off duty.", name=error.agent)
    if "holds" in error.obstacle:
        if is_me:
            return _("You hold as many conversations as you can. Solve one first.")
        return _("%(name)s holds as many conversations as they can.", name=error.agent)
    return _("Nothing can be given to %(name)s now.", name=error.agent)
