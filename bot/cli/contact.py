"""`contact`: one person."""

import sys
from collections.abc import Mapping
from typing import Any

import click

from bot import privacy
from bot.cli.channel import the_channel
from bot.cli.opening import answer_json, load_settings, open_database
from bot.cli.user import whoever_types
from bot.explaining import explain
from core.clock import system_clock
from core.errors import Conflict
from staff.audit import record
from tickets.floor import give_back

SOURCE = "staff:command line"


@click.group()
def contact() -> None:
    """See, release, export and erase one person. ID is the LINE user id, or the contact's own."""


@contact.command()
@click.argument("contact_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print one object; its shape stays as it is.")
@click.option(
    "--limit", default=50, type=click.IntRange(0, 10_000), show_default=True, help="Timeline entries."
)
def show(contact_id: str, *, as_json: bool, limit: int) -> None:
    """Show profile, fields, tags with their sources, questionnaires and the newest of the story."""
    with open_database() as database, database.read() as session:
        one = privacy.get_contact(session, the_channel(session).id, contact_id)
        found = privacy.show(session, one, limit=limit, now=system_clock())
    if as_json:
        answer_json(found)
    else:
        _print(found)


@contact.command()
@click.argument("contact_id", metavar="ID")
def release(contact_id: str) -> None:
    """Give the conversation back to the bot."""
    with open_database() as database, database.write() as session:
        one = privacy.get_contact(session, the_channel(session).id, contact_id)
        was_handed_over = one.human_wanted_at is not None
        now = system_clock()
        give_back(session, one, by=SOURCE, now=now)
        if was_handed_over:
            record(session, whoever_types(), "contact.release", "contact", one.public_id, now)
    click.echo("released: the bot answers again" if was_handed_over else "the bot had the floor already")


@contact.command()
@click.argument("contact_id", metavar="ID")
@click.option("--yes", "is_sure", is_flag=True, help="Do not ask; needed where there is no terminal.")
def erase(contact_id: str, *, is_sure: bool) -> None:
    """Erase one person for good; counts stay. They may come back as somebody new."""
    settings = load_settings()
    with open_database(settings) as database:
        with database.read() as session:
            channel = the_channel(session)
            one = privacy.get_contact(session, channel.id, contact_id)
            line_user_id, public_id = one.line_user_id, one.public_id
            if one.erased_at is not None:
                raise Conflict(f"{contact_id} was erased on {one.erased_at:%Y-%m-%d}")
        if not is_sure:
            _make_sure(contact_id)
        key = privacy.erasure_key(settings)
        now = system_clock()
        left = privacy.erase(database, channel, line_user_id, key=key, now=now)
        with database.write() as session:
            record(session, whoever_types(), "contact.erase", "contact", public_id, now)
    click.echo(f"erased; {left} is what is left to count")
    click.echo(
        "Backups made before still hold this person: after restoring one, `up` erases again.", err=True
    )


@contact.command()
@click.argument("contact_id", metavar="ID")
def export(contact_id: str) -> None:
    """Print all data of one person as JSON; their files lie below MEDIA_DIR under the names given."""
    with open_database() as database, database.read() as session:
        one = privacy.get_contact(session, the_channel(session).id, contact_id)
        found = privacy.export(session, one, now=system_clock())
    answer_json(found)


@contact.command()
@click.argument("contact_id", metavar="ID")
@click.argument("text")
@click.option("--json", "as_json", is_flag=True, help="Print one object.")
def why(contact_id: str, text: str, *, as_json: bool) -> None:
    """Say what would answer this text from this person now, and why; nothing is changed or sent."""
    settings = load_settings()
    with open_database(settings) as database, database.decide() as session:
        one = privacy.get_contact(session, the_channel(session).id, contact_id)
        found = explain(session, one, text, base_url=settings.base_url, now=system_clock())
    if as_json:
        answer_json(
            {
                "answered_by": found.answered_by,
                "rules": [{"rule": v.rule, "wins": v.wins, "because": v.because} for v in found.verdicts],
            }
        )
        return
    click.echo(f"answered by: {found.answered_by}")
    for verdict in found.verdicts:
        click.echo(f"  {'→' if verdict.wins else ' '} {verdict.rule}: {verdict.because}")


@contact.command("reapply-erasures")
def reapply_erasures() -> None:
    """Erase again whom an older backup brought back, as var/erasures.jsonl tells."""
    settings = load_settings()
    with open_database(settings) as database:
        with database.read() as session:
            channel = the_channel(session)
        count = privacy.reapply(database, channel, key=privacy.erasure_key(settings))
    click.echo(f"{count} erased again")


def _make_sure(contact_id: str) -> None:
    if not sys.stdin.isatty():
        raise click.UsageError(f"Erase {contact_id}? This cannot be undone: give --yes.")
    click.confirm(f"Erase {contact_id}? This cannot be undone.", abort=True, err=True)


def _print(found: Mapping[str, Any]) -> None:
    for name in (
        "id",
        "line_user_id",
        "display_name",
        "language",
        "following",
        "entry_source",
        "last_seen_at",
    ):
        click.echo(f"{name:<18} {found[name] if found[name] is not None else '-'}")
    click.echo(f"{'handed over since':<18} {found['handed_over_since'] or '-'}")
    for name, field in found["fields"].items():
        click.echo(f"field  {name} = {field['value']}  ({field['source']}, {field['set_at']})")
    for tag in found["tags"]:
        until = f", until {tag['expires_at']}" if tag["expires_at"] else ""
        click.echo(f"tag    {tag['name']}  ({tag['source']}, {tag['set_at']}{until})")
    for name, points in found["scores"].items():
        click.echo(f"score  {name} = {points}")
    for run in found["runs"]:
        click.echo(
            f"run    {run['questionnaire']} v{run['version']} {run['status']}, started {run['started_at']}"
        )
    for entry in found["timeline"]:
        said = entry["text"] or ""
        click.echo(f"{entry['at']}  {entry['kind']:<14} {entry['about'] or ''}  {said}".rstrip())
