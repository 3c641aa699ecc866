"""Points are the sum of what holds: on both databases, for one person, and by brute force."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.segmenting import SEGMENTS
from segmentation import people, scores, whom
from segmentation.rules import NOBODY
from tests.segmentation.doing_rules import Then
from tests.segmentation.rulebook import MOMENTS, OTHERS, ZONES, Someone, fits
from tests.segmentation.rulebook import people as anybody
from tests.segmentation.test_meaning import Place, everywhere

__all__ = ["everywhere"]

KEYS = ("warm", "nested")


def given_by(key: str) -> list[tuple[int, dict[str, object]]]:
    stored = OTHERS[f"score:{key}"]
    assert stored is not None
    return [(one["points"], one["when"]) for one in stored["conditions"]]


def test_points_are_the_sum_of_what_holds(everywhere: list[Place]) -> None:
    @given(
        st.lists(anybody, min_size=1, max_size=6),
        st.sampled_from(KEYS),
        st.sampled_from(MOMENTS),
        st.sampled_from(ZONES),
    )
    @settings(max_examples=20, deadline=None)
    def are(everybody: list[Someone], key: str, now: datetime, zone: ZoneInfo) -> None:
        read = scores.of(SEGMENTS, [key], OTHERS, now=now, zone=zone)
        for place in everywhere:
            with place.database.write() as session:
                ids = place.store(session, everybody, base=now)
                then = Then(now, now, zone)
                expected = {
                    id_: sum(points for points, when in given_by(key) if fits(when, who, id_, then))
                    for id_, who in zip(ids, everybody, strict=True)
                }
                known = people.load(session, ids, now=now, needs=read.needs)
                tallies = {id_: read.of(person)[0] for id_, person in known.items()}
                assert {id_: tally.points for id_, tally in tallies.items()} == expected
                for tally in tallies.values():
                    holding = [one.points for one in tally.gives if one.reason.holds]
                    assert sum(holding) == tally.points
                told = SEGMENTS.weighed(read.read[0], now=now, zone=zone)
                split = whom.scored(session, place.world.channel_id, told)
                counted = {id_: points for points, those in split.items() for id_ in those}
                alive = {id_ for id_, who in zip(ids, everybody, strict=True) if not who.is_erased}
                assert counted == {id_: expected[id_] for id_ in alive}
                session.rollback()

    are()


def test_a_score_that_goes_round_in_a_circle_gives_nothing_by_it() -> None:
    round_ = SEGMENTS.score("score:round", OTHERS)
    # What its condition asks of itself is nobody, and no `not` around it turns that round.
    assert NOBODY in [part.rule.rule.rule for part in round_.parts]  # type: ignore[union-attr]
    with pytest.raises(KeyError):
        SEGMENTS.score("score:gone", OTHERS)
