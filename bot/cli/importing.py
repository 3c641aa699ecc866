"""`import`: what the shop's own systems know about people, from files."""

import gc
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from bot.cli import Refused
from bot.cli.channel import the_channel
from bot.cli.language import LANGUAGE
from bot.cli.opening import answer_json, load_settings, open_database
from bot.import_followers import FollowerImporter
from bot.import_followers import Report as FollowerReport
from bot.importer import PURPOSE, Importer, Plan, Report
from bot.privacy import erasure_key
from bot.progress import shown
from bot.segmenting import SEGMENTS
from bot.wording import ENGLISH, Wording
from content.revisions import Published, Revisions
from core.clock import system_clock
from core.db import Database
from core.errors import InvalidInput, Rejected
from core.leases import new_owner
from facts.models import ImportKind
from facts.rows_file import ENCODINGS
from line.governor import Governor
from line.messenger import LineMessenger

Tell = Callable[[str], str]
"""Says in the reader's language what is told in English."""
_FILE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
_OPTIONS = (
    click.option("--json", "as_json", is_flag=True, help="Print one object; its shape stays as it is."),
    click.option("--again", is_flag=True, help="Go through a file that is in already."),
    LANGUAGE,
    click.option("--encoding", type=click.Choice(ENCODINGS), help="When it is not recognised."),
)


@click.group("import")
def import_() -> None:
    """Take in customers, orders, events and tags from files, and the account's followers from LINE.

    CSV with a header, in UTF-8, CP932 or Big5; docs/imports.md lists the columns. A row goes in once,
    however often it comes. One that cannot is written to FILE.KIND.refused.csv with the reason.
    """


def _takes(command: Any) -> Any:
    for option in reversed(_OPTIONS):
        command = option(command)
    return _FILE(command)


@import_.command()
@_takes
@click.option("--purpose", default=PURPOSE, show_default=True, help="What marketing_consent is for.")
def contacts(
    file: Path, *, as_json: bool, again: bool, language: str | None, encoding: str | None, purpose: str
) -> None:
    """Take in customers: their numbers, fields, consent and tags."""
    _run(
        ImportKind.CONTACTS,
        file,
        as_json=as_json,
        again=again,
        language=language,
        encoding=encoding,
        purpose=purpose,
    )


@import_.command()
@_takes
def orders(file: Path, *, as_json: bool, again: bool, language: str | None, encoding: str | None) -> None:
    """Take in orders; one that has changed since is changed here too."""
    _run(ImportKind.ORDERS, file, as_json=as_json, again=again, language=language, encoding=encoding)


@import_.command()
@_takes
def events(file: Path, *, as_json: bool, again: bool, language: str | None, encoding: str | None) -> None:
    """Take in what people did elsewhere."""
    _run(ImportKind.EVENTS, file, as_json=as_json, again=again, language=language, encoding=encoding)


@import_.command()
@_takes
def tags(file: Path, *, as_json: bool, again: bool, language: str | None, encoding: str | None) -> None:
    """Take in tags of people."""
    _run(ImportKind.TAGS, file, as_json=as_json, again=again, language=language, encoding=encoding)


@import_.command()
@LANGUAGE
@click.option("--json", "as_json", is_flag=True, help="Print one object; its shape stays as it is.")
def followers(*, as_json: bool, language: str | None) -> None:
    """Know the friends that the account has already, as LINE lists them; their profiles follow.

    Only verified and premium accounts may ask LINE for this list.
    """
    settings = load_settings()
    messenger = LineMessenger(
        settings.access_token,
        api_base=settings.line_api_base,
        data_api_base=settings.line_data_api_base,
    )
    with closing(messenger), open_database(settings) as database:
        with database.read() as session:
            channel_id = the_channel(session).id
            published = Revisions().live(session, channel_id)
        importer = FollowerImporter(
            database,
            messenger.account,
            Governor(database, system_clock),
            clock=system_clock,
            owner=new_owner(),
            segments=SEGMENTS,
            erasure_key=erasure_key(settings),
        )
        with _speaking(language, published) as tell:
            with _refusing(tell), shown(tell("listing followers")) as show:
                report = importer.run(channel_id, show)
            if as_json:
                answer_json(asdict(report))
            else:
                _answer_followers(report, tell)


