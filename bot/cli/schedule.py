"""`schedule`: what happens by the clock."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import schedules
from bot.cli.opening import answer_json, load_settings, open_database
from bot.cli.user import whoever_types
from bot.jobs import JOBS
from bot.schedules import Schedule, Tick
from core.clock import system_clock
from core.errors import NotFound
from staff.audit import record


@click.group()
def schedule() -> None:
    """See, pause and run what happens by the clock."""


@schedule.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def list_schedules(*, as_json: bool) -> None:
    """List the schedules with their next and last firing."""
    with _declared() as (session, _):
        found = [
            _described(session, one) for one in session.scalars(sa.select(Schedule).order_by(Schedule.name))
        ]
    if as_json:
        answer_json(found)
        return
    for one in found:
        state = f"paused since {one['paused_at']}" if one["paused_at"] else f"next {one['next_at']}"
        last = f"last {one['last_at'] or 'never'}{' FAILED: ' + str(one['error']) if one['error'] else ''}"
        click.echo(f"{one['name']:<20} {one['cron']:<16} {state}  {last}")


@schedule.command()
@click.argument("name")
def pause(name: str) -> None:
    """Let a schedule rest until it is resumed, also over restarts."""
    with _declared() as (session, now):
        one = _get(session, name)
        one.paused_at = one.paused_at or now
        record(session, whoever_types(), "schedule.pause", "schedule", name, now)
    click.echo(f"{name} is paused")


@schedule.command()
@click.argument("name")
def resume(name: str) -> None:
    """Let a paused schedule go on; what it missed is not made up for."""
    with _declared() as (session, now):
        one = _get(session, name)
        if one.paused_at is not None:
            one.paused_at = None
            one.next_at = schedules.next_fire(one.cron, load_settings().time_zone, after=now)
        record(session, whoever_types(), "schedule.resume", "schedule", name, now)
    click.echo(f"{name} goes on at {one.next_at.isoformat()}")


@schedule.command()
@click.argument("name")
def run(name: str) -> None:
    """Fire a schedule once, now, even if it is paused; the scheduler process does the work."""
    with _declared() as (session, now):
        schedules.fire(session, _get(session, name).name, at=now, now=now)
        record(session, whoever_types(), "schedule.run", "schedule", name, now)
    click.echo(f"{name} is due; the scheduler takes it up within a second")


@contextmanager
def _declared() -> Iterator[tuple[Session, datetime]]:
    """Open a transaction in which every job has its schedule, also before the first scheduler ran."""
    settings = load_settings()
    with open_database(settings) as database, database.write() as session:
        now = system_clock()
        crons = {name: job.cron for name, job in JOBS.items()}
        schedules.declare(session, crons, zone=settings.time_zone, now=now)
        yield session, now


def _get(session: Session, name: str) -> Schedule:
    one = session.get(Schedule, name)
    if one is None:
        raise NotFound(f"no schedule is called {name}; there are {', '.join(JOBS)}")
    return one


def _described(session: Session, one: Schedule) -> Mapping[str, object]:
    last = session.scalars(
        sa.select(Tick)
        .where(Tick.name == one.name, Tick.settled_at.is_not(None))
        .order_by(Tick.fire_at.desc())
        .limit(1)
    ).first()
    return {
        "name": one.name,
        "cron": one.cron,
        "next_at": one.next_at.isoformat(),
        "paused_at": one.paused_at.isoformat() if one.paused_at else None,
        "last_at": last.fire_at.isoformat() if last else None,
        "error": last.error if last else None,
    }
