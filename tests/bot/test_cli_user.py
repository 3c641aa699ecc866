"""Staff by the command line: nothing is asked, and secrets are told once."""

import re

import orjson
import sqlalchemy as sa

from core.clock import system_clock
from core.db import Database
from staff import sign_in_links
from staff.models import AuditEntry, Role, StaffUser
from staff.passwords import Passwords
from tests.bot.conftest import Run


def users(command: Run) -> dict[str, dict[str, object]]:
    return {one["login"]: one for one in orjson.loads(command("user", "list", "--json").stdout)}


def test_the_first_admin_is_added_on_an_empty_database_and_gets_a_link(
    command: Run, database: Database
) -> None:
    added = command("user", "add", "Mei@Example.com", "--role", "admin", "--name", "美")
    found = re.fullmatch(r"http://127\.0\.0\.1:8000/console/sign-in/([\w-]{43})\n", added.stdout)
    assert found, added.output
    with database.read() as session:
        user = sign_in_links.look(session, found[1], now=system_clock())
        assert (user.login, user.role, user.password_hash) == ("mei@example.com", Role.ADMIN, None)
        entry = session.scalars(sa.select(AuditEntry)).one()
        assert entry.by.startswith("cli:")
    assert command("user", "add", "mei@example.com").exit_code == 1
    assert "already" in command("user", "add", "mei@example.com").stderr
    assert command("user", "add", "two words").exit_code == 1
    assert command("user", "add", "x", "--role", "emperor").exit_code == 2
    assert "美" in command("user", "list").stdout


def test_passwords_come_from_stdin_or_are_made_up_and_are_never_arguments(
    command: Run, database: Database
) -> None:
    told = command("user", "add", "mei", "--password", input="ten letters or more\n")
    assert (told.exit_code, told.stdout) == (0, "")

    def kept() -> str | None:
        with database.read() as session:
            return session.scalars(sa.select(StaffUser.password_hash)).one()

    assert Passwords().fits(kept(), "ten letters or more")
    made = command("user", "password", "MEI", input="").stdout.strip()
    assert len(made) == 16
    assert Passwords().fits(kept(), made)
    refused = command("user", "password", "mei", input="short\n")
    assert refused.exit_code == 1
    assert "at least 10" in refused.stderr
    assert Passwords().fits(kept(), made)
    assert command("user", "password", "nobody", input="ten letters or more\n").exit_code == 1


def test_roles_links_and_deactivation(command: Run) -> None:
    command("user", "add", "mei", "--role", "admin")
    command("user", "add", "bo")
    assert command("user", "role", "bo", "supervisor").stdout == "bo is supervisor\n"
    assert "somebody left who is admin" in command("user", "role", "mei", "agent").stderr
    assert command("user", "deactivate", "bo").stdout == "bo is deactivated\n"
    assert users(command)["bo"]["active"] is False
    assert "deactivated" in command("user", "link", "bo").stderr
    assert command("user", "deactivate", "bo", "--undo").stdout == "bo is active\n"
    first, second = (command("user", "link", "bo").stdout for _ in range(2))
    assert first != second
    assert "/console/sign-in/" in second


def test_whose_phone_is_lost_signs_in_without_its_digits(command: Run, database: Database) -> None:
    command("user", "add", "mei")
    refused = command("user", "reset-two-step", "mei")
    assert (refused.exit_code, refused.stderr) == (1, "mei has no two-step sign-in\n")
    with database.write() as session:
        session.scalars(sa.select(StaffUser)).one().two_step_seed = "seed"
    assert users(command)["mei"]["two_step"] is True
    assert command("user", "reset-two-step", "mei").stdout == "mei signs in without digits\n"
    assert users(command)["mei"]["two_step"] is False
    with database.read() as session:
        assert session.scalars(sa.select(AuditEntry.action)).all()[-1] == "user.two_step_off"
