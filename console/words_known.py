"""Conditions about what is known of somebody, in words."""

from collections.abc import Callable, Mapping
from typing import Any

from babel.dates import get_month_names
from flask_babel import get_locale

from console.rule_names import Labels
from console.times import LOCALE_IF_NONE
from console.value_words import one_of, percent, value, with_more, within
from console.words import _
from segmentation.comparing import FieldTest
from segmentation.kinds.answers import AnswerTest
from segmentation.kinds.birthdays import BirthdayTest, YearlyTest
from segmentation.kinds.chance import ChanceTest
from segmentation.kinds.regions import RegionTest
from segmentation.kinds.tags import TagTest

DEVICES: Mapping[str, str] = {"ios": "iOS", "android": "Android"}
"""As rules and fields write them, and as people do."""


def _tag(test: TagTest, labels: Labels) -> str:
    more = []
    if test.set_within is not None:
        more.append(_("put on in the last %(duration)s", duration=within(test.set_within)))
    if test.set_by is not None:
        more.append(_("put on by %(source)s", source=_origin(test.set_by, labels)))
    if test.expires_within is not None:
        more.append(_("ends in the next %(duration)s", duration=within(test.expires_within)))
    return with_more(_("carries the tag “%(tag)s”", tag=labels.tag(test.name)), more)


def _origin(prefix: str, labels: Labels) -> str:
    known = {
        "staff:": _("staff"),
        "question:": _("an answer"),
        "rule:": _("a rule or a tap"),
        "import:": _("an import"),
        "segment:": _("a segment"),
    }
    return known.get(prefix) or labels.source(prefix)


def _field(test: FieldTest, labels: Labels) -> str:
    name, asked = labels.field(test.name), test.asked()
    if test.known is not None:
        told = _("“%(field)s” is known") if test.known else _("“%(field)s” is not known")
        return told % {"field": name}
    if test.between is not None:
        first, last = (value(end) for end in test.between)
        return _("“%(field)s” is from %(first)s to %(last)s", field=name, first=first, last=last)
    if test.one_of is not None:
        return _("“%(field)s” is one of %(values)s", field=name, values=one_of(map(value, test.one_of)))
    ((way, said),) = asked.items()
    return _FIELD[way](name, value(said))  # type: ignore[arg-type]


_FIELD: Mapping[str, Callable[[str, str], str]] = {
    "is": lambda name, said: _("“%(field)s” is %(value)s", field=name, value=said),
    "is_not": lambda name, said: _("“%(field)s” is known and is not %(value)s", field=name, value=said),
    "less_than": lambda name, said: _("“%(field)s” is less than %(value)s", field=name, value=said),
    "at_most": lambda name, said: _("“%(field)s” is at most %(value)s", field=name, value=said),
    "more_than": lambda name, said: _("“%(field)s” is more than %(value)s", field=name, value=said),
    "at_least": lambda name, said: _("“%(field)s” is at least %(value)s", field=name, value=said),
    "contains": lambda name, said: _("“%(field)s” contains “%(value)s”", field=name, value=said),
}


def _answer(test: AnswerTest, labels: Labels) -> str:
    told = _("finished “%(questionnaire)s”", questionnaire=labels.title(test.questionnaire))
    if test.question is None:
        return told
    place = f"{test.questionnaire}/{test.question}"
    question = labels.answer(place)
    if test.choice is None:
        return with_more(told, [_("answered “%(question)s”", question=question)])
    chosen = one_of(labels.answer(f"{place}/{choice}") for choice in test.choice)
    return with_more(told, [_("%(property)s: %(values)s", property=question, values=chosen)])


def _region(test: RegionTest, _labels: Labels) -> str:
    return _(
        "lives in %(places)s",
        places=" · ".join(one_of(names) for names in (test.prefecture, test.city) if names),
    )


def _birthday(test: BirthdayTest, _labels: Labels) -> str:
    if test.within is not None:
        return _("has their birthday %(days)s", days=_around(test.within))
    return _("has their birthday in the month: %(month)s", month=month_name(test.month))


def month_name(month: int | str | None) -> str:
    """Return what a month is called, or which one it is seen from now."""
    known = {"this_month": _("this month"), "next_month": _("next month"), "last_month": _("last month")}
    if isinstance(month, int):
        return str(
            get_month_names("wide", context="stand-alone", locale=get_locale() or LOCALE_IF_NONE)[month]
        )
    return known.get(month or "", "")


def _anniversary(test: YearlyTest, labels: Labels) -> str:
    return _("“%(field)s” comes round %(days)s", field=labels.field(test.field), days=_around(test.within))


def _around(days: tuple[str, str]) -> str:
    first, last = (value(day) for day in days)
    return _("from %(first)s to %(last)s", first=first, last=last)


def _random(test: ChanceTest, _labels: Labels) -> str:
    told = _("is among %(share)s of everybody, drawn by lot", share=percent(test.share))
    return with_more(told, [test.salt] if test.salt else [])


KNOWN: Mapping[str, Callable[[Any, Labels], str]] = {
    "tag": _tag,
    "field": _field,
    "consent": lambda purpose, labels: _("agreed to “%(purpose)s”", purpose=labels.purpose(purpose)),
    "segment": lambda key, labels: _("is in the segment “%(segment)s”", segment=labels.segment(key)),
    "device": lambda names, _labels: _(
        "uses %(devices)s", devices=one_of(DEVICES.get(name, name) for name in names)
    ),
    "answer": _answer,
    "region": _region,
    "birthday": _birthday,
    "anniversary": _anniversary,
    "random": _random,
}
