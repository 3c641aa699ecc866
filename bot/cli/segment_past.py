"""`segment history`, `was-in`, `snapshot`, `upload`, `unfinished`, `discard`: who was in a segment, and lists."""

import csv
import getpass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from sqlalchemy.orm import Session

from bot import privacy
from bot.cli import Refused
from bot.cli.channel import the_channel
from bot.cli.language import LANGUAGE
from bot.cli.opening import answer_json, open_database
from bot.segmenting import SEGMENTS
from bot.wording import Speaks, Wording
from content.revisions import Revisions
from core.clock import system_clock
from core.errors import NotFound
from segmentation import audience, filling
from segmentation import history as past
from segmentation.filling import NewList
from segmentation.unfinished import broken_off
from staff.audit import Actor

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON; its shape stays as it is.")
KEY = click.argument("key", metavar="SEGMENT")
NEW_KEY = click.argument("new_key", metavar="NEW_SEGMENT")
LABEL = click.option("--label", help="What staff call these people; the id when left out.")
USUAL_DAYS = 30
SHOWN = 10


def _opened(session: Session) -> tuple[int, ZoneInfo, str]:
    channel = the_channel(session)
    published = Revisions().live(session, channel.id)
    if published is None:
        raise NotFound("no playbook is published yet: run `python -m bot playbook apply DIR`")
    return channel.id, published.zone, published.content.default_language


@click.command()
@KEY
@click.option("--on", "on", metavar="DATE", help="Only who was in it at the end of that day: 2027-03-01.")
@click.option("--days", type=click.IntRange(1, past.MOST_DAYS), default=USUAL_DAYS, show_default=True)
@AS_JSON
def history(key: str, *, on: str | None, days: int, as_json: bool) -> None:
    """Say how many entered, left and stayed on each of the last days.

    The JSON is a list of `day`, `entered`, `left`, `members` (at its end).
    """
    with open_database() as database, database.read() as session:
        channel_id, zone, _language = _opened(session)
        today = system_clock().astimezone(zone).date()
        first, last = (today - timedelta(days=days - 1), today) if on is None else (_day(on), _day(on))
        found = past.growth(session, audience.get(session, channel_id, key), first, last, zone)
    if as_json:
        answer_json(
            [
                {"day": one.day.isoformat(), "entered": one.entered, "left": one.left, "members": one.members}
                for one in found
            ]
        )
        return
    for one in found:
        click.echo(f"{one.day}  +{one.entered:<8,} -{one.left:<8,} {one.members:>9,}")


@click.command("was-in")
@KEY
@click.argument("contact_id", metavar="CONTACT")
@click.option(
    "--at",
    "moment",
    metavar="TIME",
    required=True,
    help="2027-03-01T14:00 in the account's zone, or a day, which is its end.",
)
@LANGUAGE
@AS_JSON
def was_in(key: str, contact_id: str, *, moment: str, language: str | None, as_json: bool) -> None:
    """Say whether a person was in a segment at a moment, since when and why. CONTACT: as for `why`.

    The JSON holds `segment`, `contact`, `at`, `was_in`, and `stay` (`entered_at`, `entered_because`,
    `entered_by_event`, `left_at`, `left_because`, `left_by_event`) or null; with --language also `told`.
    """
    wording = Wording(SEGMENTS, Revisions())
    with open_database() as database, database.read() as session:
        channel_id, zone, account_language = _opened(session)
        at = _moment(moment, zone)
        segment = audience.get(session, channel_id, key)
        contact = privacy.get_contact(session, channel_id, contact_id)
        stay = past.was_in(session, segment, contact.id, at)
        public_id = contact.public_id
        spoken = language or wording.nearest(account_language)
        told = wording.at_a_moment(session, segment, stay, Speaks(spoken, zone, system_clock()))
    if as_json:
        answer_json(
            {
                "segment": key,
                "contact": public_id,
                "at": at.isoformat(),
                "was_in": stay is not None,
                "stay": stay,
                **({} if language is None else {"told": told}),
            }
        )
        return
    click.echo(told)


