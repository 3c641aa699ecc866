"""Four criteria with their numbers; what uses a segment, and when it counts as forgotten."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from analytics.scorecard import Crowd, Outcome, Scorecard, Verdict, placement, scorecard
from analytics.uses import Neglect, Use, UseKind, is_in_use, neglect_of, uses_of
from bot.segmenting import SEGMENTS
from campaigns.models import Campaign, CampaignState
from contacts.models import Contact, Following
from core.db import Database
from core.ids import new_public_id
from facts import orders
from line.channels import ensure_channel
from segmentation.models import Membership, Score, Segment
from tests.facts.books import an_order
from tests.line.queues import NOON, a_channel

GOOD, FAIR, POOR = Verdict.GOOD, Verdict.FAIR, Verdict.POOR
DAY = timedelta(days=1)


def people(database: Database, channel_id: int, count: int, *, blocked: int = 0) -> Sequence[int]:
    with database.write() as session:
        made = [
            Contact(
                public_id=new_public_id(),
                channel_id=channel_id,
                line_user_id=new_public_id(),
                shard=0,
                following=Following.BLOCKED if number < blocked else Following.FOLLOWING,
                first_seen_at=NOON,
                last_seen_at=NOON,
            )
            for number in range(count)
        ]
        session.add_all(made)
        session.flush()  # for their ids
        return [one.id for one in made]


def a_segment(session: Session, channel_id: int, key: str, rule: Any = None, **more: Any) -> Segment:
    given = {"created_at": NOON, "changed_at": NOON, **more}
    segment = Segment(
        public_id=new_public_id(),
        channel_id=channel_id,
        key=key,
        labels={},
        rule=rule or {"tag": "vip"},
        **given,
    )
    session.add(segment)
    session.flush()  # for its id
    return segment


def join(session: Session, segment: Segment, contact_ids: Sequence[int]) -> None:
    session.execute(
        sa.insert(Membership),
        [
            {"segment_id": segment.id, "contact_id": id_, "entered_at": NOON, "entered_because": "rule"}
            for id_ in contact_ids
        ],
    )


def bought(database: Database, channel_id: int, contact_ids: Sequence[int], *, days_ago: int = 1) -> None:
    with database.write() as session:
        rows = [
            an_order(f"O{id_}", customer=f"C{id_}", contact_id=id_, days_ago=days_ago) for id_ in contact_ids
        ]
        orders.record_orders(session, channel_id, rows, source="test", now=NOON)


def card_of(database: Database, channel_id: int, contact_ids: Sequence[int], *uses: Use) -> Scorecard:
    with database.write() as session:
        segment = a_segment(session, channel_id, "some")
        if contact_ids:
            join(session, segment, contact_ids)
        return scorecard(session, segment, uses, now=NOON)


def test_a_card_tells_size_reach_value_and_how_much_more_often_they_buy(database: Database) -> None:
    channel_id = a_channel(database)
    ids = people(database, channel_id, 100, blocked=6)
    bought(database, channel_id, ids[20:45])
    card = card_of(database, channel_id, ids[:40])
    assert card.members == Crowd(people=40, reachable=34, had_outcome=20, net_cents=20 * 100_00)
    assert card.everybody == Crowd(people=100, reachable=94, had_outcome=25, net_cents=25 * 100_00)
    assert card.outcome is Outcome.ORDER
    assert card.lift == pytest.approx(2.0)
    assert (card.share, card.reachable_share, card.value_share) == (0.4, 0.85, 0.8)
    assert (card.measurable, card.accessible, card.substantial, card.actionable) == (GOOD, GOOD, GOOD, POOR)


def test_orders_of_long_ago_are_no_outcome(database: Database) -> None:
    channel_id = a_channel(database)
    ids = people(database, channel_id, 40)
    bought(database, channel_id, ids, days_ago=91)
    card = card_of(database, channel_id, ids)
    assert (card.outcome, card.lift, card.measurable) == (None, None, POOR)
    assert card.members.net_cents == 40 * 100_00, "what they are worth is all they ever bought"


def test_an_empty_segment_in_an_empty_shop_is_poor_in_everything(database: Database) -> None:
    card = card_of(database, a_channel(database), [])
    assert {card.measurable, card.accessible, card.substantial, card.actionable} == {POOR}
    assert (card.share, card.value_share, card.reachable_share, card.lift) == (0, 0, 0, None)


def test_few_people_are_compared_with_care_and_are_not_substantial(database: Database) -> None:
    channel_id = a_channel(database)
    ids = people(database, channel_id, 60, blocked=10)
    bought(database, channel_id, ids[:5])
    card = card_of(database, channel_id, ids[:25])
    assert (card.measurable, card.accessible, card.substantial) == (FAIR, FAIR, POOR)


def test_those_who_left_and_other_shops_do_not_count(database: Database) -> None:
    channel_id = a_channel(database)
    with database.write() as session:
        other_id = ensure_channel(session, "other", now=NOON).id
    ids = people(database, channel_id, 3)
    people(database, other_id, 5)
    with database.write() as session:
        segment = a_segment(session, channel_id, "some")
        join(session, segment, ids)
        session.execute(sa.update(Membership).where(Membership.contact_id == ids[0]).values(left_at=NOON))
        card = scorecard(session, segment, (), now=NOON)
    assert (card.members.people, card.everybody.people) == (2, 3)


def a_campaign(session: Session, segment: Segment, *, started_at: datetime | None, **more: Any) -> Campaign:
    campaign = Campaign(
        public_id=new_public_id(),
        channel_id=segment.channel_id,
        name="New this week",
        segment_id=segment.id,
        content={},
        created_at=NOON,
        created_by="mei",
        started_at=started_at,
        **{"state": CampaignState.FINISHED, **more},
    )
    session.add(campaign)
    session.flush()  # so that it is found
    return campaign


def test_what_uses_a_segment_is_found(database: Database) -> None:
    channel_id = a_channel(database)
    with database.write() as session:
        vip = a_segment(session, channel_id, "vip", gives_tag="is:vip")
        a_segment(session, channel_id, "others", {"all": [{"tag": "a"}, {"not": {"segment": "vip"}}]})
        a_segment(session, channel_id, "alone")
        points = [{"points": 5, "when": {"all": [{"segment": "vip"}, {"tag": "a"}]}}]
        session.add(Score(channel_id=channel_id, key="heat", labels={}, conditions=points, changed_at=NOON))
        sent = a_campaign(session, vip, started_at=NOON - DAY)
        a_campaign(session, vip, started_at=None, state=CampaignState.CANCELLED)
        uses = uses_of(session, SEGMENTS, vip, None)
    assert [(use.kind, use.name, use.last_at) for use in uses] == [
        (UseKind.CAMPAIGN, "New this week", NOON - DAY),
        (UseKind.SEGMENT, "others", None),
        (UseKind.SCORE, "heat", None),
        (UseKind.TAG, "is:vip", None),
    ]
    assert uses[0].reference == sent.public_id


@pytest.mark.parametrize(
    ("kind", "last_at", "expected"),
    [
        (UseKind.CAMPAIGN, NOON - 89 * DAY, True),
        (UseKind.CAMPAIGN, NOON - 91 * DAY, False),
        (UseKind.CAMPAIGN, NOON + DAY, True),
        (UseKind.CAMPAIGN, None, False),
        (UseKind.ROUTING, None, True),
    ],
)
def test_a_draft_and_a_campaign_of_long_ago_are_no_use(
    kind: UseKind, last_at: datetime | None, *, expected: bool
) -> None:
    assert is_in_use([Use(kind, "x", "x", last_at)], now=NOON) is expected


@pytest.mark.parametrize(
    ("age", "reviewed", "uses", "expected"),
    [
        (89, None, (), None),
        (90, None, (), Neglect.UNUSED),
        (200, 10, (), Neglect.UNUSED),
        (200, None, (Use(UseKind.TAG, "t", "t", None),), Neglect.UNREVIEWED),
        (200, 89, (Use(UseKind.TAG, "t", "t", None),), None),
    ],
)
def test_a_segment_that_nobody_used_or_looked_at_for_90_days_says_so(
    age: int, reviewed: int | None, uses: Sequence[Use], expected: Neglect | None
) -> None:
    segment = Segment(
        created_at=NOON - age * DAY,
        changed_at=NOON - age * DAY,
        reviewed_at=None if reviewed is None else NOON - reviewed * DAY,
    )
    assert neglect_of(segment, uses, now=NOON) is expected


def test_a_segment_has_its_place_by_precision_and_complexity(database: Database) -> None:
    channel_id = a_channel(database)
    ids = people(database, channel_id, 10)
    card = card_of(database, channel_id, ids[:2])
    rule = SEGMENTS.parse({"all": [{"tag": "a"}, {"any": [{"tag": "b"}, {"not": {"following": True}}]}]})
    place = placement(rule, card)
    assert place.precision == pytest.approx(0.8)
    assert place.complexity == 3
