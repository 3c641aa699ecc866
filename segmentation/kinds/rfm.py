"""The leaf `rfm`: the group somebody was put into by recency, frequency and value, or the fifths themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import BeforeValidator, TypeAdapter, model_validator
from sqlalchemy.orm import Session

from content.text import Frozen
from facts.models import RfmScore
from segmentation.carrying import told_in
from segmentation.days import At
from segmentation.joining import Meant
from segmentation.kinds.forms import SOMETHING, Few
from segmentation.kinds.measures import Measure, none_fits
from segmentation.leaf import LeafKind, Mention
from segmentation.people import Fact, Person
from segmentation.sources import Need, Source


@dataclass(frozen=True, slots=True)
class Scored(Fact):
    """The fifths of one contact, 5 the best."""

    recency: int
    frequency: int
    monetary: int
    group: str | None
    at: datetime


def _load(
    session: Session, ids: Sequence[int], needs: Sequence[Need[Scored | None]], _now: datetime
) -> Mapping[str, Mapping[int, Scored]]:
    (need,) = needs
    rows = session.scalars(sa.select(RfmScore).where(RfmScore.contact_id.in_(ids)))
    return {
        need.about: {
            row.contact_id: Scored(row.recency, row.frequency, row.monetary, row.group_key, row.scored_at)
            for row in rows
        }
    }


SCORES: Source[Scored | None] = Source("rfm", _load, None)
_NEED = Need(SCORES)


class RfmTest(Frozen):
    """`high_value`, or `{group: [high_value, promising], recency: {at_least: 4}}`; all that is said must hold."""

    model_config = SOMETHING

    group: Few | None = None
    recency: Measure | None = None
    frequency: Measure | None = None
    monetary: Measure | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "RfmTest":
        if not any((self.group, *self.fifths().values())):
            raise ValueError("say a `group`, or what `recency`, `frequency` or `monetary` is")
        return self

    def fifths(self) -> Mapping[str, Measure | None]:
        return {"recency": self.recency, "frequency": self.frequency, "monetary": self.monetary}


def _in_full(raw: Any) -> Any:
    return raw if isinstance(raw, dict | RfmTest) else {"group": raw}


def _sql(test: RfmTest, _at: At) -> Meant:
    where: list[sa.ColumnElement[bool]] = []
    if test.group is not None:
        where.append(RfmScore.group_key.in_(test.group))
    for name, measure in test.fifths().items():
        if measure is not None:
            where.append(measure.sql(getattr(RfmScore, name)))
    return told_in(RfmScore.contact_id, *where)


def _holds(test: RfmTest, person: Person, _at: At) -> bool:
    scored = person.of(_NEED)
    if scored is None or (test.group is not None and scored.group not in test.group):
        return False
    fifths = test.fifths().items()
    return all(measure is None or measure.fits(getattr(scored, name)) for name, measure in fifths)


RFM: LeafKind[Any] = LeafKind[RfmTest](
    "rfm",
    TypeAdapter(Annotated[RfmTest, BeforeValidator(_in_full, json_schema_input_type=Few | RfmTest)]),
    sql=_sql,
    holds=_holds,
    fact=lambda _test, person, _at: person.of(_NEED),
    reads=lambda _test: ["rfm"],
    needs=lambda _test: [_NEED],
    mentions=lambda test: [Mention("group", group, ("group",)) for group in test.group or ()],
    never=lambda test: none_fits(*test.fifths().values()),
)
