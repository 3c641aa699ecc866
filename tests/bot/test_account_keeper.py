"""Which account the token is of, as LINE tells it."""

import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.account_keeper import AccountKeeper
from line.channels import Channel
from tests.shop import Shop


def known(shop: Shop) -> tuple[str | None, str | None]:
    with shop.database.read() as session:
        channel = session.scalars(sa.select(Channel)).one()
        return channel.bot_user_id, channel.basic_id


def test_the_account_is_learnt_and_learnt_anew_when_the_token_is_another_ones(shop: Shop) -> None:
    keeper = AccountKeeper(shop.database, shop.messenger.account, shop.now)
    assert known(shop) == (None, None)
    with capture_logs() as said:
        assert keeper.learn()
        assert known(shop) == (shop.simulator.line.bot_user_id, "@tagline")
        assert said == []
        shop.simulator.line.bot_user_id, shop.simulator.line.basic_id = "U" + "9" * 32, "@realshop"
        assert keeper.learn()
    assert known(shop) == ("U" + "9" * 32, "@realshop")
    assert [entry["event"] for entry in said] == ["account.changed"]


def test_a_line_that_does_not_answer_is_asked_again(shop: Shop) -> None:
    shop.simulator.stop()
    assert not AccountKeeper(shop.database, shop.messenger.account, shop.now).learn()
    assert known(shop) == (None, None)
