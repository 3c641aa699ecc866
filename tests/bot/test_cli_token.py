"""Tokens by the command line: told once on stdout, listed without their secret, revoked at once."""

import orjson

from core.clock import system_clock
from core.db import Database
from staff import tokens
from tests.bot.conftest import Run


def test_a_token_is_made_listed_and_revoked(command: Run, database: Database) -> None:
    command("user", "add", "mei", "--role", "marketer")
    made = command(
        "token", "add", "MEI", "--name", "till", "--scope", "orders:write", "--scope", "events:write",
        "--expires", "90d",
    )  # fmt: skip
    secret = made.stdout.strip()
    assert secret.startswith("tagline_")
    with database.read() as session:
        found = tokens.find(session, secret, now=system_clock())
        assert found is not None
        public_id = found.public_id
    (told,) = orjson.loads(command("token", "list", "--json").stdout)
    assert (told["login"], told["name"], told["state"]) == ("mei", "till", "active")
    assert told["scopes"] == ["events:write", "orders:write"]
    assert told["expires_at"] > told["created_at"]
    listed = command("token", "list").stdout
    assert public_id in listed
    assert secret not in listed
    assert "is revoked" in command("token", "revoke", public_id).stdout
    assert "already" in command("token", "revoke", public_id).stdout
    with database.read() as session:
        assert tokens.find(session, secret, now=system_clock()) is None
    assert "revoked" in command("token", "list").stdout


def test_what_cannot_be_made_is_refused_in_words(command: Run) -> None:
    command("user", "add", "lin", "--role", "agent")
    refused = command("token", "add", "lin", "--name", "till", "--scope", "events:write")
    assert refused.exit_code == 1
    assert "use_api" in refused.stderr
    assert command("token", "add", "nobody", "--name", "till", "--scope", "events:write").exit_code == 1
    assert command("token", "add", "lin", "--name", "till", "--scope", "everything").exit_code == 2
    assert (
        command("token", "add", "lin", "--name", "t", "--scope", "events:write", "--expires", "x").exit_code
        == 2
    )
    assert "no such token" in command("token", "revoke", "xyz").stderr