def _answer_followers(report: FollowerReport, tell: Tell) -> None:
    listed = tell(f"{report.listed:,} followers")
    if report.resumed_after:
        listed = tell(f"{report.listed:,} followers (after {report.resumed_after:,} of an earlier run)")
    new = tell(f"{report.new:,} new")
    click.echo(f"{listed}, {new}; {tell('profiles come while a worker runs')}")
    if report.erased:
        click.echo(tell(f"{report.erased:,} left out: they were erased at their own wish"))


def _run(
    kind: ImportKind,
    file: Path,
    *,
    as_json: bool,
    again: bool,
    language: str | None,
    encoding: str | None,
    purpose: str = PURPOSE,
) -> None:
    settings = load_settings()
    # What is loaded stays; to look through it again and again would take a fifth of the time.
    gc.freeze()
    with open_database(settings) as database:
        database.write_in_bulk()
        with database.read() as session:
            channel_id = the_channel(session).id
            published = Revisions().live(session, channel_id)
        plan = Plan(
            kind=kind,
            path=file,
            zone=settings.time_zone if published is None else published.zone,
            purpose=purpose,
            erasure_key=erasure_key(settings),
            encoding=encoding,
            again=again,
        )
        with _speaking(language, published) as tell:
            report = _import(database, channel_id, plan, tell)
            _answer(report, tell, as_json=as_json)


def _import(database: Database, channel_id: int, plan: Plan, tell: Tell) -> Report:
    with _refusing(tell), shown(tell(f"importing {plan.name}")) as show:
        importer = Importer(database, clock=system_clock, owner=new_owner(), segments=SEGMENTS, tell=tell)
        return importer.run(channel_id, plan, show)


@contextmanager
def _refusing(tell: Tell) -> Iterator[None]:
    """Say why something stays undone, or that it was stopped."""
    try:
        yield
    except KeyboardInterrupt:
        raise Refused(tell("stopped; the same command goes on where it was")) from None
    except InvalidInput as error:
        raise Refused(*(tell(f"{name}: {why}") for name, why in error.fields.items())) from error
    except Rejected as error:
        raise Refused(tell(error.message)) from error


@contextmanager
def _speaking(language: str | None, published: Published | None) -> Iterator[Tell]:
    """Yield what says in a language what is told of an import; in English nothing has to be loaded for it."""
    wording = Wording(SEGMENTS, Revisions())
    spoken = language or wording.nearest("" if published is None else published.content.default_language)
    if spoken == ENGLISH:
        yield str
        return
    from console.row_faults import SENTENCES

    with wording.speaking(spoken):
        yield SENTENCES.in_words


def _answer(report: Report, tell: Tell, *, as_json: bool) -> None:
    for row in report.first_refused:
        click.echo(f"{tell(f'row {row.number}')}: {row.reason}", err=True)
    if report.refused > len(report.first_refused) and report.first_refused:
        click.echo(tell(f"and {report.refused - len(report.first_refused):,} more"), err=True)
    if as_json:
        answer_json(report.as_json())
        return
    if report.in_since is not None:
        since = f"{report.in_since:%Y-%m-%d %H:%M}"
        click.echo(tell(f"{report.file} is in since {since} UTC; --again goes through it anew"))
        return
    rows = tell(f"{report.rows:,} rows")
    if report.resumed_after:
        rows = tell(f"{report.rows:,} rows (after {report.resumed_after:,} of an earlier run)")
    counts = [
        tell(f"{report.counts['new']:,} new"),
        tell(f"{report.counts['changed']:,} changed"),
        tell(f"{report.counts['same']:,} same"),
    ]
    if without := report.counts["without_line_user_id"]:
        counts.append(tell(f"{without:,} without a LINE user id"))
    click.echo(f"{report.file}, {report.encoding}: {rows}: {', '.join(counts)}")
    if report.refused:
        # Those of an earlier run stand beside the file as it was called then.
        if report.refused_file is None:
            click.echo(tell(f"{report.refused:,} refused"))
        else:
            click.echo(tell(f"{report.refused:,} refused, see {report.refused_file}"))
