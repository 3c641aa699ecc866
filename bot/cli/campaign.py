"""`campaign`: what is sent without being asked, to whom, when, and what became of it."""

import getpass
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from enum import Enum
from typing import Any

import click
from sqlalchemy.orm import Session

from bot import privacy
from bot.campaigning import EXCLUSIONS
from bot.cli.channel import what_is_published
from bot.cli.opening import answer_json, load_settings, open_database
from bot.segmenting import SEGMENTS
from campaigns import service
from campaigns.models import Campaign, CampaignState
from campaigns.preview import preview as work_out
from campaigns.report import report
from campaigns.times import Weekly, read_when
from campaigns.why import why as explain
from content.revisions import Published
from core.clock import system_clock
from core.errors import InvalidInput
from staff.audit import Actor

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON; its shape stays as it is.")
ID = click.argument("public_id", metavar="CAMPAIGN")


@click.group()
def campaign() -> None:
    """Send campaigns, and see what became of them. CAMPAIGN is the id that `campaign list` shows."""


@campaign.command("list")
@click.option("--limit", default=50, type=click.IntRange(1, 1000), show_default=True)
@AS_JSON
def list_(*, limit: int, as_json: bool) -> None:
    """List the newest campaigns."""
    with open_database() as database, database.read() as session:
        channel, _published = what_is_published(session)
        found = [_described(one) for one in service.listed(session, channel.id, limit=limit)]
    if as_json:
        answer_json(found)
        return
    for one in found:
        click.echo(f"{one['id']}  {one['state']:<10} {one['send_at'] or '-':<26} {one['name']}")


@campaign.command()
@ID
@AS_JSON
def show(public_id: str, *, as_json: bool) -> None:
    """Show one campaign with its report."""
    with open_database() as database, database.read() as session:
        channel, _published = what_is_published(session)
        one = service.get(session, channel.id, public_id)
        found = {**_described(one), "report": _plain(asdict(report(session, one)))}
    if as_json:
        answer_json(found)
        return
    for name, value in found.items():
        click.echo(f"{name}: {value}")


@campaign.command()
@ID
@AS_JSON
def preview(public_id: str, *, as_json: bool) -> None:
    """Say what sending it now would mean: recipients, who is left out and why, quota and cost."""
    with open_database() as database, database.read() as session:
        channel, published = what_is_published(session)
        found = work_out(
            session,
            SEGMENTS,
            EXCLUSIONS,
            service.get(session, channel.id, public_id),
            published=published,
            base_url=load_settings().base_url,
            now=system_clock(),
        )
    if as_json:
        worked_out = {"in_segment": found.in_segment, "held": found.held, "fits_quota": found.fits_quota}
        answer_json(_plain(asdict(found)) | worked_out)
        return
    click.echo(f"{found.recipients:,} of {found.in_segment:,} people, by {found.requests:,} requests")
    for skip, count in found.left_out.items():
        click.echo(f"  left out: {count:,} {skip.value}")
    if found.waits_until is not None:
        until = found.waits_until.astimezone(published.zone)
        click.echo(f"  held back: {found.held:,} by quiet hours ({found.quiet_hours}), until {until}")
    if found.quota is not None and found.quota.left is not None:
        click.echo(f"quota: {found.quota.used:,} used, {found.quota.left:,} left")
    if not found.fits_quota:
        click.echo("the quota is not enough: it would pause on the way")
    if found.cost is not None:
        click.echo(f"cost: {found.cost:,.2f} {found.currency}")


@campaign.command()
@ID
@click.option("--now", "at_once", is_flag=True, help="Send it at once.")
@click.option("--at", "written", help="`2027-03-01T10:00` or `weekly fri 11:00`, in the account's zone.")
def schedule(public_id: str, *, at_once: bool, written: str | None) -> None:
    """Send a draft: at once, at a time, or every week; what was overdue goes out with --now."""
    if at_once == (written is not None):
        raise InvalidInput({"when": "give either --now or --at"})
    with open_database() as database, database.write() as session:
        channel, published = what_is_published(session)
        one, by, now = service.get(session, channel.id, public_id), _actor(), system_clock()
        if written is None and one.state is CampaignState.OVERDUE:
            service.send_late(session, one, by=by, now=now)
        elif written is None:
            service.send_now(session, one, by=by, now=now)
        else:
            _at(session, one, written, published, by, now)
        state, send_at = one.state, one.send_at
    click.echo(f"{public_id} is {state.value} for {send_at.isoformat() if send_at else 'now'}")


