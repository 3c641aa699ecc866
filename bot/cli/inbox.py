"""`inbox`: events that were given up."""

from collections.abc import Mapping

import click
from sqlalchemy.orm import Session

from bot.cli.opening import answer_json, open_database
from bot.cli.user import whoever_types
from core.clock import system_clock
from core.errors import NotFound
from line import lanes
from line.inbox import WebhookEvent
from staff.audit import record

LIMIT = 1000


@click.group()
def inbox() -> None:
    """See and retry events that were given up after their tries."""


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
    click.echo(f"{len(found)} parked" + ("; retry with `inbox retry ID`" if found else ""), err=True)


@inbox.command()
@click.argument("event_id", metavar="ID", type=int, required=False)
@click.option("--all", "everything", is_flag=True, help="Retry all of them.")
def retry(*, event_id: int | None, everything: bool) -> None:
    """Put a parked event back into its lane, with fresh tries."""
    if (event_id is None) is not everything:
        raise click.UsageError("name one event by its ID, or say --all")
    count = 0
    with open_database() as database:
        while True:
            with database.write() as session:
                ids = [event_id] if event_id is not None else _some_parked(session)
                now = system_clock()
                done = lanes.retry(session, ids, now=now)
                if done:
                    noun_id = "all" if event_id is None else f"{event_id}"
                    record(session, whoever_types(), "event.retry", "event", noun_id, now, {"events": done})
            count += done
            if event_id is not None or done == 0:
                break
    if event_id is not None and count == 0:
        raise NotFound(f"no parked event has the id {event_id}")
    click.echo(f"{count} put back")


def _some_parked(session: Session) -> list[int]:
    return [event.id for event in lanes.parked(session, limit=LIMIT)]


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
