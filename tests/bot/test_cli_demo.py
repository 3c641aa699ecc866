"""The invented shop by the command line: only beside a simulated LINE."""

import getpass

import pytest
import sqlalchemy as sa

from contacts.models import Contact
from content.models import Revision
from staff.models import AuditEntry
from tests.bot.conftest import Run
from tests.shop import EXAMPLES, Shop


@pytest.mark.parametrize("what", ["fill", "reset", "welcome"])
def test_beside_a_real_account_nothing_is_invented_and_nobody_is_let_in(
    command: Run, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setenv("LINE_CHANNEL_SECRET", "s" * 32)
    monkeypatch.setenv("LINE_CHANNEL_ACCESS_TOKEN", "t" * 40)
    refused = command("demo", what)
    assert refused.exit_code == 1
    assert refused.stderr.startswith("LINE credentials are set")
    assert refused.stdout == ""


def test_a_shop_that_is_there_is_not_filled_again_and_stays_what_it_is(command: Run, shop: Shop) -> None:
    shop.publishes(EXAMPLES / "rental")
    mina = shop.person("Mina")
    mina.follows()
    with shop.database.write() as session:
        session.execute(sa.update(Contact).values(is_demo=True))
    refused = command("demo", "fill", "tea_shop")
    assert refused.exit_code == 1
    assert refused.stderr == (
        "there is an invented shop already; to have it anew, or another: python -m bot demo reset tea_shop\n"
    )
    assert len(shop.rows(Revision)) == 1, "the other example is not published"


def test_who_takes_the_shop_away_is_in_the_log_and_who_finds_none_is_not(command: Run, shop: Shop) -> None:
    shop.publishes(EXAMPLES / "rental")
    shop.person("Mina").follows()
    with shop.database.write() as session:
        session.execute(sa.update(Contact).values(is_demo=True))
    for _again in range(2):
        assert command("demo", "remove").exit_code == 0
    (entry,) = shop.rows(AuditEntry)
    assert (entry.action, entry.by) == ("demo.remove", f"cli:{getpass.getuser()}")
    assert entry.detail == {"people": 1, "campaigns": 0, "staff": 0}
