"""What an operator changes at the command line is in the log of who changed what, like what staff change."""

import getpass

from simulator.person import Person
from staff.models import AuditEntry
from tests.bot.conftest import Run
from tests.shop import EXAMPLES, Shop
from tests.tickets.agents import an_agent
from tickets.models import Ticket


def a_person_who_waits(shop: Shop) -> Person:
    mina = shop.person("王小美", language="zh-TW")
    mina.follows()
    mina.taps("開始找房")
    mina.taps("台北市")
    mina.says("專人")
    return mina


def test_every_change_is_in_the_log_with_who_typed_it(command: Run, shop: Shop) -> None:
    assert command("playbook", "apply", f"{EXAMPLES / 'rental'}").exit_code == 0
    assert command("playbook", "apply", f"{EXAMPLES / 'rental'}").exit_code == 0, "which changes nothing"
    with shop.database.write() as session:
        an_agent(session, shop.channel_id, "lin", "taipei", now=shop.now())
    shop.publishes(EXAMPLES / "rental")
    mina = a_person_who_waits(shop)
    (ticket,) = shop.rows(Ticket)
    with shop.database.write() as session:
        an_agent(session, shop.channel_id, "chen", "taipei", now=shop.now())
    for arguments in (
        ("ticket", "assign", ticket.public_id, "chen"),
        ("ticket", "solve", ticket.public_id),
        ("tag", "undo", "question:find_home/area", "--dry-run"),
        ("tag", "undo", "question:find_home/area"),
        ("schedule", "pause", "menus.hours"),
        ("schedule", "resume", "menus.hours"),
        ("schedule", "run", "menus.hours"),
        ("contact", "erase", mina.user_id, "--yes"),
        ("ticket", "list"),
    ):
        assert command(*arguments).exit_code == 0, arguments
    entries = shop.rows(AuditEntry)
    assert [entry.action for entry in entries] == [
        "playbook.apply", "ticket.assign", "ticket.solve", "tag.undo",
        "schedule.pause", "schedule.resume", "schedule.run", "contact.erase",
    ]  # fmt: skip
    assert {entry.by for entry in entries} == {f"cli:{getpass.getuser()}"}
    assert {entry.action: entry.detail for entry in entries}["ticket.assign"] == {"to": "chen"}
    assert mina.user_id not in str([(entry.noun_id, entry.detail) for entry in entries])
