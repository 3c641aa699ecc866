"""`ticket`: conversations that people hold, and why they have them."""

from collections.abc import Mapping
from typing import Any

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from bot.cli.channel import the_channel
from bot.cli.opening import answer_json, open_database
from bot.cli.user import whoever_types
from content.revisions import Revisions
from core.clock import system_clock
from core.errors import NotFound
from staff.audit import record
from staff.models import StaffUser
from tickets import service
from tickets.models import Ticket, TicketState
from tickets.serving import UNSOLVED
from tickets.why import Why
from tickets.why import why as explain


@click.group()
def ticket() -> None:
    """See who has which conversation and why; give one to somebody. ID is the ticket's."""


@ticket.command("list")
@click.option("--solved", is_flag=True, help="Those that are solved, the newest first.")
@click.option("--limit", default=50, type=click.IntRange(1, 10_000), show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def list_(*, solved: bool, limit: int, as_json: bool) -> None:
    """List tickets, what was touched last first."""
    with open_database() as database, database.read() as session:
        found = session.scalars(
            sa.select(Ticket)
            .where(
                Ticket.channel_id == the_channel(session).id,
                Ticket.state == TicketState.SOLVED if solved else UNSOLVED,
            )
            .options(joinedload(Ticket.queue), joinedload(Ticket.agent), joinedload(Ticket.contact))
            .order_by(Ticket.touched_at.desc(), Ticket.id.desc())
            .limit(limit)
        ).all()
        rows = [_described(one) for one in found]
    if as_json:
        answer_json(rows)
        return
    for row in rows:
        who = row["agent"] or "waits"
        click.echo(
            f"{row['id']}  {row['state']:<8} {row['queue']:<20} {who:<16} {row['reason']}  {row['opened_at']}"
        )
    if not rows:
        click.echo("none")


@ticket.command()
@click.argument("ticket_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print one object.")
def why(ticket_id: str, *, as_json: bool) -> None:
    """Say why a ticket is in its queue and with whom, and how everybody who serves the queue stands."""
    with open_database() as database, database.read() as session:
        found = explain(session, _get(session, ticket_id))
        if as_json:
            answer_json(found.to_json())
        else:
            _print(found)


@ticket.command()
@click.argument("ticket_id", metavar="ID")
@click.argument("login")
@click.option("--json", "as_json", is_flag=True, help="Print the ticket.")
def assign(ticket_id: str, login: str, *, as_json: bool) -> None:
    """Give a ticket to LOGIN, who must be on duty and have room."""
    with open_database() as database, database.write() as session:
        agent = session.scalars(sa.select(StaffUser).where(StaffUser.login == login.lower())).one_or_none()
        if agent is None:
            raise NotFound(f"nobody signs in as {login}")
        one = _get(session, ticket_id)
        now = system_clock()
        service.assign(session, one, agent, None, now=now)
        record(session, whoever_types(), "ticket.assign", "ticket", one.public_id, now, {"to": agent.login})
        _tell(one, f"{agent.display_name} has it", as_json=as_json)


@ticket.command()
@click.argument("ticket_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print the ticket.")
def solve(ticket_id: str, *, as_json: bool) -> None:
    """Declare a ticket solved: the bot has the floor again, and the customer is asked how it was."""
    with open_database() as database, database.write() as session:
        published = Revisions().live(session, the_channel(session).id)
        if published is None:
            raise NotFound("no playbook is published yet: run `python -m bot playbook apply DIR`")
        one = _get(session, ticket_id)
        now = system_clock()
        asked = service.solve(session, one, None, published=published, now=now)
        record(session, whoever_types(), "ticket.solve", "ticket", one.public_id, now)
        words = "solved; the customer is asked how it was" if asked is not None else "solved"
        _tell(one, words, as_json=as_json)


def _get(session: Session, public_id: str) -> Ticket:
    found = session.scalars(
        sa.select(Ticket).where(Ticket.public_id == public_id, Ticket.channel_id == the_channel(session).id)
    ).one_or_none()
    if found is None:
        raise NotFound(f"there is no ticket {public_id}: `ticket list` shows them")
    return found


def _tell(one: Ticket, words: str, *, as_json: bool) -> None:
    if as_json:
        answer_json(_described(one))
    else:
        click.echo(words)


def _described(one: Ticket) -> Mapping[str, Any]:
    return {
        "id": one.public_id,
        "contact": one.contact.public_id,
        "state": one.state.value,
        "queue": one.queue.key,
        "agent": one.agent.login if one.agent is not None else None,
        "reason": one.reason,
        "opened_at": one.opened_at.isoformat(),
        "touched_at": one.touched_at.isoformat(),
        "solved_at": one.solved_at.isoformat() if one.solved_at is not None else None,
        "satisfaction": one.satisfaction.value if one.satisfaction is not None else None,
    }


def _print(found: Why) -> None:
    rule = found.decision.rule or "the default: no rule holds"
    click.echo(f"queue: {found.queue}, by {rule}")
    click.echo(f"now: {found.in_words}")
    for tried in found.decision.tried:
        click.echo(f"  {'→' if tried.holds else ' '} {tried.rule}: {tried.because}")
    for one in found.agents:
        click.echo(f"  {one.login}: {'has it; ' if one.has_it else ''}{one.because}")
