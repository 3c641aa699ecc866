"""`doctor`: what is wrong, and what to do."""

import sys

import click

from bot.cli.opening import answer_json, load_settings
from bot.doctor import Verdict, examine
from core.clock import system_clock
from core.db import Database

SIGNS = {Verdict.OK: "OK   ", Verdict.WRONG: "WRONG", Verdict.NOTE: "note "}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def doctor(*, as_json: bool) -> None:
    """Look at settings, database, LINE and webhook; exit with 1 when something is wrong."""
    settings = load_settings()
    database = Database.connect(settings.database_url)
    found = []
    for finding in examine(settings, database, system_clock):
        found.append(finding)
        if not as_json:
            todo = f"\n      → {finding.do}" if finding.do else ""
            click.echo(f"{SIGNS[finding.verdict]} {finding.about}: {finding.says}{todo}")
    database.dispose()
    if as_json:
        answer_json(
            [{"check": f.about, "status": f.verdict.value, "says": f.says, "do": f.do} for f in found]
        )
    if any(finding.verdict is Verdict.WRONG for finding in found):
        sys.exit(1)
