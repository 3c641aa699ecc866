"""`outbox`: what LINE did not take."""

from collections.abc import Mapping

import click
import sqlalchemy as sa

from bot.cli.opening import answer_json, open_database
from line.outbox import Outgoing, SendStatus

UNSENT = (
    SendStatus.QUEUED,
    SendStatus.SENDING,
    SendStatus.NO_QUOTA,
    SendStatus.REFUSED,
    SendStatus.UNKNOWN,
    SendStatus.TOO_LATE,
)


@click.group()
def outbox() -> None:
    """See what LINE did not take."""


@outbox.command("list")
@click.option(
    "--status",
    "statuses",
    multiple=True,
    type=click.Choice([status.value for status in SendStatus]),
    help="May be given several times; everything unsent when left out.",
)
@click.option("--limit", default=100, type=click.IntRange(1, 10_000), show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def list_rows(*, statuses: tuple[str, ...], limit: int, as_json: bool) -> None:
    """List requests to LINE, the newest first, without what they say."""
    wanted = [SendStatus(status) for status in statuses] or list(UNSENT)
    with open_database() as database, database.read() as session:
        rows = session.scalars(
            sa.select(Outgoing)
            .where(Outgoing.status.in_(wanted))
            .order_by(Outgoing.created_at.desc(), Outgoing.id.desc())
            .limit(limit)
        ).all()
        found = [_described(row) for row in rows]
    if as_json:
        answer_json(found)
        return
    for row in found:
        click.echo(
            f"{row['id']}  {row['created_at']}  {row['kind']}  {row['status']}  {row['lane']}  {row['reason'] or ''}"
        )
    click.echo(f"{len(found)} found", err=True)


def _described(row: Outgoing) -> Mapping[str, object]:
    return {
        "id": row.id,
        "kind": row.kind.value,
        "status": row.status.value,
        "lane": row.lane_key,
        "event_id": row.event_key,
        "created_at": row.created_at.isoformat(),
        "due_at": row.due_at.isoformat(),
        "settled_at": row.settled_at.isoformat() if row.settled_at else None,
        "attempts": row.attempts,
        "maybe_sent": row.maybe_sent,
        "line_request_id": row.line_request_id,
        "reason": row.reason,
    }
