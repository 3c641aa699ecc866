"""The ribbon over an invented shop: other eyes, and where they look next."""

from datetime import datetime

import pytest
import sqlalchemy as sa

from bot.demo.parts import InventedShop
from core.db import Database
from staff.audit import Actor
from staff.models import AuditEntry, Role, StaffUser
from tests.console.people import Hands, a_console, a_user, signed_in


class NoShop:
    """An invented shop that nobody takes away."""

    def remove(self, *, by: Actor, now: datetime) -> None:
        raise AssertionError(by, now)


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("/console/contacts/?q=x", "/console/contacts/?q=x"),
        ("/console/staff/", "/console/"),  # which agents may not see
        ("/console/campaigns/", "/console/"),
        ("/console/nowhere", "/console/"),
        ("https://evil.example/console/", "/console/"),
        ("", "/console/"),
    ],
)
def test_other_eyes_stay_where_they_may_look_and_begin_at_home_elsewhere(
    database: Database, here: str, there: str
) -> None:
    clock = Hands()
    app = a_console(database, clock, demo=NoShop())
    with database.write() as session:
        admin = a_user(session, Role.ADMIN, now=clock(), is_demo=True)
        a_user(session, Role.AGENT, login="lin", now=clock(), is_demo=True)
    browser = signed_in(app, database, admin, now=clock())
    answer = browser.post("/console/demo/look-as", {"login": "lin", "next": here})
    assert (answer.status_code, answer.location) == (302, there)
    assert browser.get(answer.location).status_code == 200


def test_the_log_names_who_took_the_shop_away_though_they_went_with_it(database: Database) -> None:
    clock = Hands()
    app = a_console(database, clock, demo=InventedShop(database))
    with database.write() as session:
        admin = a_user(session, Role.ADMIN, login="admin", now=clock(), is_demo=True)
    answer = signed_in(app, database, admin, now=clock()).post("/console/demo/remove")
    assert answer.status_code == 302
    with database.read() as session:
        assert session.scalars(sa.select(StaffUser)).all() == []
        (entry,) = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "demo.remove"))
        assert (entry.by, entry.user_id, entry.detail) == (
            "admin",
            None,
            {"people": 0, "campaigns": 0, "staff": 1},
        )
