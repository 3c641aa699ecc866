"""Conditions about what somebody did and bought."""

from collections.abc import Sequence

from console.forms_account import within
from console.leaf_parts import Control, LeafForm, Part, Way
from console.words import _l

_EVENTS = Part(
    key="name", control=Control.CHOICES, source="events", placeholder=_l("something they did"), free=True
)


def _times(key: str, words: str) -> Part:
    return Part(
        key=key,
        control=Control.NUMBER,
        words=words,
        after=_l("times"),
        must=False,
        whole=True,
        min=0,
        max=100_000,
    )


DID: Sequence[LeafForm] = (
    LeafForm(
        kind="event",
        group="did",
        label=_l("Event"),
        icon="bolt",
        hint=_l("tapped, answered, or something you track"),
        short="name",
        ways=(
            Way(
                parts=(
                    _EVENTS,
                    Part(
                        key="where",
                        control=Control.FILTERS,
                        source="properties",
                        of="name",
                        words=_l("where"),
                        offer=_l("where …"),
                        must=False,
                    ),
                    _times("at_least", _l("at least")),
                    within(must=False),
                    Part(
                        key="without_since",
                        control=Control.CHOICES,
                        source="events",
                        words=_l("and since then not"),
                        offer=_l("and not since"),
                        must=False,
                        free=True,
                    ),
                    _times("at_most", _l("at most")),
                    _times("exactly", _l("exactly")),
                    Part(
                        key="last_within",
                        control=Control.DURATION,
                        words=_l("the last time in the last"),
                        offer=_l("last time"),
                        must=False,
                    ),
                    Part(
                        key="first_within",
                        control=Control.DURATION,
                        words=_l("the first time in the last"),
                        offer=_l("first time"),
                        must=False,
                    ),
                    Part(
                        key="share_at_least",
                        control=Control.PERCENT,
                        words=_l("which are at least"),
                        after=_l("percent of all of them"),
                        offer=_l("share of all"),
                        must=False,
                    ),
                ),
            ),
        ),
    ),
    LeafForm(
        kind="message",
        group="did",
        label=_l("Message"),
        icon="message",
        hint=_l("wrote to us"),
        ways=(
            Way(label=_l("wrote"), parts=(within(),)),
            Way(
                label=_l("last wrote"),
                parts=(Part(key="not_within", control=Control.DURATION, words=_l("longer ago than")),),
            ),
        ),
    ),
)


def _measure(key: str, words: str) -> Part:
    return Part(key=key, control=Control.MEASURE, words=words, must=False)


def _when(key: str, words: str) -> Part:
    return Part(key=key, control=Control.WHEN, words=words, must=False)


def _named(key: str, words: str, source: str = "") -> Part:
    return Part(key=key, control=Control.CHOICES, source=source, words=words, must=False, free=True)


BOUGHT: Sequence[LeafForm] = (
    LeafForm(
        kind="orders",
        group="bought",
        label=_l("Orders"),
        icon="shopping-cart",
        hint=_l("how many, how much, when, where"),
        ways=(
            Way(
                parts=(
                    _measure("count", _l("how many")),
                    _measure("sum", _l("amount in all")),
                    _measure("average", _l("amount on average")),
                    within(must=False),
                    _when("last", _l("the last one")),
                    _when("first", _l("the first one")),
                    _named("store", _l("in the store"), "stores"),
                    _named("channel", _l("by the channel"), "sales_channels"),
                    _named("coupon", _l("with the coupon"), "coupons"),
                ),
            ),
        ),
    ),
    LeafForm(
        kind="rfm",
        group="bought",
        label=_l("Customer group"),
        icon="star",
        hint=_l("by how lately, how often and how much they bought"),
        ways=(
            Way(
                parts=(
                    _named("group", _l("is one of"), "rfm_groups"),
                    _measure("recency", _l("how lately (1 to 5)")),
                    _measure("frequency", _l("how often (1 to 5)")),
                    _measure("monetary", _l("how much (1 to 5)")),
                ),
            ),
        ),
    ),
)
