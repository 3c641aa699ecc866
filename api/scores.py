"""Scores: how many points somebody has, and what gives them."""

from typing import Any

from flask import Response, g
from flask_openapi.blueprint import APIBlueprint
from pydantic import BaseModel, Field

from api import naming
from api.access import needs
from api.openapi import blueprint
from api.parts import Parts
from api.shapes import PublicId, Strict, answer
from segmentation import scores
from staff.tokens import Scope


class ScoredPath(Strict):
    contact_id: PublicId


class Condition(BaseModel):
    """One condition of a score, as segments.yaml writes it."""

    points: int = Field(description="What it gives where it holds; less than 0 takes some away.")
    when: dict[str, Any]
    holds: bool


class ScoreRow(BaseModel):
    key: str
    points: int = Field(description="Those of all conditions that hold now, added up.")
    conditions: list[Condition]


class ScoresAnswer(BaseModel):
    """The scores of somebody, in the playbook's order."""

    scores: list[ScoreRow]


def routes(parts: Parts) -> APIBlueprint:
    """Return the routes about scores."""
    api = blueprint("scores", __doc__)

    @api.get("/contacts/<contact_id>/scores", operation_id="listScores", responses={200: ScoresAnswer})
    @needs(Scope.CONTACTS_READ, Scope.SEGMENTS_READ)
    def page(path: ScoredPath) -> Response:
        """Say how many points of each score a person has now, and what gives them. Who was erased has none."""
        contact = naming.get(g.session, g.channel_id, path.contact_id)
        rows = scores.current(g.session, g.channel_id)
        read = scores.read(g.session, parts.segments, g.channel_id, rows, now=g.now, zone=g.zone)
        tallies = scores.of_contacts(g.session, read, [contact.id]).get(contact.id, ())
        found = [
            ScoreRow(
                key=row.key,
                points=tally.points,
                conditions=[
                    Condition(points=one["points"], when=one["when"], holds=gives.reason.holds)
                    for one, gives in zip(row.conditions, tally.gives, strict=False)
                ],
            )
            for row, tally in zip(rows, tallies, strict=True)
        ]
        return answer(ScoresAnswer(scores=found))

    return api
