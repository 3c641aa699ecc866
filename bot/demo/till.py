"""What the tea shop's till and order page would tell of its friends: all invented, always the same."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from types import MappingProxyType
from zoneinfo import ZoneInfo

from bot.demo.cast import one_of
from facts.events import Property, Tracked
from facts.models import OrderStatus
from facts.orders import OrderRow

SOURCE = "demo"
"""Of every order, event and field that was invented, and why people entered segments meanwhile."""
CUSTOMER = "DEMO-"
"""How the customer numbers begin."""

VISITS_A_WEEK: Mapping[str, float] = MappingProxyType(
    {"visits:daily": 4.5, "visits:often": 2.2, "visits:weekly": 0.9, "visits:rarely": 0.3, "": 0.5}
)
"""By what they say; who says nothing comes now and then."""

CHANCES: Mapping[str, float] = MappingProxyType(
    {
        "stops coming one day": 0.3,
        "buys when here": 0.7,
        "buys brown sugar, who likes it": 0.6,
        "buys brown sugar, who does not say so": 0.06,
        "looks around the menu when here": 0.5,
        "takes another cup along": 0.3,
        "takes an order back": 0.02,
        "comes before work": 0.14,
        "looks for what is new": 0.13,
        "looks for offers": 0.12,
        "buys for the office": 0.035,
        "was told of by the order page": 0.9,
    }
)
"""How likely a friend is to do what, at each visit or at all."""

TAPS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "anybody": {"stores": 0.45, "new": 0.2, "drinks": 0.2, "offer": 0.15},
        "new": {"new": 0.75, "drinks": 0.15, "offer": 0.1},
        "offers": {"offer": 0.9, "stores": 0.1},
    }
)
"""What is tapped how often by whom."""

BUTTONS: Mapping[str, tuple[str, str, tuple[str, ...]]] = MappingProxyType(
    {
        "stores": ("menu.stores", "hours", ()),
        "new": ("menu.new", "new", ("new",)),
        "drinks": ("menu.new", "drinks", ()),
        "offer": ("menu.gifts", "gift", ("offer",)),
    }
)
"""Owner, button and what it is about, as a turn would take the tap down."""

DEVICES: Mapping[str, float] = MappingProxyType({"ios": 0.57, "android": 0.43})
HOMES: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "store:banqiao": {"新北市": 0.9, "桃園市": 0.1},
        "store:none": {"高雄市": 0.4, "台南市": 0.3, "屏東縣": 0.1, "台中市": 0.2},
        "": {"台北市": 0.7, "新北市": 0.2, "基隆市": 0.03, "高雄市": 0.07},
    }
)
"""Where they live, by the shop they go to."""
PRICES = (35, 45, 60, 60, 65, 65, 70)
HOURS: Mapping[int, float] = MappingProxyType({12: 0.2, 13: 0.15, 15: 0.2, 16: 0.15, 18: 0.15, 20: 0.15})
STORES = ("gongguan", "yongkang", "banqiao", "xinyi")


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody was here."""

    at: datetime
    contact_id: int
    events: tuple[Tracked, ...]
    order: OrderRow | None


def fields_of(tags: Collection[str], random: Random) -> Mapping[str, str]:
    """Return what the order page would have told of somebody."""
    if random.random() > CHANCES["was told of by the order page"]:
        return {}
    store = _one_beginning("store:", tags)
    home = HOMES.get(store, HOMES[""])
    return {"device": one_of(DEVICES, random), "prefecture": one_of(home, random)}


def visits_of(
    contact_id: int,
    tags: Collection[str],
    *,
    came: datetime,
    until: datetime,
    zone: ZoneInfo,
    random: Random,
) -> Iterator[Visit]:
    """Yield all visits of somebody since they came, in their order."""
    is_for_office = random.random() < CHANCES["buys for the office"]
    is_early = random.random() < CHANCES["comes before work"]
    kind = _kind(random)
    store = _one_beginning("store:", tags).removeprefix("store:")
    store = store if store in STORES else random.choice(STORES)
    a_week = 0.6 if is_for_office else VISITS_A_WEEK[_one_beginning("visits:", tags)]
    if not is_for_office and random.random() < CHANCES["stops coming one day"]:
        until = min(until, came + timedelta(days=random.randrange(5, 60)))
    at, number = came, 0
    while True:
        at += timedelta(days=max(0.8, random.expovariate(a_week / 7)))
        hour = 8 if is_early and random.random() < 0.85 else int(one_of(_HOURS, random))
        minute = time(hour, random.randrange(60), random.randrange(60))
        at = datetime.combine(at.astimezone(zone).date(), minute, zone).astimezone(at.tzinfo)
        if at >= until:
            return
        number += 1
        key = f"{SOURCE}-{contact_id}-{number}"
        events = tuple(_taps(contact_id, key, at, kind, random))
        order = None
        if is_for_office or random.random() < CHANCES["buys when here"]:
            amount = random.randrange(5200, 9800, 50) if is_for_office else _amount(random)
            order = OrderRow(
                order_key=key,
                customer_key=f"{CUSTOMER}{contact_id:05d}",
                contact_id=contact_id,
                ordered_at=at,
                total_cents=amount * 100,
                status=OrderStatus.CANCELLED
                if random.random() < CHANCES["takes an order back"]
                else OrderStatus.PAID,
                sales_channel="phone" if is_for_office else random.choice(("till", "till", "web")),
                store_key=store,
            )
            likes = "taste:brown_sugar" in tags
            chance = "buys brown sugar, who likes it" if likes else "buys brown sugar, who does not say so"
            about: list[str] = ["taste:brown_sugar"] if random.random() < CHANCES[chance] else []
            bought: dict[str, Property] = {"tags": about} if about else {}
            events += (Tracked(contact_id, "bought", at, bought, f"{key}/bought"),)
        yield Visit(at, contact_id, events, order)


_HOURS = {str(hour): share for hour, share in HOURS.items()}


def _kind(random: Random) -> str:
    drawn = random.random()
    if drawn < CHANCES["looks for what is new"]:
        return "new"
    return "offers" if drawn < CHANCES["looks for what is new"] + CHANCES["looks for offers"] else "anybody"


def _taps(contact_id: int, key: str, at: datetime, kind: str, random: Random) -> Iterator[Tracked]:
    if kind == "anybody" and random.random() > CHANCES["looks around the menu when here"]:
        return
    for number in range(random.randrange(1, 4)):
        owner, button, about = BUTTONS[one_of(TAPS[kind], random)]
        properties: dict[str, Property] = {"owner": owner, "button": button}
        if about:
            properties["tags"] = list(about)
        yield Tracked(contact_id, "tap", at + timedelta(seconds=8 * number), properties, f"{key}/{number}")


def _amount(random: Random) -> int:
    cups = 1
    while random.random() < CHANCES["takes another cup along"]:
        cups += 1
    return sum(random.choice(PRICES) for _ in range(cups))


def _one_beginning(prefix: str, tags: Collection[str]) -> str:
    return next((name for name in tags if name.startswith(prefix)), "")
