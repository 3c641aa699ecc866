"""Which segments a turn has look again."""

import sqlalchemy as sa

from segmentation.models import Segment, Touch
from tests.shop import EXAMPLES, Shop


def test_who_comes_back_has_the_segments_look_that_ask_when_somebody_was_seen(shop: Shop) -> None:
    shop.publishes(EXAMPLES / "rental")
    with shop.database.write() as session:
        segment = Segment(
            public_id="regulars",
            channel_id=shop.channel_id,
            key="regulars",
            labels={},
            rule={"seen": {"within": "7d"}},
            created_at=shop.now(),
            changed_at=shop.now(),
        )
        session.add(segment)
    mina = shop.person("Mina")

    def told() -> list[str]:
        with shop.database.write() as session:
            facts = list(session.scalars(sa.select(Touch.fact)))
            session.execute(sa.delete(Touch))
        return [fact for fact in facts if fact == "seen"]

    mina.says("押金")
    assert told() == ["seen"]
    mina.says("押金")
    assert told() == []
    shop.waits(days=8)
    mina.says("押金")
    assert told() == ["seen"]
