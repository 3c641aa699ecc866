"""`user`: who may sign in to the console."""

import getpass
import os
import secrets
import sys

import click

from bot.cli import Refused
from bot.cli.opening import answer_json, load_settings, open_database
from core.clock import system_clock
from line.channels import ensure_channel
from staff import service, sign_in_links, two_step
from staff.audit import Actor, record
from staff.models import Role, StaffUser
from staff.passwords import Passwords
from tickets import staffing

ROLE = click.Choice([role.value for role in Role])
GENERATED_BYTES = 12
"""Sixteen letters, 96 bits."""


@click.group()
def user() -> None:
    """Add staff, list them, and change what they may do. LOGIN is what they sign in with."""


@user.command()
@click.argument("login")
@click.option("--role", type=ROLE, default=Role.AGENT.value, show_default=True)
@click.option("--name", help="What colleagues see; the login if not given.")
@click.option(
    "--password", "sets_password", is_flag=True, help="Read a password from stdin, or generate one."
)
def add(login: str, *, role: str, name: str | None, sets_password: bool) -> None:
    """Add somebody, and print a link that signs them in once."""
    password = _new_password() if sets_password else None
    hashed = Passwords().hashed(password) if password else None
    settings = load_settings()
    with open_database(settings) as database, database.write() as session:
        now = system_clock()
        made = service.add_user(
            session,
            login=login,
            display_name=name or login.strip()[: service.MAX_NAME_CHARS],
            role=Role(role),
            password_hash=hashed,
            by=whoever_types(),
            now=now,
        )
        token = None if password else sign_in_links.issue(session, made, now=now)
    click.echo(f"added {made.login} as {made.role.value}", err=True)
    if token:
        click.echo(_address(settings.base_url, token))


@user.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects.")
def list_users(*, as_json: bool) -> None:
    """List everybody, those who were deactivated last."""
    with open_database() as database, database.read() as session:
        users = service.everybody(session)
    if as_json:
        answer_json([_object(one) for one in users])
        return
    for one in users:
        state = "deactivated" if not one.is_active else "on duty" if one.on_duty_since_at else "active"
        click.echo(f"{one.login:<28} {one.role.value:<11} {state:<12} {one.display_name}")


@user.command()
@click.argument("login")
def password(login: str) -> None:
    """Set a password: read from stdin, or generated and printed. Signs them out everywhere."""
    hashed = Passwords().hashed(_new_password())
    with open_database() as database, database.write() as session:
        one = service.get_by_login(session, login)
        service.set_password(session, one, hashed, by=whoever_types(), now=system_clock())
    click.echo(f"{one.login} has a new password and is signed out everywhere", err=True)


@user.command()
@click.argument("login")
@click.argument("role", type=ROLE)
def role(login: str, role: str) -> None:
    """Give somebody another role."""
    with open_database() as database, database.write() as session:
        one = service.get_by_login(session, login)
        now = system_clock()
        channel = ensure_channel(session, now=now)
        staffing.set_role(session, one, Role(role), channel_id=channel.id, by=whoever_types(), now=now)
    click.echo(f"{one.login} is {one.role.value}")


@user.command()
@click.argument("login")
@click.option("--undo", is_flag=True, help="Let somebody in again.")
def deactivate(login: str, *, undo: bool) -> None:
    """End somebody's access at once; their tickets go back to the queue."""
    with open_database() as database, database.write() as session:
        one = service.get_by_login(session, login)
        now = system_clock()
        if undo:
            service.reactivate(session, one, by=whoever_types(), now=now)
        else:
            channel = ensure_channel(session, now=now)
            staffing.deactivate(session, one, channel_id=channel.id, by=whoever_types(), now=now)
    click.echo(f"{one.login} is {'active' if one.is_active else 'deactivated'}")


@user.command()
@click.argument("login")
def link(login: str) -> None:
    """Print a link that signs somebody in once, within a day. Links printed before end."""
    settings = load_settings()
    with open_database(settings) as database, database.write() as session:
        one = service.get_by_login(session, login)
        if not one.is_active:
            raise Refused(f"{one.login} is deactivated; `user deactivate --undo` lets them in again")
        now = system_clock()
        token = sign_in_links.issue(session, one, now=now)
        record(session, whoever_types(), "user.issue_link", "user", one.public_id, now)
    click.echo(_address(settings.base_url, token))


@user.command("reset-two-step")
@click.argument("login")
def reset_two_step(login: str) -> None:
    """Let somebody sign in without the digits of an app, whose phone is lost."""
    with open_database() as database, database.write() as session:
        one = service.get_by_login(session, login)
        if one.two_step_seed is None:
            raise Refused(f"{one.login} has no two-step sign-in")
        two_step.switch_off(session, one, by=whoever_types(), now=system_clock())
    click.echo(f"{one.login} signs in without digits")


def _new_password() -> str:
    """Return what stdin says; on a terminal it is asked for, and when nothing is said, made up and printed."""
    if sys.stdin.isatty():
        typed = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True, default="")
    else:
        typed = sys.stdin.readline().rstrip("\r\n")
    if typed:
        return str(typed)
    made = secrets.token_urlsafe(GENERATED_BYTES)
    click.echo(made)
    return made


def whoever_types() -> Actor:
    """Return who works at the command line, as the log names them."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        name = str(os.getuid())
    return Actor.command_line(name)


def _address(base_url: str, token: str) -> str:
    return f"{base_url}/console/sign-in/{token}"


def _object(one: StaffUser) -> dict[str, object]:
    return {
        "id": one.public_id,
        "login": one.login,
        "name": one.display_name,
        "role": one.role.value,
        "active": one.is_active,
        "two_step": one.two_step_seed is not None,
        "on_duty": one.on_duty_since_at is not None,
        "capacity": one.capacity,
    }
