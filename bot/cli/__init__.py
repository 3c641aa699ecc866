"""The command line. Each group has a module, which is imported when it is asked for."""

from collections.abc import Mapping
from importlib import import_module
from keyword import iskeyword
from typing import Any

import click

from core.errors import InvalidInput, Rejected

COMMANDS: Mapping[str, tuple[str, str]] = {
    "up": ("processes", "Run everything; without LINE credentials with a simulated LINE."),
    "web": ("processes", "Serve the webhook, the console and the health pages."),
    "worker": ("processes", "Handle events and send, supervised."),
    "scheduler": ("processes", "Do what is due by the clock."),
    "simulator": ("processes", "Play LINE, with a phone in the browser."),
    "db": ("db", "Migrate the database, or say what is missing."),
    "inbox": ("inbox", "See and retry events that were given up."),
    "outbox": ("outbox", "See what LINE did not take."),
    "schedule": ("schedule", "See, pause and run what happens by the clock."),
    "playbook": ("playbook", "Check, test, plan and apply what the bot says."),
    "contact": ("contact", "See, release, export and erase one person."),
    "ticket": ("ticket", "See who has which conversation and why; give one to somebody."),
    "import": ("importing", "Take in what the shop's own systems know about people."),
    "tag": ("tag", "Take back what one source said about people."),
    "segment": ("segment", "Count segments, and say why somebody is in one."),
    "score": ("score", "Say how many points people have, and why."),
    "campaign": ("campaign", "Send campaigns, and see what became of them."),
    "entry": ("entry", "Make links and QR codes that tell where a friend came from."),
    "user": ("user", "Add staff, list them, and change what they may do."),
    "token": ("token", "Make tokens for programs that use the REST API, list and revoke them."),
    "demo": ("demo", "Fill the invented shop of a simulated LINE, or take it away."),
    "doctor": ("doctor", "Say what is wrong with this installation and what to do."),
}


class Refused(click.ClickException):
    """The command cannot be done; one line for each reason."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("\n".join(reasons))

    def show(self, file: Any = None) -> None:
        click.echo(self.message, file=file, err=file is None)


class Commands(click.Group):
    """The groups by name, imported one at a time: a worker must not wait for what only `doctor` needs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _ = COMMANDS[cmd_name]
        function = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command: click.Command = getattr(import_module(f"bot.cli.{module}"), function)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; what a person can put right is told in one line."""
        try:
            return super().invoke(ctx)
        except InvalidInput as error:
            raise Refused(*(f"{name}: {reason}" for name, reason in error.fields.items())) from error
        except Rejected as error:
            raise Refused(error.message) from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Tagline: a LINE Official Account as a service desk.

    Answers go to stdout, as JSON where --json is given; logs and refusals to stderr.
    """