@click.command()
@KEY
@NEW_KEY
@LABEL
def snapshot(key: str, new_key: str, *, label: str | None) -> None:
    """Keep who is in a segment now as a list, which is a segment of its own."""
    with open_database() as database:
        with database.read() as session:
            channel_id, zone, language = _opened(session)
        wanted = NewList(channel_id, new_key, {language: label or new_key}, _by())
        made = filling.snapshot(database, SEGMENTS, wanted, key, clock=system_clock, zone=zone)
    click.echo(f"{made.count} people are on the list {new_key}")


@click.command()
@NEW_KEY
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@LABEL
def upload(new_key: str, file: Path, *, label: str | None) -> None:
    """Make a list of a file with one LINE user id, or one customer id of the shop's own, to a line.

    Lines that nobody is known by are left out, and written to FILE.unknown.csv.
    """
    with open_database() as database:
        with database.read() as session:
            channel_id, _zone, language = _opened(session)
        wanted = NewList(channel_id, new_key, {language: label or new_key}, _by())
        with file.open(encoding="utf-8-sig", errors="replace") as lines:
            known = filling.look_up(database, channel_id, lines)
        filling.upload(database, SEGMENTS, wanted, known, file.name, clock=system_clock)
    click.echo(f"{len(known.ids)} people are on the list {new_key}")
    if not known.unknown:
        return
    beside = file.with_name(f"{file.name}.unknown.csv")
    with beside.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([("line", "id"), *known.unknown])
    shown = ", ".join(f"line {number}" for number, _text in known.unknown[:SHOWN])
    more = f" and {len(known.unknown) - SHOWN} more" if len(known.unknown) > SHOWN else ""
    click.echo(f"nobody is known by {shown}{more}: see {click.format_filename(beside)}", err=True)


@click.command()
@AS_JSON
def unfinished(*, as_json: bool) -> None:
    """List the lists whose upload or snapshot broke off, or is under way; nobody sees them elsewhere.

    `upload` or `snapshot` with the same id begins anew, `discard` throws it away.
    """
    with open_database() as database, database.read() as session:
        channel_id, zone, _language = _opened(session)
        found: list[dict[str, Any]] = [
            {
                "id": one.segment.key,
                "begun_at": one.segment.changed_at.isoformat(),
                "by": one.segment.created_by,
                "people": one.people,
            }
            for one in broken_off(session, channel_id)
        ]
    if as_json:
        answer_json(found)
        return
    for one in found:
        begun = f"{datetime.fromisoformat(one['begun_at']).astimezone(zone):%Y-%m-%d %H:%M}"
        click.echo(f"{one['people']:>9,}  {one['id']}  begun {begun} by {one['by']}")


@click.command()
@click.argument("key", metavar="LIST")
def discard(key: str) -> None:
    """Throw away a list that was not finished. LIST is its id, as `unfinished` tells it."""
    with open_database() as database:
        with database.read() as session:
            channel_id = the_channel(session).id
        count = filling.discard(database, channel_id, key, _by(), clock=system_clock)
    click.echo(f"{key} is gone, with {count} people on it")


def _by() -> Actor:
    try:
        return Actor.command_line(getpass.getuser())
    except (KeyError, OSError):
        return Actor.command_line("unknown")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused(f"{text!r} is no day: write 2027-03-01") from None


def _moment(text: str, zone: ZoneInfo) -> datetime:
    try:
        if len(text) == len("2027-03-01"):
            return datetime.combine(date.fromisoformat(text), time(23, 59, 59, 999_999), zone)
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(f"{text!r} is no time: write 2027-03-01T14:00, or 2027-03-01") from None
    return at if at.tzinfo is not None else at.replace(tzinfo=zone)
