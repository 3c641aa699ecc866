"""Why somebody is in a segment, in words, where there is something that does not count."""

from datetime import timedelta
from typing import Any

import pytest

from bot.reason_words import ReasonWords
from contacts.models import Contact
from content.revisions import Revisions
from core.ids import new_public_id
from facts.models import OrderStatus
from facts.orders import OrderRow, record_orders
from segmentation import keeping
from segmentation.models import Segment
from tests.shop import EXAMPLES, Shop


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"orders": {"within": "30d"}}, "沒有這樣的訂單"),
        ({"orders": {"store": "nowhere"}}, "沒有這樣的訂單"),
        ({"message": {"within": "30d"}}, "這段時間內沒有"),
        ({"event": {"name": "message", "within": "30d"}}, "這段時間內沒有"),
        ({"event": "birthday_gift"}, "從未發生"),
    ],
)
def test_what_was_before_the_time_that_is_asked_about_is_not_denied(
    shop: Shop, rule: dict[str, Any], words: str
) -> None:
    shop.publishes(EXAMPLES / "tea_shop")
    mina = shop.person("Mina")
    mina.follows()
    mina.says("hello")
    before = shop.now()
    shop.clock.advance(timedelta(days=40))
    now = shop.now()
    contact = shop.contact(mina)
    with shop.database.write() as session:
        row = OrderRow("A1", "c1", contact.id, before, 5000, OrderStatus.PAID)
        record_orders(session, shop.channel_id, [row], source="test", now=now)
        session.add(
            Segment(
                public_id=new_public_id(),
                channel_id=shop.channel_id,
                key="asked",
                labels={},
                rule=rule,
                created_at=now,
                changed_at=now,
            )
        )
    with shop.database.read() as session:
        published = Revisions().live(session, shop.channel_id)
        assert published is not None
        (reason,) = ReasonWords().of(session, published, contact, "asked", now=now)
    assert not reason.speaks_for
    assert words in reason.words


@pytest.mark.parametrize("rule", [{"tag": "vip"}, {"field": {"name": "score:heat", "at_least": 1}}])
def test_of_somebody_who_was_erased_nothing_else_is_said(shop: Shop, rule: dict[str, Any]) -> None:
    """Where the rule was a single condition it said the name of a class."""
    shop.publishes(EXAMPLES / "tea_shop")
    mina = shop.person("Mina")
    mina.follows()
    now = shop.now()
    with shop.database.write() as session:
        session.add(keeping.new(shop.channel_id, "asked", rule, now=now))
        contact = session.get_one(Contact, shop.contact(mina).id)
        contact.erased_at = now
    with shop.database.read() as session:
        published = Revisions().live(session, shop.channel_id)
        assert published is not None
        reasons = ReasonWords().of(session, published, contact, "asked", now=now)
    told = [reason.words for reason in reasons]
    assert any("這個人的資料已刪除" in words for words in told)
    assert not [words for words in told if "Erased" in words]
