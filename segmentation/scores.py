"""The scores of an account: how many points people have, what gives them, and how many people have how many."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from pyroaring import BitMap
from sqlalchemy.orm import Session

from contacts.models import Contact
from core.errors import NotFound
from segmentation import people, rules, whom
from segmentation.comparing import SCORE
from segmentation.models import Score
from segmentation.people import Person
from segmentation.references import Others, others_of
from segmentation.segments import Segments
from segmentation.sources import Needs
from segmentation.why import Tally


@dataclass(frozen=True)
class Scores:
    """Scores with their conditions read, to ask them about people."""

    segments: Segments
    read: Sequence[rules.Score]
    now: datetime
    zone: ZoneInfo

    @property
    def needs(self) -> Needs:
        """What has to be known of a person (`people.load`)."""
        return self.segments.needs(part.rule for score in self.read for part in score.parts)

    def of(self, person: Person) -> Sequence[Tally]:
        """Return how many points of each score somebody has, and why."""
        return [self.segments.points(one, person, now=self.now, zone=self.zone) for one in self.read]


def current(session: Session, channel_id: int) -> Sequence[Score]:
    """Return the scores that are not retired, in the playbook's order."""
    return session.scalars(
        sa.select(Score)
        .where(Score.channel_id == channel_id, Score.retired_at.is_(None))
        .order_by(Score.position, Score.id)
    ).all()


def get(session: Session, channel_id: int, key: str) -> Score:
    """Return the score of an id, retired or not.

    :raises NotFound: there never was one.
    """
    wanted = sa.select(Score).where(Score.channel_id == channel_id, Score.key == key)
    score = session.scalars(wanted).one_or_none()
    if score is None:
        raise NotFound(f"there is no score {key}")
    return score


def read(
    session: Session,
    segments: Segments,
    channel_id: int,
    some: Iterable[Score] | None = None,
    *,
    now: datetime,
    zone: ZoneInfo,
) -> Scores:
    """Read some scores of a channel, or all that are not retired."""
    keys = [one.key for one in (current(session, channel_id) if some is None else some)]
    others = others_of(session, channel_id) if keys else {}
    return of(segments, keys, others, now=now, zone=zone)


def of(segments: Segments, keys: Iterable[str], others: Others, *, now: datetime, zone: ZoneInfo) -> Scores:
    """Return the scores of some ids; `others` holds what they may name, and themselves."""
    return Scores(segments, [segments.score(f"{SCORE}{key}", others) for key in keys], now, zone)


def of_contacts(session: Session, scores: Scores, ids: Sequence[int]) -> Mapping[int, Sequence[Tally]]:
    """Return how many points some people have, each of several scores, by a fixed number of queries."""
    if not scores.read:
        return {}
    known = people.load(session, ids, now=scores.now, needs=scores.needs)
    return {id_: scores.of(person) for id_, person in known.items()}


def spread(session: Session, scores: Scores, channel_id: int) -> Sequence[Mapping[int, int]]:
    """Return for each score how many people have how many points, the fewest points first."""
    return [
        {points: len(people) for points, people in sorted(_scored(session, scores, one, channel_id).items())}
        for one in scores.read
    ]


def highest(
    session: Session, scores: Scores, channel_id: int, *, limit: int
) -> Sequence[Sequence[tuple[Contact, int]]]:
    """Return for each score those who have most points, those seen last before others."""
    return [
        list(islice(_in_order(session, channel_id, _scored(session, scores, one, channel_id), limit), limit))
        for one in scores.read
    ]


def _in_order(
    session: Session, channel_id: int, by_points: Mapping[int, BitMap], limit: int
) -> Iterator[tuple[Contact, int]]:
    for points, those in sorted(by_points.items(), reverse=True):
        for contact in whom.newest(session, channel_id, those, limit=limit):
            yield contact, points


def _scored(session: Session, scores: Scores, one: rules.Score, channel_id: int) -> Mapping[int, BitMap]:
    return whom.scored(session, channel_id, scores.segments.weighed(one, now=scores.now, zone=scores.zone))
