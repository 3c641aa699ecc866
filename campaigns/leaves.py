"""The leaf `campaign`: whether somebody was written to lately, or tapped on what they got."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from pydantic import BeforeValidator, TypeAdapter
from sqlalchemy.orm import Session, aliased

from campaigns.models import Campaign, Delivery
from content.text import Frozen
from segmentation.carrying import known_by, told_in
from segmentation.days import At
from segmentation.joining import Meant
from segmentation.kinds.forms import Few, Past, fell_out
from segmentation.leaf import LeafKind, Mention
from segmentation.people import Fact, Person
from segmentation.sources import Need, Source

Did = Literal["received", "tapped"]


@dataclass(frozen=True, slots=True)
class Received(Fact):
    """One campaign message that went out to somebody."""

    campaign: str
    """Its name."""
    keys: tuple[str, ...]
    """The ids that rules name it by: in campaigns.yaml, in the console, and those of the weekly one it belongs to."""
    at: datetime
    tapped_at: datetime | None


Deliveries = tuple[Received, ...]


def _load(
    session: Session, ids: Sequence[int], needs: Sequence[Need[Deliveries]], now: datetime
) -> Mapping[str, Mapping[int, Deliveries]]:
    (need,) = needs
    plan = aliased(Campaign)
    wanted = (
        sa.select(
            Delivery.contact_id,
            Campaign.name,
            Campaign.key,
            Campaign.public_id,
            plan.key.label("plan_key"),
            plan.public_id.label("plan_public_id"),
            Delivery.released_at,
            Delivery.tapped_at,
        )
        .join(Campaign, Campaign.id == Delivery.campaign_id)
        .outerjoin(plan, plan.id == Campaign.plan_id)
        .where(Delivery.contact_id.in_(ids), Delivery.released_at.is_not(None), Delivery.skipped.is_(None))
        .order_by(Delivery.released_at, Delivery.id)
    )
    if need.within is not None:
        edge = now - need.within
        wanted = wanted.where(sa.or_(Delivery.released_at >= edge, Delivery.tapped_at >= edge))
    found: dict[int, list[Received]] = {}
    for row in session.execute(wanted):
        named = (row.key, row.public_id, row.plan_key, row.plan_public_id)
        keys = tuple(key for key in named if key is not None)
        told = Received(row.name, keys, row.released_at, row.tapped_at)
        found.setdefault(row.contact_id, []).append(told)
    return {need.about: {id_: tuple(deliveries) for id_, deliveries in found.items()}}


DELIVERIES: Source[Deliveries] = Source("deliveries", _load, ())


class CampaignTest(Frozen):
    """`received`, or `{did: tapped, id: autumn, within: 30d}`; "not written to this week" is a `not` around it."""

    did: Did = "received"
    id: Few | None = None
    """As in campaigns.yaml, or of one made in the console as in its address; of a weekly one all its messages.

    Any campaign where it is left out.
    """
    within: Past | None = None


def _in_full(raw: Any) -> Any:
    return raw if isinstance(raw, dict | CampaignTest) else {"did": raw}


def _sql(test: CampaignTest, at: At) -> Meant:
    where = [Delivery.released_at.is_not(None), Delivery.skipped.is_(None), *_of(test.id)]
    if test.did == "tapped":
        where.append(Delivery.tapped_at.is_not(None))
    if test.within is not None:
        edge = at.now - test.within
        moment = Delivery.released_at if test.did == "received" else Delivery.tapped_at
        where.append(moment >= edge)
        if test.did == "received":
            # Through the few campaigns that were still going out, not through everything ever sent.
            where.append(_going_out(edge))
    return told_in(Delivery.contact_id, *where, ever=test.within is None)


def _of(keys: Sequence[str] | None) -> list[sa.ColumnElement[bool]]:
    if keys is None:
        return []
    plan = aliased(Campaign)
    plans = sa.select(plan.id).where(sa.or_(plan.key.in_(keys), plan.public_id.in_(keys)))
    ours = sa.or_(Campaign.key.in_(keys), Campaign.public_id.in_(keys), Campaign.plan_id.in_(plans))
    meant = sa.select(Campaign.id).where(ours)
    return [known_by(Delivery.campaign_id, meant)]


def _going_out(edge: datetime) -> sa.ColumnElement[bool]:
    late = sa.or_(Campaign.finished_at.is_(None), Campaign.finished_at >= edge)
    going = sa.select(Campaign.id).where(Campaign.started_at.is_not(None), late)
    return known_by(Delivery.campaign_id, going)


def _fitting(test: CampaignTest, person: Person, at: At) -> list[Received]:
    edge = None if test.within is None else at.now - test.within
    moments = ((one, one.at if test.did == "received" else one.tapped_at) for one in person.of(_need(test)))
    return [
        one
        for one, moment in moments
        if moment is not None
        and (edge is None or moment >= edge)
        and (test.id is None or not set(test.id).isdisjoint(one.keys))
    ]


def _need(test: CampaignTest) -> Need[Deliveries]:
    return Need(DELIVERIES, within=test.within)


def _fact(test: CampaignTest, person: Person, at: At) -> Received | None:
    fitting = _fitting(test, person, at)
    return fitting[-1] if fitting else None


def _crossing(test: CampaignTest, since: At, at: At) -> Iterable[sa.Select[int]]:
    if test.within is None:
        return
    wanted = sa.select(Delivery.contact_id).where(*_of(test.id))
    if test.did == "tapped":
        yield wanted.where(fell_out(Delivery.tapped_at, test.within, since, at))
    else:
        fell = fell_out(Delivery.released_at, test.within, since, at)
        yield wanted.where(fell, _going_out(since.now - test.within))


CAMPAIGN_FACT = "campaign"
"""What changes when somebody got a campaign's message, or tapped one."""

CAMPAIGN: LeafKind[Any] = LeafKind[CampaignTest](
    "campaign",
    TypeAdapter(
        Annotated[CampaignTest, BeforeValidator(_in_full, json_schema_input_type=Did | CampaignTest)]
    ),
    sql=_sql,
    holds=lambda test, person, at: bool(_fitting(test, person, at)),
    fact=_fact,
    reads=lambda _test: [CAMPAIGN_FACT],
    crossing=_crossing,
    needs=lambda test: [_need(test)],
    mentions=lambda test: [Mention("campaign", key, ("id",)) for key in test.id or ()],
)

LEAVES: Sequence[LeafKind[Any]] = (CAMPAIGN,)
"""What rules about people may ask about campaigns."""
