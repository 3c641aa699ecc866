"""A tea shop whose till and web shop speak to the REST interface."""

import pytest

from core.ids import new_public_id
from segmentation.models import Segment, Tag
from simulator.person import Person
from tests.api.program import Program, a_program, an_owner
from tests.shop import EXAMPLES, Shop


@pytest.fixture
def till(shop: Shop) -> Program:
    """A program that may do everything that a marketer may."""
    shop.publishes(EXAMPLES / "tea_shop")
    now = shop.now()
    with shop.database.write() as session:
        for name in ("vip", "cup:large", "cup:small"):
            group = name.partition(":")[0] if ":" in name else None
            session.add(
                Tag(channel_id=shop.channel_id, name=name, labels={}, group=group, is_single=bool(group))
            )
        session.add(
            Segment(
                public_id=new_public_id(),
                channel_id=shop.channel_id,
                key="regulars",
                labels={"zh-TW": "熟客", "en": "Regulars", "ja": "常連"},
                rule={"all": [{"following": True}, {"tag": "vip"}]},
                created_at=now,
                changed_at=now,
            )
        )
    owner = an_owner(shop.database, now=now)
    return a_program(shop.app, shop.database, owner, now=now)


@pytest.fixture
def mina(shop: Shop, till: Program) -> Person:
    """A customer who follows the shop."""
    person = shop.person("Mina")
    person.follows()
    return person
