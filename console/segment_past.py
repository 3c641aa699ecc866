"""A segment over time: how it grew, who was in it on a past day, who entered and left, and why."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa
from flask import Blueprint, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from analytics.scorecard import placement, scorecard
from analytics.uses import neglect_of
from console import segment_page
from console.access import requires
from console.contact_list import Line, line_of
from console.customer import Reader
from console.move_words import reason_words
from console.open_ticket import Desk, titles_of
from console.segment_actions import uses
from console.words import _
from contacts.models import Contact
from segmentation import history
from segmentation.history import Day, Stay
from segmentation.models import Membership, Segment, Tag
from segmentation.reading import rule_of
from staff.permissions import Permission

SPANS = (30, 90, 365)
MOVES = 30
STAYS = 10
SOME = 8


@dataclass(frozen=True, slots=True)
class Moved:
    """That somebody entered or left."""

    line: Line
    enters: bool
    at: datetime
    because: str


@dataclass(frozen=True, slots=True)
class Been:
    """That somebody was in it for a time."""

    since: datetime
    because: str
    until: datetime | None
    left_because: str


@dataclass(frozen=True, slots=True)
class PastDay:
    """Who was in it at the end of a day."""

    on: date
    count: int
    some: Sequence[Line]


def add_to(blueprint: Blueprint, desk_of: Callable[[Session], Desk]) -> None:
    """Add what the segment's page asks for after it is shown."""

    @blueprint.get("/<public_id>/growth")
    @requires(Permission.SEE_SEGMENTS)
    def growth(public_id: str) -> ResponseReturnValue:
        segment = segment_page.get(g.session, g.channel_id, public_id)
        days = growth_of(desk_of(g.session), segment, _span(request.args.get("days", "")))
        return jsonify(
            days=[one.day.isoformat() for one in days],
            members=[one.members for one in days],
            entered=[one.entered for one in days],
            left=[one.left for one in days],
            words={"members": _("people"), "entered": _("entered"), "left": _("left"), "chart": _("Growth")},
            table=render_template("segments/growth_table.html", days=list(reversed(days))),
        )

    @blueprint.get("/<public_id>/day")
    @requires(Permission.SEE_SEGMENTS)
    def day(public_id: str) -> ResponseReturnValue:
        here = desk_of(g.session)
        segment = segment_page.get(g.session, g.channel_id, public_id)
        found = past_day(here, segment, request.args.get("on", ""))
        return render_template(
            "segments/day.html", found=found, segment=segment, asked=bool(request.args.get("on"))
        )

    @blueprint.get("/<public_id>/moves")
    @requires(Permission.SEE_SEGMENTS)
    def moves(public_id: str) -> ResponseReturnValue:
        here = desk_of(g.session)
        segment = segment_page.get(g.session, g.channel_id, public_id)
        return render_template("segments/moves.html", moves=moves_of(here, segment), segment=segment)

    @blueprint.get("/<public_id>/card")
    @requires(Permission.SEE_SEGMENTS)
    def card(public_id: str) -> ResponseReturnValue:
        here = desk_of(g.session)
        segment = segment_page.get(g.session, g.channel_id, public_id)
        used = uses(here, segment)
        found = scorecard(here.session, segment, used, now=here.now)
        place = placement(rule_of(here.session, here.segments, segment), found)
        return render_template(
            "segments/card.html",
            card=found,
            place=place,
            segment=segment,
            neglect=neglect_of(segment, used, now=here.now),
        )


def growth_of(desk: Desk, segment: Segment, days: int) -> Sequence[Day]:
    """Return the days up to today, none before the segment was made."""
    today = desk.now.astimezone(desk.zone).date()
    made = segment.created_at.astimezone(desk.zone).date()
    first = max(today - timedelta(days=days - 1), min(made, today))
    return history.growth(desk.session, segment, first, today, desk.zone)


