"""What the rule builder offers for the properties of events and for orders: values that there are."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from console.customer import Reader
from console.event_words import PROPERTIES
from console.inbox_rows import KINDS
from console.open_ticket import Desk
from console.words import _
from core.by_engine import by_engine
from facts import event_properties, event_types
from facts.models import Order

Option = dict[str, Any]
"""`value` and `label`; `group`, `colour`, `hint`; `of`: to what it belongs; `kind` and `values` of a field."""

NEWEST_ORDERS = 2_000
"""By these it is told which stores there are: to look through all takes as long as counting a segment."""
MOST_CODES = 300
MOST_EVENTS = 50
"""From outside, of which the properties are offered; those of further ones are typed."""

_VALUES: Mapping[str, str] = {
    "tags": "topics",
    "card": "cards",
    "code": "entries",
    "kind": "message_kinds",
    "returning": "flags",
    "questionnaire": "questionnaires",
    "question": "asked",
    "choice": "chosen",
}
"""Which choices a property's values are, by its name."""


def properties(session: Session, channel_id: int) -> Iterator[Option]:
    """Yield what events say about themselves; of those from outside what the newest told."""
    for event, named in PROPERTIES.items():
        for name, words in named:
            yield {"value": name, "label": str(words), "of": event, "values_of": _VALUES.get(name, "")}
    stored = event_types.names_of(session, channel_id).values()
    for event in [name for name in stored if name not in event_properties.OF_TURNS][:MOST_EVENTS]:
        for name in event_properties.told(session, channel_id, event):
            yield {"value": name, "label": name, "of": event, "values_of": ""}


def values(
    desk: Desk, reader: Reader, others: Mapping[str, Sequence[Option]]
) -> Mapping[str, Sequence[Option]]:
    """Return the choices that nothing but properties has.

    :param others: what is offered for other conditions: tags, questions, answers.
    """
    about: set[str] = set()
    cards: Sequence[Option] = ()
    if desk.published is not None:
        about = {name for button in desk.published.buttons.values() for name in button.about}
        cards = [
            {"value": one.id, "label": reader.pick(one.title, one.id)} for one in desk.published.content.cards
        ]
    tags = {one["value"] for one in others["tags"]}
    return {
        "topics": [*others["tags"], *({"value": name, "label": name} for name in sorted(about - tags))],
        "cards": cards,
        "message_kinds": [
            {"value": "text", "label": _("text")},
            *({"value": kind, "label": str(words)} for kind, words in KINDS.items()),
        ],
        "flags": [{"value": True, "label": _("yes")}, {"value": False, "label": _("no")}],
        "asked": list(_once(others["questions"])),
        "chosen": list(_once(others["answers"])),
    }


def _once(options: Iterable[Option]) -> Iterator[Option]:
    """Yield the first option of each value: questionnaires may use one id alike."""
    first: dict[str, Option] = {}
    for one in options:
        first.setdefault(str(one["value"]), {"value": one["value"], "label": one["label"]})
    yield from first.values()


def of_orders(session: Session, channel_id: int) -> Mapping[str, Sequence[Option]]:
    """Return the stores, channels and coupons of the newest orders, the most frequent first."""
    # By the time, backwards: along the index of the channel SQLite would sort every order there is.
    ours = by_engine(sqlite=Order.channel_id + 0 == channel_id, postgresql=Order.channel_id == channel_id)
    newest = sa.select(Order.store_key, Order.sales_channel, Order.coupon_code).where(ours)
    rows = session.execute(newest.order_by(Order.ordered_at.desc()).limit(NEWEST_ORDERS)).all()
    return {
        source: [
            {"value": value, "label": value}
            for value, _times in Counter(row[place] for row in rows if row[place]).most_common(MOST_CODES)
        ]
        for place, source in enumerate(("stores", "sales_channels", "coupons"))
    }
