"""What a verdict about somebody was decided by, in words, one function for each kind of fact."""

from collections.abc import Callable, Mapping
from typing import Any

from campaigns.leaves import Received
from console.property_words import last_of
from console.rule_names import Labels
from console.times import ago, day, moment
from console.value_words import all_of, number, percent, value
from console.words import _, ngettext
from contacts.models import Following
from segmentation.kinds.activity import DaysSeen
from segmentation.kinds.answers import Answered
from segmentation.kinds.chance import Drawn
from segmentation.kinds.events import EventTest
from segmentation.kinds.forms import When
from segmentation.kinds.happened import EventsSeen
from segmentation.kinds.lists import Listed
from segmentation.kinds.orders import OrdersSeen, OrdersTest
from segmentation.kinds.rfm import Scored
from segmentation.people import CameBy, CarriedTag, Erased, Fact, Follows, KnownField, LastSeen, Speaks
from segmentation.rules import Leaf
from segmentation.why import Points, Reason, Unfinished
from tickets.leaves import TicketSeen


def group_fact(fact: Fact | None) -> str:
    """Return why a group was not asked at all."""
    match fact:
        case Unfinished():
            return _("empty, so nobody fits")
        case Erased():
            return _erased()
        case _:
            return ""


def _erased() -> str:
    return _("this person's data were erased")


def fact_words(leaf: Leaf, reason: Reason, labels: Labels) -> str:
    """Return what a leaf saw."""
    if reason.fact is None:
        return _nothing_like_it(leaf) or _NOTHING.get(leaf.kind, lambda: _("nothing is known"))()
    if isinstance(reason.fact, Erased):
        return _erased()
    told = _WORDS.get(type(reason.fact))
    return told(reason.fact, labels) if told is not None else type(reason.fact).__name__


def _tag(tag: CarriedTag, labels: Labels) -> str:
    told = _("set %(when)s: %(source)s", when=day(tag.set_at), source=labels.source(tag.source))
    if tag.expires_at is None:
        return told
    # Apart: inside another string the sentence would not be found for the catalogue.
    until = _("until %(day)s", day=day(tag.expires_at))
    return f"{told} · {until}"


def _field(known: KnownField, labels: Labels) -> str:
    shown = value(known.value) if isinstance(known.value, bool) else str(known.value)
    return _("it is %(value)s: %(source)s", value=shown, source=labels.source(known.source))


def _follows(follows: Follows, _labels: Labels) -> str:
    if follows.following is Following.FOLLOWING:
        told = _("since %(day)s", day=day(follows.since)) if follows.since else _("follows the account")
        if follows.times > 1:
            again = ngettext("added us %(num)s time", "added us %(num)s times", follows.times)
            return f"{told} · {again}"
        return told
    if follows.following is Following.BLOCKED:
        return _("has blocked the account")
    return _("has never added the account")


def _events(seen: EventsSeen, labels: Labels) -> str:
    count = ngettext("%(num)s time", "%(num)s times", seen.count)
    if seen.of is not None:
        count = _("%(count)s of %(all)s", count=number(seen.count), all=number(seen.of))
    if seen.last is None:
        return count
    return f"{count} · {last_of(seen, labels)}"


def _orders(seen: OrdersSeen, _labels: Labels) -> str:
    orders = ngettext("%(num)s order", "%(num)s orders", seen.count)
    amount = _("%(amount)s in all", amount=number(seen.net_cents / 100))
    when = f"{moment(seen.last.at)} ({ago(seen.last.at)})"
    last = _("last %(when)s: %(order)s", when=when, order=seen.last.key)
    return f"{orders} · {amount} · {last}"


def _days(seen: DaysSeen, _labels: Labels) -> str:
    days = ngettext("on %(num)s day", "on %(num)s days", seen.days)
    of = _("of %(count)s", count=seen.of)
    return days if seen.days == seen.of else f"{days} · {of}"


def _answered(seen: Answered, labels: Labels) -> str:
    place = f"{seen.questionnaire}/{seen.question}"
    chosen = all_of(labels.answer(f"{place}/{choice}") for choice in seen.choices)
    when = _("finished %(when)s", when=ago(seen.at))
    return f"{chosen} · {when}" if chosen else when


def _scored(seen: Scored, labels: Labels) -> str:
    fifths = f"{seen.recency} · {seen.frequency} · {seen.monetary}"
    return f"{labels.groups.get(seen.group, seen.group)} ({fifths})" if seen.group else fifths


def _ticket(seen: TicketSeen, labels: Labels) -> str:
    queue = labels.queues.get(seen.queue, seen.queue)
    if seen.solved_at is not None:
        return _("“%(queue)s”, solved %(when)s", queue=queue, when=ago(seen.solved_at))
    return _("“%(queue)s”, opened %(when)s", queue=queue, when=ago(seen.opened_at))


def _received(received: Received, _labels: Labels) -> str:
    told = _("“%(campaign)s”, sent %(when)s", campaign=received.campaign, when=ago(received.at))
    if received.tapped_at is None:
        return told
    tapped = _("tapped %(when)s", when=ago(received.tapped_at))
    return f"{told} · {tapped}"


_WORDS: dict[type, Callable[[Any, Labels], str]] = {
    CarriedTag: _tag,
    KnownField: _field,
    Follows: _follows,
    LastSeen: lambda seen, _labels: _("last here %(when)s", when=ago(seen.at)),
    Speaks: lambda speaks, _labels: _("speaks %(language)s", language=speaks.language),
    CameBy: lambda came, _labels: _("came by %(entry)s", entry=came.entry),
    EventsSeen: _events,
    OrdersSeen: _orders,
    DaysSeen: _days,
    Answered: _answered,
    Scored: _scored,
    Points: lambda seen, _labels: ngettext("%(num)s point", "%(num)s points", seen.points),
    Unfinished: lambda _seen, _labels: _("empty, so nobody fits"),
    TicketSeen: _ticket,
    Received: _received,
    Drawn: lambda drawn, _labels: _("drawn: %(place)s", place=percent(drawn.place)),
    Listed: lambda listed, _labels: _("on the list since %(day)s", day=day(listed.since)),
}


def _nothing_like_it(leaf: Leaf) -> str:
    """Return what is said where only some of it was asked about: of the rest there may be any number."""
    match leaf.asks:
        case OrdersTest(is_of_all=False):
            return _("no such order")
        case (EventTest() | When()) as asked if asked.within is not None and leaf.kind in _TOLD_OF_A_TIME:
            return _("not in this time")
        case _:
            return ""


_TOLD_OF_A_TIME = frozenset({"event", "message"})
_NOTHING: Mapping[str, Callable[[], str]] = {
    "tag": lambda: _("does not carry it"),
    "field": lambda: _("never told us"),
    "device": lambda: _("never told us"),
    "consent": lambda: _("has not agreed"),
    "event": lambda: _("it never happened"),
    "message": lambda: _("never wrote"),
    "orders": lambda: _("never ordered"),
    "active": lambda: _("was not here"),
    "answer": lambda: _("never finished it"),
    "ticket": lambda: _("there never was one"),
    "campaign": lambda: _("none"),
    "rfm": lambda: _("never ordered"),
    "segment": lambda: _("is not on the list"),
}
