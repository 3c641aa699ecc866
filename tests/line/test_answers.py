"""Reading answers: whatever comes over the wire is judged, and nothing raises."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from line.answers import Answer, accepted, judge_send, read_body
from line.outcomes import Later, Refused, Sent, TokenRefused

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "message": JSON | st.just("You have reached your monthly limit."),
        "details": JSON | st.lists(st.fixed_dictionaries({}, optional={"message": JSON, "property": JSON})),
        "sentMessages": JSON | st.lists(st.fixed_dictionaries({}, optional={"id": JSON})),
    },
)
HEADERS = st.fixed_dictionaries({}, optional={"retry-after": st.text(), "x-line-request-id": st.text()})


@given(st.integers(100, 599), BODIES, HEADERS)
def test_every_answer_has_an_outcome(status: int, body: dict[str, object], headers: dict[str, str]) -> None:
    answer = Answer(status, headers, body)
    outcome = judge_send(answer)
    assert isinstance(outcome, Sent) == (200 <= status < 300 or status == 409)
    assert isinstance(outcome, TokenRefused) == (status == 401)
    if isinstance(outcome, Later):
        assert outcome.maybe_sent == (status >= 500 or status == 408)
    if isinstance(outcome, Later | Refused | TokenRefused):
        assert len(outcome.reason) <= 300
        assert not isinstance(accepted(answer), type(answer))


@pytest.mark.parametrize(
    ("status", "header"), [(200, "x-line-request-id"), (409, "x-line-accepted-request-id")]
)
def test_a_request_id_fits_its_column(status: int, header: str) -> None:
    outcome = judge_send(Answer(status, {header: "\0" + "r" * 100}))
    assert outcome == Sent("\ufffd" + "r" * 59)


def test_a_reason_can_be_stored() -> None:
    refused = judge_send(Answer(400, {}, {"message": "no\0pe"}))
    assert refused == Refused("400: no\ufffdpe")


@given(st.binary() | JSON.map(orjson.dumps))
def test_any_body_reads_as_an_object(raw: bytes) -> None:
    assert isinstance(read_body(raw), dict)


def test_a_body_with_half_a_character_is_read_for_all_the_rest() -> None:
    """Names that phones have cut in the middle of an emoji: JSON can write them, and LINE may."""
    raw = rb'{"displayName":"half \ud83d pair\u0000","language":"ja"}'
    expected = {"displayName": "half \ufffd pair\ufffd", "language": "ja"}
    assert read_body(raw) == read_body(raw.decode()) == expected
    assert read_body('"\ud83d"') == {}
