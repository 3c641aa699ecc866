"""Where all segments stand on the map of precision and complexity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from analytics.scorecard import Placement
from contacts.models import Contact
from segmentation import rules
from segmentation.models import Membership
from segmentation.reading import Read


@dataclass(frozen=True, slots=True)
class Placed:
    """A segment with its place."""

    people: int
    place: Placement


def segment_map(session: Session, channel_id: int, read: Sequence[Read]) -> Mapping[int, Placed]:
    """Return each segment's place by its id, in two queries; `read` has their rules as they are resolved."""
    everybody = session.scalars(
        sa.select(sa.func.count()).where(Contact.channel_id == channel_id, Contact.erased_at.is_(None))
    ).one()
    inside: dict[int, int] = {
        row.segment_id: row.people
        for row in session.execute(
            sa.select(Membership.segment_id, sa.func.count().label("people"))
            .where(
                Membership.segment_id.in_([segment.id for segment, _rule in read]),
                Membership.left_at.is_(None),
            )
            .group_by(Membership.segment_id)
        )
    }
    return {
        segment.id: Placed(
            people := inside.get(segment.id, 0),
            Placement(
                1 - people / everybody if everybody else 1.0,
                sum(1 for _ in rules.leaves(rule)),
            ),
        )
        for segment, rule in read
    }
