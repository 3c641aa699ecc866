"""`playbook`: what the bot says, as text."""

import sys
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path

import click

from bot.cli import Refused
from bot.cli.opening import answer_json, load_settings, open_database
from bot.cli.user import whoever_types
from bot.segmenting import SEGMENTS
from core.clock import system_clock
from line.channels import ensure_channel
from playbook.check import Checked
from playbook.check import check as check_folder
from playbook.schema import Playbook
from staff.audit import record

FOLDER = click.argument(
    "folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path)
)


@click.group()
def playbook() -> None:
    """Check, test, plan and apply what the bot says. Every command exits with 1 when something is wrong."""


@playbook.command()
@FOLDER
@click.option("--json", "as_json", is_flag=True, help="Print the faults as a list of objects.")
def check(folder: Path, *, as_json: bool) -> None:
    """Find every fault at once, each as `file:line: what`."""
    checked = _checked(folder)
    _tell(map(str, checked.notes))
    if as_json:
        answer_json(
            [{"file": fault.file, "line": fault.line, "what": fault.what} for fault in checked.faults]
        )
    else:
        for fault in checked.faults:
            click.echo(str(fault))
    click.echo(f"{len(checked.faults)} faults" if checked.faults else "no faults", err=True)
    if checked.faults:
        sys.exit(1)


@playbook.command()
@FOLDER
def test(folder: Path) -> None:
    """Play the transcripts against a bot in memory and say where they go another way."""
    from bot.rehearsal import rehearse

    found, notes = _sound(folder)
    _tell(notes)
    faults = rehearse(found)
    for fault in faults:
        click.echo(str(fault))
    failed = len({fault.file for fault in faults})
    click.echo(f"{len(found.transcripts)} transcripts, {failed} failed", err=True)
    if faults:
        sys.exit(1)


@playbook.command()
@FOLDER
@click.option("--json", "as_json", is_flag=True, help="Print one object.")
def plan(folder: Path, *, as_json: bool) -> None:
    """Say what `apply` would change."""
    from playbook.doubts import doubts
    from playbook.plan import plan as plan_changes

    found, notes = _sound(folder)
    with open_database() as database:
        with database.write() as session:
            channel = ensure_channel(session, now=system_clock())
        with database.read() as session:
            planned = plan_changes(session, channel, found)
            notes += doubts(session, channel.id, found, SEGMENTS)
    _tell(notes)
    if as_json:
        answer_json(
            {
                "live": planned.live,
                "changes": [
                    {"kind": change.kind.value, "noun": change.noun, "name": change.name}
                    for change in planned.changes
                ],
                "lost": [str(change) for change in planned.lost],
                "kept": [str(one) for one in planned.kept],
                "notes": notes,
            }
        )
    else:
        click.echo(str(planned))


@playbook.command()
@FOLDER
@click.option("--overwrite", is_flag=True, help="Also when a newer revision than the playbook's is live.")
@click.option("--by", default="command line", show_default=True, help="Who publishes, for the record.")
def apply(folder: Path, *, overwrite: bool, by: str) -> None:
    """Publish the playbook as the next revision, whole or not at all. Never asks."""
    from playbook.apply import apply as publish
    from playbook.doubts import doubts
    from playbook.kept import kept_by_staff, lines_of

    found, notes = _sound(folder)
    with open_database() as database, database.write() as session:
        now = system_clock()
        channel = ensure_channel(session, now=now)
        notes += doubts(session, channel.id, found, SEGMENTS)
        revision = publish(session, channel, found, now=now, by=by, overwrite=overwrite, segments=SEGMENTS)
        number = None if revision is None else revision.number
        kept = kept_by_staff(session, channel.id, found.content)
        if number is not None:
            record(session, whoever_types(), "playbook.apply", "revision", f"{number}", now, {"by": by})
    _tell(notes)
    click.echo(
        "nothing to do: the live revision says the same" if number is None else f"revision {number} is live"
    )
    for line in lines_of(kept):
        click.echo(line)


@playbook.command()
@click.argument("file", required=False)
def schema(file: str | None) -> None:
    """Print the JSON Schema of a playbook, or of one FILE of it, for editors.

    FILE is such as segments.yaml, rich_menus/main.yaml or questionnaires/any.yaml.
    """
    from playbook.json_schema import FILES
    from playbook.json_schema import schema as shape

    kind = next((one for one in FILES if file is not None and fnmatch(file, one)), None)
    if file is not None and kind is None:
        raise Refused(f"{file} is no file of a playbook; there are {', '.join(FILES)}")
    answer_json(shape(SEGMENTS, kind))


def _sound(folder: Path) -> tuple[Playbook, list[str]]:
    """Return the playbook of a folder and what is worth a mention about it, or refuse with every fault."""
    checked = _checked(folder)
    if checked.playbook is None:
        raise Refused(*map(str, checked.faults))
    return checked.playbook, [str(one) for one in checked.notes]


def _tell(notes: Iterable[str]) -> None:
    """Say beside the answer what is no reason to refuse."""
    for note in notes:
        click.echo(f"note: {note}", err=True)


def _checked(folder: Path) -> Checked:
    font = load_settings().menu_font
    return check_folder(folder, menu_font=None if font is None else str(font), segments=SEGMENTS)
