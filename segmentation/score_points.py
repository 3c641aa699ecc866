"""What the conditions of a score give: as the playbook says, and as staff say otherwise.

Whoever calls writes the audit log. A condition is known by its rule: one that the playbook moves keeps
the points that staff gave it; one whose rule it changes is another, and what staff gave to the former
waits until that is there again or staff take it back.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from content import model as written
from content.model import POINTS_LIMIT
from core.errors import Conflict, InvalidInput
from line.channels import take_turns
from segmentation import keeping, staff_words
from segmentation.models import About, Score, Segment, StaffWord
from segmentation.references import conditions_of

Conditions = Sequence[Mapping[str, Any]]
"""`{"points": 10, "when": …}`, with a rule as JSON."""


class PointsChangedMeanwhile(Conflict):
    """Somebody else was quicker, or a playbook was published."""

    def __init__(self, score: Score) -> None:
        super().__init__(
            f"the score {score.key} was changed meanwhile: look at it again before you change it"
        )


def weighed(conditions: Conditions, word: StaffWord | None) -> list[dict[str, Any]]:
    """Return the playbook's conditions with the points that staff gave them."""
    given = _given(word)
    return [{"points": _take(given, one, one["points"]), "when": one["when"]} for one in conditions]


def without_place(conditions: Conditions, word: StaffWord | None) -> Conditions:
    """Return what staff gave to conditions that are not there any more."""
    given = _given(word)
    for one in conditions:
        _take(given, one, None)
    return given


def set_points(
    session: Session,
    score: Score,
    points: Sequence[int],
    *,
    playbook: written.Score,
    seen: datetime | None,
    by: str,
    now: datetime,
) -> None:
    """Say what each condition gives; segments that ask for the score ask everybody again.

    :param points: in the order of the conditions.
    :param playbook: what it says of this score.
    :param seen: its `changed_at` when the form was opened; None: nobody knows.
    :raises PointsChangedMeanwhile: somebody else was quicker.
    :raises InvalidInput: by `points.0` and so on, that they are none.
    """
    own = conditions_of(playbook)
    _begin(session, score, own)
    if score.changed_at != seen or len(points) != len(own):
        raise PointsChangedMeanwhile(score)
    faults = {
        f"points.{number}": f"must be from {-POINTS_LIMIT} to {POINTS_LIMIT}"
        for number, value in enumerate(points)
        if not -POINTS_LIMIT <= value <= POINTS_LIMIT
    }
    if faults:
        raise InvalidInput(faults)
    wanted = [
        {"points": value, "when": one["when"]} for value, one in zip(points, score.conditions, strict=True)
    ]
    word = staff_words.find(session, score.channel_id, About.POINTS, score.key)
    # Where two conditions say the same, both are kept: what staff said of one is told from the other by its place.
    otherwise = [one["when"] for one, says in zip(wanted, own, strict=True) if one != says]
    others = [one for one in wanted if one["when"] in otherwise]
    _keep(session, score, [*others, *without_place(own, word)], by=by, now=now)
    _write(session, score, wanted, now=now)


def take_back(session: Session, score: Score, *, playbook: written.Score, now: datetime) -> None:
    """Let every condition give what the playbook says.

    :raises PointsChangedMeanwhile: another playbook was published.
    """
    own = conditions_of(playbook)
    _begin(session, score, own)
    _keep(session, score, [], by="", now=now)
    _write(session, score, own, now=now)


def _begin(session: Session, score: Score, own: Conditions) -> None:
    take_turns(session, score.channel_id)
    session.refresh(score, with_for_update={"key_share": True})
    if score.retired_at is not None or [one["when"] for one in own] != [
        one["when"] for one in score.conditions
    ]:
        raise PointsChangedMeanwhile(score)


def _keep(session: Session, score: Score, others: Conditions, *, by: str, now: datetime) -> None:
    value = {"conditions": list(others)} if others else None
    staff_words.say(session, score.channel_id, About.POINTS, score.key, value, by=by, now=now)


def _write(session: Session, score: Score, conditions: list[dict[str, Any]], *, now: datetime) -> None:
    if score.conditions == conditions:
        return
    score.conditions = conditions
    score.changed_at = keeping.later(score.changed_at, now=now)
    segments = session.scalars(sa.select(Segment).where(Segment.channel_id == score.channel_id)).all()
    scores = session.scalars(sa.select(Score).where(Score.channel_id == score.channel_id)).all()
    keeping.ask_again(segments, scores, changed_scores={score.key}, now=now)


def _given(word: StaffWord | None) -> list[Mapping[str, Any]]:
    return [] if word is None else list(word.value["conditions"])


def _take(given: list[Mapping[str, Any]], condition: Mapping[str, Any], otherwise: Any) -> Any:
    """Take out what was given to a condition; where two say the same, the first is the first."""
    for place, one in enumerate(given):
        if one["when"] == condition["when"]:
            return given.pop(place)["points"]
    return otherwise
