"""What a segment is used by, and whether it is forgotten."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaigns.models import Campaign, CampaignState
from content.revisions import Published
from segmentation import scores
from segmentation.audience import current
from segmentation.models import Segment, SegmentKind
from segmentation.references import named
from segmentation.segments import Segments

FORGOTTEN_AFTER = timedelta(days=90)


class UseKind(StrEnum):
    CAMPAIGN = "campaign"
    ROUTING = "routing"
    SEGMENT = "segment"
    """Another segment asks whether somebody is in this one."""
    SCORE = "score"
    """It gives points to whoever is in it, or takes some away."""
    STEPS = "steps"
    """Something is done when somebody enters it or leaves it."""
    TAG = "tag"
    """It gives and takes a tag."""


@dataclass(frozen=True, slots=True)
class Use:
    kind: UseKind
    name: str
    """The campaign's name, the queue's id, the other segment's or the score's key, the tag, for steps its own key."""
    reference: str
    """The campaign's public id; else the name again."""
    last_at: datetime | None
    """When it last acted; None: it stands ready, or acts all the time."""


def uses_of(
    session: Session, segments: Segments, segment: Segment, published: Published | None
) -> Sequence[Use]:
    """Return what uses a segment: campaigns that are not cancelled, newest first, then what acts all the time."""
    campaigns = session.scalars(
        sa.select(Campaign)
        .where(
            Campaign.segment_id == segment.id,
            Campaign.state != CampaignState.CANCELLED,
            Campaign.plan_id.is_(None),
        )
        .order_by(Campaign.id.desc())
        .limit(50)
    )
    found = [
        Use(UseKind.CAMPAIGN, one.name, one.public_id, one.started_at or one.send_at) for one in campaigns
    ]
    if published is not None:
        found += [
            Use(UseKind.ROUTING, rule.queue, rule.queue, None)
            for rule in published.content.routing.rules
            if rule.when.segment == segment.key
        ]
    found += [
        Use(UseKind.SEGMENT, other.key, other.key, None)
        for other in current(session, segment.channel_id)
        if other.id != segment.id
        and other.kind is SegmentKind.ACTIVE
        and segment.key in named(segments.parse(other.rule))
    ]
    found += [
        Use(UseKind.SCORE, key, key, None)
        for key, asked in _asked_by_scores(session, segments, segment.channel_id).items()
        if segment.key in asked
    ]
    if segment.key in _with_steps(published):
        found.append(Use(UseKind.STEPS, segment.key, segment.key, None))
    if segment.gives_tag is not None:
        found.append(Use(UseKind.TAG, segment.gives_tag, segment.gives_tag, None))
    return found


def is_in_use(uses: Sequence[Use], *, now: datetime) -> bool:
    """Say whether anything acts by the segment: all the time, in the future, or in the last 90 days."""
    return any(use.last_at is None and use.kind is not UseKind.CAMPAIGN for use in uses) or any(
        use.last_at is not None and use.last_at >= now - FORGOTTEN_AFTER for use in uses
    )


class Neglect(StrEnum):
    UNUSED = "unused"
    UNREVIEWED = "unreviewed"


def neglect_of(segment: Segment, uses: Sequence[Use], *, now: datetime) -> Neglect | None:
    """Return what nobody has done with a segment for 90 days; None while it is younger, or somebody has."""
    return _neglect(segment, used=is_in_use(uses, now=now), now=now)


def neglect_of_all(
    session: Session,
    segments: Segments,
    several: Sequence[Segment],
    published: Published | None,
    *,
    now: datetime,
) -> Mapping[int, Neglect]:
    """Return, by id, those of a channel's segments that are neglected: three queries, and none for young ones."""
    old = [one for one in several if now - one.created_at >= FORGOTTEN_AFTER]
    if not old:
        return {}
    acts_at = sa.func.coalesce(Campaign.started_at, Campaign.send_at)
    sent = set(
        session.scalars(
            sa.select(Campaign.segment_id)
            .where(
                Campaign.segment_id.in_([one.id for one in old]),
                Campaign.state != CampaignState.CANCELLED,
                Campaign.plan_id.is_(None),
                acts_at >= now - FORGOTTEN_AFTER,
            )
            .distinct()
        )
    )
    routed = set() if published is None else {rule.when.segment for rule in published.content.routing.rules}
    asked = {
        key
        for other in current(session, old[0].channel_id)
        if other.kind is SegmentKind.ACTIVE
        for key in named(segments.parse(other.rule))
    }
    by_scores = _asked_by_scores(session, segments, old[0].channel_id).values()
    used = routed | asked | _with_steps(published) | {key for named_by in by_scores for key in named_by}
    found = {
        one.id: _neglect(one, used=one.id in sent or one.gives_tag is not None or one.key in used, now=now)
        for one in old
    }
    return {id_: neglect for id_, neglect in found.items() if neglect is not None}


def _asked_by_scores(session: Session, segments: Segments, channel_id: int) -> Mapping[str, AbstractSet[str]]:
    """Return, by score, the segments that its conditions name."""
    return {
        one.key: frozenset(named(segments.parse_score(one.key, one.conditions)))
        for one in scores.current(session, channel_id)
    }


def _with_steps(published: Published | None) -> AbstractSet[str]:
    """Return the segments of the playbook that do something when somebody enters or leaves."""
    if published is None:
        return frozenset()
    return {one.id for one in published.content.segments if one.on_enter or one.on_leave}


def _neglect(segment: Segment, *, used: bool, now: datetime) -> Neglect | None:
    known_since = max(segment.created_at, segment.reviewed_at or segment.created_at, segment.changed_at)
    if now - segment.created_at >= FORGOTTEN_AFTER and not used:
        return Neglect.UNUSED
    return Neglect.UNREVIEWED if now - known_since >= FORGOTTEN_AFTER else None
