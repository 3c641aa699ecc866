"""`entry`: where friends come from."""

from pathlib import Path

import click
import segno

from bot.account_keeper import note_account
from bot.cli import Refused
from bot.cli.opening import load_settings, open_database
from config import Settings
from contacts import entry as entries
from core.clock import system_clock
from core.db import Database
from line.account_calls import BotInfo
from line.channels import Channel, ensure_channel
from line.messenger import LineMessenger
from line.outcomes import Later

SUFFIXES = {".svg", ".png"}


@click.group()
def entry() -> None:
    """Make links and QR codes that tell where a friend came from."""


@entry.command()
@click.argument("code")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Picture to write: FILE.svg or FILE.png."
)
def qr(code: str, *, out: Path | None) -> None:
    """Register CODE, such as '#信義店', and print the link whose scanning types it to the bot.

    Without --out the QR code is drawn on the terminal.
    """
    if out is not None and out.suffix.lower() not in SUFFIXES:
        raise click.UsageError("--out takes a FILE.svg or a FILE.png")
    code = entries.clean_code(code)
    settings = load_settings()
    with open_database(settings) as database:
        with database.write() as session:
            channel = ensure_channel(session, now=system_clock())
            entries.register(session, channel.id, code, now=system_clock())
        basic_id = _basic_id(settings, database, channel)
    link = entries.link(basic_id, code)
    picture = segno.make(link, error="m", micro=False)
    if out is None:
        click.echo(_drawn(picture), err=True)
    else:
        picture.save(str(out), scale=10, border=4)
        click.echo(f"written to {out}", err=True)
    click.echo(link)


def _basic_id(settings: Settings, database: Database, channel: Channel) -> str:
    """Ask LINE which account this is: a code that is printed must not lead to the one before, or to a simulated one."""
    messenger = LineMessenger(
        settings.access_token, api_base=settings.line_api_base, data_api_base=settings.line_data_api_base
    )
    info = messenger.account.info()
    if isinstance(info, Later) and channel.basic_id is not None:
        click.echo(f"LINE cannot be asked just now; the account was {channel.basic_id} when it was", err=True)
        return channel.basic_id
    if not isinstance(info, BotInfo):
        raise Refused(f"LINE did not tell the account's basic id, which the link needs: {info.reason}")
    if not info.basic_id:
        raise Refused("the account has no basic id, which the link needs")
    with database.write() as session:
        note_account(session.get_one(Channel, channel.id), info)
    return info.basic_id


def _drawn(picture: segno.QRCode) -> str:
    """Draw with half blocks, two modules to a character, dark on light on any background."""
    rows = [[False, *map(bool, row), False] for row in picture.matrix_iter(border=1)]
    rows += [[False] * len(rows[0])] * (len(rows) % 2)
    glyphs = {(False, False): "█", (True, False): "▄", (False, True): "▀", (True, True): " "}
    return "\n".join(
        "".join(glyphs[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(rows[::2], rows[1::2], strict=True)
    )
