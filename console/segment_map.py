"""All segments on one map: how precise each is, and how complicated."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Blueprint, g, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from analytics.segment_map import Placed, segment_map
from console.access import requires
from console.customer import Reader
from console.open_ticket import Desk
from console.words import _
from segmentation import audience
from segmentation.reading import rules_of
from staff.permissions import Permission

MANY_CONDITIONS = 6
"""More than these is complicated."""
HALF = 0.5
"""A segment that leaves fewer people out than these is broad."""


@dataclass(frozen=True, slots=True)
class Point:
    """One segment on the map."""

    public_id: str
    label: str
    people: int
    precision: float
    complexity: int
    advice: str


def add_to(blueprint: Blueprint, desk_of: Callable[[Session], Desk]) -> None:
    """Add the map; its points are counted after the page is shown."""

    @blueprint.get("/map")
    @requires(Permission.SEE_SEGMENTS)
    def map_() -> ResponseReturnValue:
        return render_template("segments/map.html")

    @blueprint.get("/map/points")
    @requires(Permission.SEE_SEGMENTS)
    def map_points() -> ResponseReturnValue:
        here = desk_of(g.session)
        reader = Reader(here.language, here.default_language, {})
        return render_template(
            "segments/map_points.html", points=points_of(here, reader), half=HALF, many=MANY_CONDITIONS
        )


def points_of(desk: Desk, reader: Reader) -> Sequence[Point]:
    """Return where every segment stands, the most precise first."""
    current = audience.current(desk.session, desk.channel_id)
    if not current:
        return []
    read = rules_of(desk.session, desk.segments, current)
    placed = segment_map(desk.session, desk.channel_id, read)
    points = [
        Point(
            public_id=one.public_id,
            label=reader.pick(one.labels, one.key),
            people=placed[one.id].people,
            precision=placed[one.id].place.precision,
            complexity=placed[one.id].place.complexity,
            advice=_advice(placed[one.id]),
        )
        for one in current
    ]
    return sorted(points, key=lambda one: (-one.precision, one.complexity, one.label))


def _advice(placed: Placed) -> str:
    is_complicated = placed.place.complexity > MANY_CONDITIONS
    if not placed.people:
        return _("Nobody now")
    if placed.place.precision < HALF:
        if is_complicated:
            return _("Complicated, and still most people are in: simplify it.")
        return _("Simple and broad: good for news for many.")
    if is_complicated:
        return _("Precise and complicated: worth it where each of them matters.")
    return _("Precise and simple: the best kind to act on.")