def past_day(desk: Desk, segment: Segment, on: str) -> PastDay | None:
    """Return who was in it at the end of a day; None: that is no day, or it is still to come."""
    try:
        day = date.fromisoformat(on[:10])
        end = datetime.combine(day, time(), desk.zone) + timedelta(days=1)
        at = min(end.astimezone(UTC) - timedelta(microseconds=1), desk.now)
    except (ValueError, OverflowError):
        return None
    if day > desk.now.astimezone(desk.zone).date():
        return None
    members = (
        sa.select(Membership.contact_id)
        .where(
            Membership.segment_id == segment.id,
            Membership.entered_at <= at,
            sa.or_(Membership.left_at.is_(None), Membership.left_at > at),
        )
        .order_by(Membership.entered_at.desc(), Membership.id.desc())
        .limit(SOME)
    )
    people = desk.session.scalars(sa.select(Contact).where(Contact.id.in_(members)))
    return PastDay(day, history.count_at(desk.session, segment, at), [line_of(one) for one in people])


def moves_of(desk: Desk, segment: Segment) -> Sequence[Moved]:
    """Return who entered and left last, the newest first, by two queries and one for the people."""
    reader = Reader(desk.language, desk.default_language, titles_of(desk))
    found: list[tuple[datetime, bool, Membership]] = []
    for moment, enters in ((Membership.entered_at, True), (Membership.left_at, False)):
        rows = desk.session.scalars(
            sa.select(Membership)
            .where(Membership.segment_id == segment.id, moment.is_not(None))
            .order_by(moment.desc(), Membership.id.desc())
            .limit(MOVES)
        )
        found += [
            ((row.entered_at if enters else row.left_at) or row.entered_at, enters, row) for row in rows
        ]
    newest = sorted(found, key=lambda one: (one[0], one[2].id), reverse=True)[:MOVES]
    ids = {row.contact_id for _at, _enters, row in newest}
    people = {one.id: one for one in desk.session.scalars(sa.select(Contact).where(Contact.id.in_(ids)))}
    because = [(enters and row.entered_because) or row.left_because or "" for _at, enters, row in newest]
    called = (tag_labels(desk, because, reader), segment_labels(desk, because, reader))
    return [
        Moved(
            line_of(people[row.contact_id]),
            enters,
            at,
            reason_words(why, reader, *called),
        )
        for (at, enters, row), why in zip(newest, because, strict=True)
    ]


def been(desk: Desk, segment: Segment, contact_id: int) -> Sequence[Been]:
    """Return when somebody was in it, the newest time first."""
    reader = Reader(desk.language, desk.default_language, titles_of(desk))
    return told_stays(desk, history.stays(desk.session, segment, contact_id)[:STAYS], reader)


def told_stays(desk: Desk, stays: Sequence[Stay], reader: Reader) -> Sequence[Been]:
    """Return stays with the reasons in words."""
    reasons = [one.entered_because for one in stays] + [one.left_because or "" for one in stays]
    called = (tag_labels(desk, reasons, reader), segment_labels(desk, reasons, reader))
    return [
        Been(
            one.entered_at,
            reason_words(one.entered_because, reader, *called),
            one.left_at,
            reason_words(one.left_because or "", reader, *called),
        )
        for one in stays
    ]


def tag_labels(desk: Desk, because: Sequence[str], reader: Reader) -> Mapping[str, str]:
    """Return what the tags are called that reasons name."""
    names = {why.removeprefix("tag:") for why in because if why.startswith("tag:")}
    rows = desk.session.scalars(sa.select(Tag).where(Tag.channel_id == desk.channel_id, Tag.name.in_(names)))
    return {tag.name: reader.pick(tag.labels, tag.name) for tag in rows}


def segment_labels(desk: Desk, because: Sequence[str], reader: Reader) -> Mapping[str, str]:
    """Return what the segments are called that reasons name."""
    keys = {why.partition(":")[2] for why in because if why.startswith(("segment:", "snapshot:"))}
    if not keys:
        return {}
    named = sa.select(Segment).where(Segment.channel_id == desk.channel_id, Segment.key.in_(keys))
    return {one.key: reader.pick(one.labels, one.key) for one in desk.session.scalars(named)}


def _span(days: str) -> int:
    return int(days) if days.isdecimal() and int(days[:5]) in SPANS else SPANS[0]
