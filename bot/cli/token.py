"""`token`: what programs show to the REST API instead of signing in."""

import re
from datetime import datetime, timedelta

import click

from bot.cli.opening import answer_json, open_database
from bot.cli.user import whoever_types
from core.clock import system_clock
from staff import service, tokens
from staff.models import ApiToken
from staff.tokens import Scope

_LASTS = re.compile(r"(\d{1,4})d")


class Days(click.ParamType[timedelta]):
    """How long something lasts, as in `90d`."""

    name = "days"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Read such a duration."""
        found = _LASTS.fullmatch(str(value))
        if found is None or int(found[1]) == 0:
            self.fail("must be a number of days, such as 90d", param, ctx)
        return timedelta(days=int(found[1]))


@click.group()
def token() -> None:
    """Make tokens for programs that use the REST API, list and revoke them.

    A token acts in the name of the staff user LOGIN, and never beyond what their role allows.
    """


@token.command()
@click.argument("login")
@click.option("--name", required=True, help="What it is for, such as `till` or `crm`.")
@click.option(
    "--scope",
    "scopes",
    required=True,
    multiple=True,
    type=click.Choice([scope.value for scope in Scope]),
    help="What it may do; give it once for each.",
)
@click.option(
    "--expires", "lasts", type=Days(), help="When it ends by itself, such as 90d; never if not given."
)
def add(login: str, *, name: str, scopes: tuple[str, ...], lasts: timedelta | None) -> None:
    """Make a token, and print it: it is shown this once only."""
    with open_database() as database, database.write() as session:
        now = system_clock()
        owner = service.get_by_login(session, login)
        made, secret = tokens.create(
            session,
            owner,
            name=name,
            scopes=scopes,
            by=whoever_types(),
            now=now,
            expires_at=None if lasts is None else now + lasts,
        )
    click.echo(
        f"made the token {made.public_id} of {owner.login}; keep it, nobody can show it again", err=True
    )
    click.echo(secret)


@token.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def list_(*, as_json: bool) -> None:
    """List the tokens that were ever made, the newest first."""
    now = system_clock()
    with open_database() as database, database.read() as session:
        rows = tokens.everybodys(session)
    if as_json:
        answer_json([_object(one, now) for one in rows])
        return
    for one in rows:
        used = f"used {one.last_used_at:%Y-%m-%d %H:%M}" if one.last_used_at else "never used"
        click.echo(
            f"{one.public_id}  {_state(one, now):<11} …{one.hint}  {one.user.login:<20} {one.name:<20} "
            f"{' '.join(one.scopes)}  ({used})"
        )


@token.command()
@click.argument("token_id", metavar="ID")
def revoke(token_id: str) -> None:
    """End a token at once. ID: as `token list` shows it."""
    with open_database() as database, database.write() as session:
        row = tokens.access(session, token_id)
        done = tokens.revoke(session, row, by=whoever_types(), now=system_clock())
    click.echo(f"{token_id} {'is' if done else 'was already'} revoked")


def _state(one: ApiToken, now: datetime) -> str:
    if one.revoked_at is not None:
        return "revoked"
    if tokens.is_expired(one, now=now):
        return "expired"
    return "active" if one.user.is_active else "deactivated"


def _object(one: ApiToken, now: datetime) -> dict[str, object]:
    return {
        "id": one.public_id,
        "login": one.user.login,
        "name": one.name,
        "hint": one.hint,
        "scopes": one.scopes,
        "state": _state(one, now),
        "created_at": one.created_at.isoformat(),
        "expires_at": one.expires_at.isoformat() if one.expires_at else None,
        "last_used_at": one.last_used_at.isoformat() if one.last_used_at else None,
        "revoked_at": one.revoked_at.isoformat() if one.revoked_at else None,
    }
