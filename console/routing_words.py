"""Why a ticket lies in its queue, and why with whom, in the words and the language of whoever reads it."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from console.customer import Reader
from console.languages import LANGUAGES
from console.sources import staff_login
from console.value_words import all_of, one_of
from console.words import _
from segmentation.models import Segment, Tag
from staff.models import StaffUser
from tickets.choosing import Candidate
from tickets.models import Assignment, Queue
from tickets.routing import Check, Decision, Tried

_LOAD = re.compile(r"(?:(?P<login>\S+) )?(?P<load>\d+) of (?P<capacity>\d+)")
"""As `tickets.choosing.because` writes it: `0 of 10; chen 3 of 10`."""


@dataclass(frozen=True, slots=True)
class RouteLine:
    """A rule that was tried for a ticket."""

    holds: bool
    queue: str
    because: str


@dataclass(frozen=True, slots=True)
class HeldLine:
    """Somebody who has the ticket or had it, or who serves the queue in which it waits."""

    name: str
    because: str
    since_at: datetime | None = None
    until_at: datetime | None = None
    """None: they have it, or never had it."""


@dataclass(frozen=True, slots=True)
class Called:
    """What the things that routing rules name are called here, by name or key."""

    tags: Mapping[str, str]
    segments: Mapping[str, str]
    queues: Mapping[str, str]
    fields: Mapping[str, str]


def route_lines(
    session: Session, channel_id: int, decision: Decision, reader: Reader, fields: Mapping[str, str]
) -> Sequence[RouteLine]:
    """Return the rules that were tried, each with what decided it.

    :param fields: what fields are called, by name.
    """
    called = _called(session, channel_id, decision.tried, reader, fields)
    return [
        RouteLine(one.holds, called.queues.get(one.queue, one.queue), _because(one, called))
        for one in decision.tried
    ]


def _because(tried: Tried, called: Called) -> str:
    telling = [_check(one, called) for one in tried.checks if one.holds == tried.holds]
    return all_of(telling) if telling else _("it has no conditions")


def _check(check: Check, called: Called) -> str:
    told = _CHECKS.get((check.kind, check.holds))
    return told(check, called) if told is not None else str(check)


def _has(check: Check, called: Called) -> str:
    return _("carries the tag “%(tag)s”", tag=called.tags.get(check.name, check.name))


def _has_not(check: Check, called: Called) -> str:
    return _("does not carry the tag “%(tag)s”", tag=called.tags.get(check.name, check.name))


def _fits(check: Check, called: Called) -> str:
    name = called.fields.get(check.name, check.name)
    return _("“%(field)s” is as the rule asks", field=name)


def _fits_not(check: Check, called: Called) -> str:
    name = called.fields.get(check.name, check.name)
    return _("“%(field)s” is not as the rule asks", field=name)


def _is_in(check: Check, called: Called) -> str:
    return _("is in the segment “%(segment)s”", segment=called.segments.get(check.name, check.name))


def _is_not_in(check: Check, called: Called) -> str:
    return _("is not in the segment “%(segment)s”", segment=called.segments.get(check.name, check.name))


def _reads(check: Check, _called: Called) -> str:
    return _("reads %(language)s", language=_languages(check))


def _reads_not(check: Check, _called: Called) -> str:
    return _("does not read %(language)s", language=_languages(check))


def _languages(check: Check) -> str:
    return one_of(LANGUAGES[tag].name if tag in LANGUAGES else tag for tag in check.name.split(", "))


_CHECKS: Mapping[tuple[str, bool], Callable[[Check, Called], str]] = {
    ("tag", True): _has,
    ("tag", False): _has_not,
    ("without_tag", True): _has_not,
    ("without_tag", False): _has,
    ("field", True): _fits,
    ("field", False): _fits_not,
    ("segment", True): _is_in,
    ("segment", False): _is_not_in,
    ("language", True): _reads,
    ("language", False): _reads_not,
}


def _called(
    session: Session, channel_id: int, tried: Iterable[Tried], reader: Reader, fields: Mapping[str, str]
) -> Called:
    tried = list(tried)
    checks = [check for one in tried for check in one.checks]

    def labels(
        table: type[Tag | Segment | Queue], column: sa.orm.InstrumentedAttribute[str], names: set[str]
    ) -> dict[str, str]:
        if not names:
            return {}
        rows = session.execute(
            sa.select(column, table.labels).where(table.channel_id == channel_id, column.in_(names))
        )
        return {name: reader.pick(words, name) for name, words in rows}

    return Called(
        tags=labels(Tag, Tag.name, {one.name for one in checks if one.kind.endswith("tag")}),
        segments=labels(Segment, Segment.key, {one.name for one in checks if one.kind == "segment"}),
        queues=labels(Queue, Queue.key, {one.queue for one in tried}),
        fields=fields,
    )


def held_lines(session: Session, held: Sequence[Assignment]) -> Sequence[HeldLine]:
    """Return who has held a ticket, each with why they got it."""
    logins = {login for one in held for login in _logins(one.because)}
    found = sa.select(StaffUser.login, StaffUser.display_name).where(StaffUser.login.in_(logins))
    names = {row.login: row.display_name for row in session.execute(found)} if logins else {}
    return [
        HeldLine(one.agent.display_name, _given(one.because, names), one.assigned_at, one.ended_at)
        for one in held
    ]


def waiting_lines(serving: Iterable[Candidate]) -> Sequence[HeldLine]:
    """Return those who serve the queue of a ticket that waits, each with why they have not got it."""
    return [HeldLine(one.display_name, _obstacle(one)) for one in serving]


def _obstacle(one: Candidate) -> str:
    """Say in words what `Candidate.obstacle` says."""
    if not one.is_active:
        return _("is deactivated")
    if not one.can_answer:
        return _("may not answer customers")
    if one.on_duty_since_at is None:
        return _("is off duty")
    if not one.is_free:
        return _("has all they can carry: %(load)s of %(capacity)s", load=one.load, capacity=one.capacity)
    return _("is free, and gets it in a moment")


def _logins(because: str) -> Sequence[str]:
    kind, _colon, rest = because.partition(": ")
    if kind == "routing":
        return [
            found["login"] for found in map(_LOAD.fullmatch, rest.split("; ")) if found and found["login"]
        ]
    return [login] if (login := staff_login(because)) else []


def _given(because: str, names: Mapping[str, str]) -> str:
    if because == "taken":
        return _("took it")
    if login := staff_login(because):
        return _("given by %(name)s", name=names.get(login, login))
    kind, _colon, rest = because.partition(": ")
    loads = [_LOAD.fullmatch(one) for one in rest.split("; ")]
    if kind != "routing" or not loads[0]:
        return because
    own, *others = [_load(one, names) for one in loads if one is not None]
    told = _("the least busy: %(load)s", load=own)
    return all_of([told, *others])


def _load(found: re.Match[str], names: Mapping[str, str]) -> str:
    load, capacity = found["load"], found["capacity"]
    if not found["login"]:
        return _("%(load)s of %(capacity)s conversations", load=load, capacity=capacity)
    name = names.get(found["login"], found["login"])
    return _("%(name)s has %(load)s of %(capacity)s", name=name, load=load, capacity=capacity)
