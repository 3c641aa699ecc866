"""The leaf `segment`: that somebody is on a list of people; other segments are put in by their rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import AfterValidator, Field, StrictStr, TypeAdapter
from sqlalchemy.orm import Session

from content.comparing import storable
from segmentation.carrying import known_by, told_in
from segmentation.joining import Meant
from segmentation.leaf import LeafKind, Mention
from segmentation.models import Membership, Segment
from segmentation.people import Fact
from segmentation.references import SEGMENT
from segmentation.sources import Need, Source


@dataclass(frozen=True, slots=True)
class Listed(Fact):
    """Since when somebody is on a list, and who put them there."""

    segment: str
    since: datetime
    because: str


def _load(
    session: Session, ids: Sequence[int], needs: Sequence[Need[Listed | None]], _now: datetime
) -> Mapping[str, Mapping[int, Listed]]:
    rows = session.execute(
        sa.select(Segment.key, Membership.contact_id, Membership.entered_at, Membership.entered_because)
        .join(Segment, Segment.id == Membership.segment_id)
        .where(
            Membership.contact_id.in_(ids),
            Membership.left_at.is_(None),
            Segment.key.in_([need.about for need in needs]),
        )
    )
    found: dict[str, dict[int, Listed]] = {}
    for key, contact_id, since, because in rows:
        found.setdefault(key, {})[contact_id] = Listed(key, since, because)
    return found


LISTS: Source[Listed | None] = Source("lists", _load, None)


def _sql(key: str) -> Meant:
    # A contact's memberships are all of its own channel, so the id is enough.
    ours = known_by(Membership.segment_id, sa.select(Segment.id).where(Segment.key == key))
    return told_in(Membership.contact_id, ours, Membership.left_at.is_(None))


ON_A_LIST: LeafKind[Any] = LeafKind[str](
    SEGMENT,
    TypeAdapter(Annotated[StrictStr, Field(min_length=1, max_length=60), AfterValidator(storable)]),
    sql=lambda key, _at: _sql(key),
    holds=lambda key, person, _at: person.of(Need(LISTS, key)) is not None,
    fact=lambda key, person, _at: person.of(Need(LISTS, key)),
    reads=lambda key: [f"segment:{key}"],
    needs=lambda key: [Need(LISTS, key)],
    mentions=lambda key: [Mention("segment", key)],
)