def _at(
    session: Session, one: Campaign, written: str, published: Published, by: Actor, now: datetime
) -> None:
    try:
        when = read_when(written)
    except ValueError as error:
        raise InvalidInput({"at": str(error)}) from None
    if when is None:
        raise InvalidInput({"at": "is a time; a draft needs none"})
    if isinstance(when, Weekly):
        service.schedule_weekly(session, one, when, zone=published.zone, by=by, now=now)
    else:
        service.schedule_at(session, one, when, zone=published.zone, by=by, now=now)


@campaign.command()
@ID
def pause(public_id: str) -> None:
    """Release no more of it."""
    _press(
        public_id,
        lambda session, one, _published: service.pause(session, one, by=_actor(), now=system_clock()),
    )


@campaign.command()
@ID
def resume(public_id: str) -> None:
    """Go on where it was paused."""
    _press(
        public_id,
        lambda session, one, published: service.resume(
            session, one, zone=published.zone, by=_actor(), now=system_clock()
        ),
    )


@campaign.command()
@ID
def cancel(public_id: str) -> None:
    """Send nobody anything more of it, for good."""
    _press(
        public_id,
        lambda session, one, _published: service.cancel(session, one, by=_actor(), now=system_clock()),
    )


@campaign.command()
@ID
@click.argument("contact_id", metavar="CONTACT")
@AS_JSON
def why(public_id: str, contact_id: str, *, as_json: bool) -> None:
    """Say why somebody got it, or did not, or would. CONTACT: a LINE user id, or our own.

    The JSON holds `verdict`, `skip`, `detail`, `released_at`, `settled_at`, `line_request_id`, `tapped_at`,
    `held_until` (quiet hours made them wait until then, or will), `frozen_at` and `in_segment_now`.
    """
    with open_database() as database, database.read() as session:
        channel, published = what_is_published(session)
        found = explain(
            session,
            SEGMENTS,
            EXCLUSIONS,
            service.get(session, channel.id, public_id),
            privacy.get_contact(session, channel.id, contact_id),
            published=published,
            now=system_clock(),
        )
    told = {
        name: _plain(getattr(found, name))
        for name in (
            "verdict", "skip", "detail", "released_at", "settled_at", "line_request_id", "tapped_at", "held_until",
            "frozen_at",
        )
    } | {"in_segment_now": found.segment.holds if found.segment is not None else None}  # fmt: skip
    if as_json:
        answer_json(told)
        return
    for name, value in told.items():
        if value is not None:
            click.echo(f"{name}: {value}")


def _press(public_id: str, act: Any) -> None:
    with open_database() as database, database.write() as session:
        channel, published = what_is_published(session)
        one = service.get(session, channel.id, public_id)
        act(session, one, published)
        state = one.state
    click.echo(f"{public_id} is {state.value}")


def _actor() -> Actor:
    try:
        return Actor.command_line(getpass.getuser())
    except (KeyError, OSError):
        return Actor.command_line("unknown")


def _described(one: Campaign) -> Mapping[str, object]:
    return {
        "id": one.public_id,
        "key": one.key,
        "name": one.name,
        "state": one.state.value,
        "paused_because": one.paused_because,
        "segment": one.segment.key,
        "consent": one.consent,
        "repeat": one.repeat,
        "send_at": one.send_at.isoformat() if one.send_at else None,
        "audience": one.recipients,
        "started_at": one.started_at.isoformat() if one.started_at else None,
        "finished_at": one.finished_at.isoformat() if one.finished_at else None,
        "version": one.version,
    }


def _plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    if isinstance(value, Mapping):
        return {_plain(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, datetime) else value
