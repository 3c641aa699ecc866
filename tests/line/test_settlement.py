"""What becomes of a row after an attempt: every outcome, for every kind, known or unclear, in and out of time."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from core.leases import Owner
from line.outbox import BY_STAFF, Sending, SendKind, SendStatus
from line.outcomes import Later, Outcome, QuotaSpent, Refused, Sent, TokenRefused
from line.settlement import (
    CALL_TAKES,
    Again,
    ChannelStopped,
    Missed,
    Over,
    after_sending,
    backoff,
    before_sending,
    not_begun,
)
from tests.line.queues import NOON, after

KINDS = list(SendKind)
UNCLEAR = "LINE never said whether it accepted this"
NOT_ASKED = "LINE could not be asked for a day"


def a_sending(
    kind: SendKind = SendKind.REPLY, *, maybe_sent: bool = False, attempts: int = 1, life_s: float = 55
) -> Sending:
    return Sending(
        id=1,
        channel_id=1,
        lane_key="U1",
        kind=kind,
        body=b"{}",
        retry_key=None if kind is SendKind.REPLY else "key",
        owner=Owner("anna"),
        lease_no=1,
        attempts=attempts,
        maybe_sent=maybe_sent,
        created_at=NOON,
        deadline_at=after(seconds=life_s),
        event_key="event",
        answers_at=NOON,
    )


@pytest.mark.parametrize(("kind", "maybe_sent"), list(product(KINDS, (False, True))))
def test_what_line_accepted_is_sent(kind: SendKind, maybe_sent: bool) -> None:
    verdict = after_sending(
        a_sending(kind, maybe_sent=maybe_sent), Sent("r1", ("m1", "m2")), now=after(hours=99)
    )
    assert verdict == Over(SendStatus.SENT, request_id="r1", message_ids=("m1", "m2"))


@pytest.mark.parametrize(
    ("maybe_sent", "token_is_invalid", "status"),
    [
        (False, False, SendStatus.REFUSED),
        (True, False, SendStatus.REFUSED),
        (False, True, SendStatus.REFUSED),
        (True, True, SendStatus.SENT),
    ],
)
def test_an_invalid_token_after_an_unclear_attempt_means_that_one_was_accepted(
    maybe_sent: bool, token_is_invalid: bool, status: SendStatus
) -> None:
    verdict = after_sending(
        a_sending(maybe_sent=maybe_sent), Refused("400: no", token_is_invalid), now=after(seconds=1)
    )
    assert isinstance(verdict, Over)
    assert verdict.status is status


def test_what_a_person_wrote_goes_on_as_a_push_where_its_token_was_never_good() -> None:
    answer = replace(a_sending(), event_key=f"{BY_STAFF}1")
    refused = Refused("400: Invalid reply token", token_is_invalid=True)
    assert after_sending(answer, refused, now=after(seconds=1)) == Missed()
    tried = after_sending(replace(answer, maybe_sent=True), refused, now=after(seconds=1))
    assert isinstance(tried, Over)
    assert tried.status is SendStatus.SENT


@pytest.mark.parametrize(("kind", "maybe_sent"), list(product(KINDS, (False, True))))
def test_a_spent_quota_stays_visible_as_unsent(kind: SendKind, maybe_sent: bool) -> None:
    verdict = after_sending(a_sending(kind, maybe_sent=maybe_sent), QuotaSpent(), now=NOON)
    assert isinstance(verdict, Over)
    assert verdict.status is SendStatus.NO_QUOTA


@pytest.mark.parametrize("kind", KINDS)
def test_a_refused_access_token_stops_the_channel_and_keeps_the_row(kind: SendKind) -> None:
    verdict = after_sending(a_sending(kind), TokenRefused("401"), now=NOON)
    assert isinstance(verdict, ChannelStopped)
    assert verdict.reason == "401"


@pytest.mark.parametrize(
    ("kind", "was_unclear", "is_unclear"), list(product(KINDS, (False, True), (False, True)))
)
def test_later_is_tried_again_and_doubt_is_never_forgotten(
    kind: SendKind, was_unclear: bool, is_unclear: bool
) -> None:
    sending = a_sending(kind, maybe_sent=was_unclear, life_s=3600)
    verdict = after_sending(sending, Later("500", maybe_sent=is_unclear), now=NOON)
    assert verdict == Again(NOON + backoff(sending), was_unclear or is_unclear, "500")


@pytest.mark.parametrize(
    ("kind", "was_unclear", "is_unclear", "verdict"),
    [
        (SendKind.REPLY, False, False, Missed()),
        (SendKind.REPLY, True, False, Over(SendStatus.UNKNOWN, reason=UNCLEAR)),
        (SendKind.REPLY, False, True, Over(SendStatus.UNKNOWN, reason=UNCLEAR)),
        (SendKind.PUSH, False, False, Over(SendStatus.TOO_LATE, reason=NOT_ASKED)),
        (SendKind.PUSH, True, True, Over(SendStatus.UNKNOWN, reason=UNCLEAR)),
        (SendKind.MULTICAST, False, True, Over(SendStatus.UNKNOWN, reason=UNCLEAR)),
    ],
)
def test_later_than_the_deadline_is_never(
    kind: SendKind, was_unclear: bool, is_unclear: bool, verdict: object
) -> None:
    sending = a_sending(kind, maybe_sent=was_unclear)
    assert after_sending(sending, Later("500", maybe_sent=is_unclear), now=after(seconds=54)) == verdict


def test_an_attempt_must_end_before_the_deadline() -> None:
    sending = a_sending()
    last = sending.deadline_at - CALL_TAKES
    later = Later("429", maybe_sent=False, after=timedelta(milliseconds=400))
    in_time, too_late = last - timedelta(milliseconds=400), last - timedelta(milliseconds=399)
    assert after_sending(sending, later, now=in_time) == Again(last, maybe_sent=False, reason="429")
    assert after_sending(sending, later, now=too_late) == Missed()


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_never_begun_is_no_attempt_and_casts_no_doubt(kind: SendKind) -> None:
    wait = timedelta(seconds=2)
    verdict = not_begun(a_sending(kind, attempts=4, life_s=3600), "our own rate limit", wait=wait, now=NOON)
    assert verdict == Again(after(seconds=2), maybe_sent=False, reason="our own rate limit", was_begun=False)


def test_what_was_never_begun_in_time_is_late() -> None:
    wait = timedelta(seconds=30)
    assert not_begun(a_sending(), "our own rate limit", wait=wait, now=after(seconds=54)) == Missed()


def test_line_says_how_long_to_wait() -> None:
    later = Later("429", maybe_sent=False, after=timedelta(seconds=30))
    assert after_sending(a_sending(), later, now=NOON) == Again(
        after(seconds=30), maybe_sent=False, reason="429"
    )


@pytest.mark.parametrize(
    ("kind", "seconds"),
    [
        (SendKind.REPLY, [0.5, 1, 2, 4, 8]),
        (SendKind.PUSH, [1, 2, 4, 8, 16]),
        (SendKind.MULTICAST, [1, 2, 4, 8, 16]),
    ],
)
def test_pauses_double(kind: SendKind, seconds: list[float]) -> None:
    pauses = [backoff(a_sending(kind, attempts=attempts)).total_seconds() for attempts in range(1, 6)]
    assert pauses == seconds


@pytest.mark.parametrize("attempts", [20, 32767])
def test_no_pause_is_longer_than_ten_minutes(attempts: int) -> None:
    assert backoff(a_sending(SendKind.PUSH, attempts=attempts)) == timedelta(minutes=10)


@pytest.mark.parametrize(
    ("kind", "maybe_sent", "verdict"),
    [
        (SendKind.REPLY, False, Missed()),
        (SendKind.REPLY, True, Over(SendStatus.UNKNOWN, reason=UNCLEAR)),
        (SendKind.PUSH, False, Over(SendStatus.TOO_LATE, reason=NOT_ASKED)),
        (SendKind.PUSH, True, Over(SendStatus.UNKNOWN, reason=UNCLEAR)),
        (SendKind.MULTICAST, False, Over(SendStatus.TOO_LATE, reason=NOT_ASKED)),
        (SendKind.MULTICAST, True, Over(SendStatus.UNKNOWN, reason=UNCLEAR)),
    ],
)
def test_no_attempt_begins_after_the_deadline(kind: SendKind, maybe_sent: bool, verdict: object) -> None:
    sending = a_sending(kind, maybe_sent=maybe_sent)
    assert before_sending(sending, now=after(seconds=54.9)) is None
    assert before_sending(sending, now=after(seconds=55)) == verdict


OUTCOMES: list[Outcome] = [
    Sent("r"),
    Refused("no"),
    Refused("no", token_is_invalid=True),
    QuotaSpent(),
    TokenRefused("no"),
    *(Later("later", maybe, pause) for maybe in (False, True) for pause in (None, timedelta(hours=1))),
]


@pytest.mark.parametrize("kind", KINDS)
def test_a_reply_that_may_have_been_accepted_never_becomes_a_push(kind: SendKind) -> None:
    """Over the whole table: `Missed` is the only way to a push, and it means that LINE has nothing of it."""
    for outcome, maybe_sent, seconds in product(OUTCOMES, (False, True), (0, 54, 60, 90_000)):
        sending = a_sending(kind, maybe_sent=maybe_sent)
        verdict = after_sending(sending, outcome, now=after(seconds=seconds))
        if isinstance(verdict, Missed):
            assert kind is SendKind.REPLY
            assert not maybe_sent
            assert isinstance(outcome, Later)
            assert not outcome.maybe_sent
        if isinstance(verdict, Again):
            assert verdict.at + CALL_TAKES <= sending.deadline_at


def test_an_unclear_reply_has_its_last_try_just_before_its_minute_is_over() -> None:
    """It is free, and tells what became of the first: the backoff alone would give up at half a minute."""
    now, tries = NOON, []
    verdict: object = None
    for attempts in range(1, 20):
        verdict = after_sending(
            a_sending(attempts=attempts, maybe_sent=True), Later("timeout", maybe_sent=True), now=now
        )
        if not isinstance(verdict, Again):
            break
        now = verdict.at
        tries.append((now - NOON).total_seconds())
    assert tries[-1] == 53
    assert isinstance(verdict, Over)
    assert verdict.status is SendStatus.UNKNOWN


def test_a_reply_waits_no_longer_than_its_minute_whatever_line_asks_for() -> None:
    asked = Later("too fast", maybe_sent=False, after=timedelta(seconds=60))
    verdict = after_sending(a_sending(), asked, now=NOON)
    assert isinstance(verdict, Again)
    assert verdict.at == after(seconds=53)
