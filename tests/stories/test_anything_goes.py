"""Somebody who taps and types whatever comes to hand: never a fault, never a tap without an answer."""

import random

import pytest

from line.inbox import EventStatus, WebhookEvent
from simulator.seen import tappables
from simulator.taps import CannotTap
from tests.shop import Shop
from tests.stories.customer import Customer

WORDS = (
    *(
        "台北",
        "2萬",
        "兩房",
        "越快越好",
        "有",
        "沒有",
        "貓",
        "其他",
        "新竹市東區",
        "0912345678",
        "12345",
        "明天下午3點",
    ),
    *(
        "找房",
        "報修",
        "預約看房",
        "房東",
        "我的那一杯",
        "半糖",
        "少冰",
        "黑糖",
        "好了",
        "偶爾",
        "公館",
        "選單",
        "menu",
    ),
    *("取消", "上一題", "略過", "選好了", "重來", "修改", "預算要改", "正確", "對", "不對", "是", "好"),
    *("專人", "小幫手", "停止通知", "stop", "#信義店", "#公館店", "押金", "營業時間", "謝謝", "菜單", "新品"),
    *("🦊", "????", "{{ name }}", "a" * 4000, "\u0000", "2027/3/1", "昨天", "15:30", "第二個", "3"),
)


class Wanderer:
    """Acts at random, the same way for the same seed."""

    def __init__(self, customer: Customer, seed: int) -> None:
        self.customer = customer
        self.random = random.Random(seed)
        self.did: list[str] = []

    def acts(self) -> None:
        roll = self.random.random()
        if roll < 0.55:
            self._taps()
        elif roll < 0.88:
            word = self.random.choice(WORDS)
            self.did.append(f"says {word[:20]}")
            self.customer.says(word)
        elif roll < 0.92:
            self.did.append("photo")
            self.customer.does(lambda person: person.sends_photo())
        elif roll < 0.94:
            self.did.append("place")
            self.customer.does(lambda person: person.sends_location())
        elif roll < 0.96:
            self.did.append("blocks and comes back")
            self.customer.unfollows()
            self.customer.follows()
        elif roll < 0.98:
            self.did.append("sticker")
            self.customer.does(lambda person: person.sends_sticker())
        else:
            hours = self.random.choice((1, 13, 25))
            self.did.append(f"waits {hours} h")
            self.customer.shop.waits(hours=hours)

    def _taps(self) -> None:
        """Tap something among the newest messages, or now and then something old."""
        person = self.customer.person
        newest = person.messages[-3:] if self.random.random() < 0.8 else person.messages
        found = [tappable for entry in newest for tappable in tappables(entry.body)]
        found = [tappable for tappable in found if tappable.action["type"] in {"postback", "datetimepicker"}]
        if not found:
            return
        tapped = self.random.choice(found)
        self.did.append(f"taps {tapped.label}")
        try:
            answer = self.customer.does(lambda person: person.performs(tapped.action))
        except CannotTap:
            return
        is_tab = str(tapped.action.get("data", "")).startswith("1|b|menu.") and "tab_" in str(
            tapped.action["data"]
        )
        assert answer or is_tab, self.did[-20:]


def wander(shop: Shop, customer: Customer, seed: int, acts: int) -> None:
    wanderer = Wanderer(customer, seed)
    customer.follows()
    for _ in range(acts):
        wanderer.acts()
    parked = shop.rows(WebhookEvent, WebhookEvent.status == EventStatus.PARKED)
    assert not parked, (seed, wanderer.did)


@pytest.mark.parametrize(("language", "seed"), [("zh-TW", 1), ("en", 2)])
def test_whatever_is_done_at_the_agency(agency: Shop, language: str, seed: int) -> None:
    wander(agency, Customer(agency, language=language), seed, 60)


def test_whatever_is_done_at_the_tea_shop(tea: Shop) -> None:
    wander(tea, Customer(tea), 3, 60)
