from dataclasses import replace
from datetime import UTC, datetime

import pytest

from questionnaires.bounds import Moment, picker_limits
from questionnaires.definition import Question
from tests.questionnaires.rental import FACTS


def limits(moment: Moment, **bounds: object) -> tuple[str | None, str | None]:
    question = Question.model_validate({"id": "q", "ask": "?", "kind": moment, **bounds})
    return picker_limits(question, moment, FACTS)


@pytest.mark.parametrize(
    ("moment", "low", "high", "expected"),
    [
        ("date", "today", "+1y", ("2026-11-21", "2027-11-21")),
        ("date", "+3d", "+2w", ("2026-11-24", "2026-12-05")),
        ("date", "-1m", "2027-03-01", ("2026-10-21", "2027-03-01")),
        ("date", None, None, (None, None)),
        ("date", "today", "today", ("2026-11-21", None)),
        ("datetime", "today", "+1d", ("2026-11-21T11:00", "2026-11-22T23:59")),
        ("datetime", "+1d", "+60d", ("2026-11-22T00:00", "2027-01-20T23:59")),
        ("datetime", "now", "+2h", ("2026-11-21T11:00", "2026-11-21T13:00")),
        ("datetime", "+2h", None, ("2026-11-21T13:00", None)),
        ("datetime", "2026-12-24T10:00", "2026-12-24T18:00", ("2026-12-24T10:00", "2026-12-24T18:00")),
        ("time", "09:00", "21:00", ("09:00", "21:00")),
    ],
)
def test_a_picker_gets_the_bounds_in_line_s_own_form(
    moment: Moment, low: object, high: object, expected: tuple[str | None, str | None]
) -> None:
    assert limits(moment, min=low, max=high) == expected


def test_a_leap_day_plus_a_year_is_the_last_of_february() -> None:
    facts = replace(FACTS, now=datetime(2028, 2, 29, 4, 0, tzinfo=UTC))
    question = Question.model_validate({"id": "q", "ask": "?", "kind": "date", "max": "+1y"})
    assert picker_limits(question, "date", facts) == (None, "2029-02-28")
