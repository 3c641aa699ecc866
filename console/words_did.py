"""Conditions about what somebody did and bought, in words."""

from collections.abc import Callable, Mapping
from typing import Any

from console.event_words import property_name
from console.property_words import called, event_words
from console.rule_names import Labels
from console.value_words import (
    all_of,
    in_the_last,
    measured,
    one_of,
    percent,
    times,
    with_more,
    within,
)
from console.words import _
from segmentation.kinds.activity import ActiveTest
from segmentation.kinds.events import EventTest
from segmentation.kinds.forms import When
from segmentation.kinds.orders import OrdersTest
from segmentation.kinds.rfm import RfmTest


def _event(test: EventTest, labels: Labels) -> str:
    count = "" if test.count.limits() == {"at_least": 1} else times(test.count)
    told = _(
        "%(event)s %(times)s %(within)s",
        event=_or(map(event_words, test.name)),
        times=count,
        within=in_the_last(test.within),
    )
    more = [_where(test, name, labels) for name in test.where]
    if test.share_at_least is not None:
        more.append(_("that is at least %(share)s of all of them", share=percent(test.share_at_least)))
    if test.last_within is not None:
        more.append(_("the last time in the last %(duration)s", duration=within(test.last_within)))
    if test.first_within is not None:
        more.append(_("the first time in the last %(duration)s", duration=within(test.first_within)))
    if test.without_since is not None:
        names = _or(map(event_words, test.without_since))
        more.append(_("and since then not: %(events)s", events=names))
    return with_more(told, more)


def _or(names: Any) -> str:
    return " / ".join(names)


def _where(test: EventTest, name: str, labels: Labels) -> str:
    place = {key: _only(test, key) for key in ("questionnaire", "question")}
    shown = one_of(called(name, one, labels, **place) for one in test.where[name])
    return _("%(property)s: %(values)s", property=property_name(test.name[0], name), values=shown)


def _only(test: EventTest, name: str) -> str:
    """Return the one value of a property, where there is just one."""
    values = test.where.get(name, ())
    return str(values[0]) if len(values) == 1 else ""


def _message(when: When, _labels: Labels) -> str:
    if when.within is not None:
        return _("wrote in the last %(duration)s", duration=within(when.within))
    return _("last wrote longer ago than %(duration)s", duration=within(when.span))


def _orders(test: OrdersTest, _labels: Labels) -> str:
    count = test.counts
    is_once = count is None or count.limits() == {"at_least": 1}
    told = _(
        "ordered %(times)s %(within)s",
        times="" if is_once or count is None else times(count),
        within=in_the_last(test.within),
    )
    more = []
    if test.sum is not None:
        more.append(_("for %(amount)s in all", amount=measured(test.sum)))
    if test.average is not None:
        more.append(_("for %(amount)s on average", amount=measured(test.average)))
    if test.first is not None:
        more.append(_("first: %(when)s", when=_when(test.first)))
    if test.last is not None:
        more.append(_("last: %(when)s", when=_when(test.last)))
    for names, words in (
        (test.store, _("in the store %(names)s")),
        (test.channel, _("by the channel %(names)s")),
        (test.coupon, _("with the coupon %(names)s")),
    ):
        if names is not None:
            more.append(words % {"names": one_of(names)})
    return with_more(told, more)


def _when(when: When) -> str:
    if when.within is not None:
        return _("in the last %(duration)s", duration=within(when.within))
    return _("longer ago than %(duration)s", duration=within(when.span))


def _active(test: ActiveTest, _labels: Labels) -> str:
    limits = test.counts.limits()
    days = "" if limits == {"at_least": 1} else _("on %(days)s days", days=measured(test.counts))
    told = _("was here %(days)s %(within)s", days=days, within=in_the_last(test.within))
    more = []
    if test.hours is not None:
        more.append(
            _("at the hours %(hours)s", hours=all_of(f"{hour}:00" for hour in sorted(set(test.hours))))
        )
    if test.share_at_least is not None:
        more.append(_("that is at least %(share)s of their days", share=percent(test.share_at_least)))
    return with_more(told, more)


def _rfm(test: RfmTest, labels: Labels) -> str:
    parts = [
        words % {"limit": measured(measure)}
        for measure, words in (
            (test.recency, _("how lately: %(limit)s of 5")),
            (test.frequency, _("how often: %(limit)s of 5")),
            (test.monetary, _("how much: %(limit)s of 5")),
        )
        if measure is not None
    ]
    if test.group is None:
        return _("bought (%(how)s)", how=all_of(parts))
    named = one_of(labels.groups.get(key, key) for key in test.group)
    return with_more(_("is in the customer group %(groups)s", groups=named), parts)


DID: Mapping[str, Callable[[Any, Labels], str]] = {
    "event": _event,
    "message": _message,
    "orders": _orders,
    "active": _active,
    "rfm": _rfm,
}
