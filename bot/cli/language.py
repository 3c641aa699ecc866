"""The option that says in which language a command speaks."""

import click

from bot.wording import LANGUAGES

LANGUAGE = click.option(
    "--language",
    type=click.Choice(LANGUAGES, case_sensitive=False),
    help="In which to say it; the account's own where it is one of them.",
)
