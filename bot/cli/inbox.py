"""`inbox`: events that were given up."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

import click
from sqlalchemy.orm import Session

from bot.cli.opening import answer_json, open_database
from bot.cli.user import whoever_types
from core.clock import system_clock
from core.db import Database
from core.errors import NotFound
from line import lanes
from line.inbox import WebhookEvent
from staff.audit import record

LIMIT = 1000
"""Of what is listed."""
PAGE = 1000
"""What goes back in one transaction, which webhooks wait for."""
MOST_ID = 2**63 - 1
"""What a database can count to."""


@click.group()
def inbox() -> None:
    """See, retry and dismiss events that were given up after their tries."""


@inbox.command()
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
@click.option("--limit", default=100, type=click.IntRange(1, LIMIT), show_default=True)
def parked(*, as_json: bool, limit: int) -> None:
    """List events that were given up, the newest first."""
    with open_database() as database, database.read() as session:
        found = [_described(event) for event in lanes.parked(session, limit=limit)]
    if as_json:
        answer_json(found)
        return
    for event in found:
        click.echo(f"{event['id']}  {event['parked_at']}  {event['lane']}  {event['error']}")
    click.echo(
        f"{len(found)} parked" + ("; `inbox retry ID` or `inbox dismiss ID`" if found else ""), err=True
    )


EVENT = click.argument("event_id", metavar="ID", type=click.IntRange(1, MOST_ID), required=False)


@inbox.command()
@EVENT
@click.option("--all", "everything", is_flag=True, help="Retry all of them.")
def retry(*, event_id: int | None, everything: bool) -> None:
    """Put a parked event back into its lane, with fresh tries."""
    click.echo(f"{_change(lanes.retry, 'event.retry', event_id, everything=everything)} put back")


@inbox.command()
@EVENT
@click.option("--all", "everything", is_flag=True, help="Dismiss all of them.")
def dismiss(*, event_id: int | None, everything: bool) -> None:
    """Leave a parked event unhandled for good; what it said is cut after seven days, as of all others."""
    click.echo(f"{_change(lanes.dismiss, 'event.dismiss', event_id, everything=everything)} dismissed")


class _Change(Protocol):
    def __call__(self, session: Session, event_ids: Sequence[int], *, now: datetime) -> int: ...


def _change(change: _Change, action: str, event_id: int | None, *, everything: bool) -> int:
    """Do something to one parked event or to all, page by page; return how many there were."""
    if (event_id is None) is not everything:
        raise click.UsageError("name one event by its ID, or say --all")
    count = 0
    with open_database() as database:
        # Known before the first goes back: what fails again meanwhile is parked again, and would never come to an end.
        ids = [event_id] if event_id is not None else _all_parked(database)
        for start in range(0, len(ids), PAGE):
            with database.write() as session:
                now = system_clock()
                done = change(session, ids[start : start + PAGE], now=now)
                if done:
                    noun_id = "all" if event_id is None else f"{event_id}"
                    record(session, whoever_types(), action, "event", noun_id, now, {"events": done})
            count += done
    if event_id is not None and count == 0:
        raise NotFound(f"no parked event has the id {event_id}")
    return count


def _all_parked(database: Database) -> Sequence[int]:
    with database.read() as session:
        return lanes.parked_ids(session)


def _described(event: WebhookEvent) -> Mapping[str, object]:
    return {
        "id": event.id,
        "event_id": event.event_key,
        "lane": event.lane_key,
        "received_at": event.received_at.isoformat(),
        "parked_at": event.parked_at.isoformat() if event.parked_at else None,
        "failures": event.failures,
        "deaths": event.deaths,
        "error": event.error,
    }
