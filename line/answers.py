"""What an answer of LINE means. Pure: from status, headers and body to an outcome."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from line.json import BadJson, clean_text, loads
from line.outcomes import Later, Outcome, QuotaSpent, Refused, Sent, TokenRefused

REASON_LIMIT_CHARS = 300
REQUEST_ID_LIMIT_CHARS = 60
LONGEST_WAIT = timedelta(hours=1)
"""What a Retry-After may ask for; LINE documents none, and a typing error must not stop us for a year."""
_MONTHLY = "monthly limit"
_INVALID_TOKEN = "Invalid reply token"  # noqa: S105 - LINE's sentence
_IDS = re.compile(r"[UCR][0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over the wire; a body that is no JSON object reads as an empty one."""

    status: int
    headers: Mapping[str, str]
    """Looked up in any case."""
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def request_id(self) -> str | None:
        return self._id("x-line-request-id")

    @property
    def accepted_request_id(self) -> str | None:
        """The request that was accepted under the same retry key, where it was another one."""
        return self._id("x-line-accepted-request-id")

    def _id(self, name: str) -> str | None:
        # Whatever stands between us and LINE may write what no column takes.
        value = self.headers.get(name)
        return None if value is None else clean_text(value)[:REQUEST_ID_LIMIT_CHARS]

    @property
    def is_accepted(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Accepted:
    """LINE did, or will do, what was asked; there is nothing more to know."""

    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Missing(Refused):
    """404: LINE does not know, or does not tell, what the call was about."""


Failure = Refused | Later | TokenRefused
"""What any call that sends no message may come to instead of its value."""


def read_body(raw: bytes | str | None) -> Mapping[str, Any]:
    """Return the JSON object of a body; nothing where it is anything else."""
    try:
        found = loads(raw.encode(errors="surrogatepass") if isinstance(raw, str) else raw or b"{}")
    except BadJson:
        return {}
    return found if isinstance(found, dict) else {}


def judge_send(answer: Answer) -> Outcome:
    """Judge the answer to a request that sends messages."""
    if answer.is_accepted:
        return Sent(answer.request_id, _message_ids(answer))
    if answer.status == 409:
        # An earlier try with this retry key was accepted, under another request id.
        return Sent(answer.accepted_request_id or answer.request_id, _message_ids(answer))
    said = str(answer.body.get("message", ""))
    if answer.status == 429 and _MONTHLY in said:
        return QuotaSpent()
    if answer.status == 400 and said.startswith(_INVALID_TOKEN):
        return Refused(_reason(answer), token_is_invalid=True)
    return failure(answer)


def failure(answer: Answer) -> Failure:
    """Return what an answer outside 2xx means for any other call."""
    reason = _reason(answer)
    status = answer.status
    if status == 401:
        return TokenRefused(reason)
    if status == 404:
        return Missing(reason)
    if status == 429:
        return Later(reason, maybe_sent=False, after=_retry_after(answer), is_too_fast=True)
    if status < 400:
        # LINE never redirects: somebody on the way answered, and LINE has not heard of it.
        return Later(reason, maybe_sent=False)
    if status == 408 or status >= 500:
        return Later(reason, maybe_sent=True, after=_retry_after(answer))
    return Refused(reason)


def expected(answer: Answer | Later) -> Answer | Failure:
    """Return an answer within 2xx; any other becomes what it means."""
    if isinstance(answer, Later) or answer.is_accepted:
        return answer
    return failure(answer)


def accepted(answer: Answer | Later) -> Accepted | Failure:
    """Judge the answer to a call that has no value beyond being accepted."""
    judged = expected(answer)
    return Accepted(judged.request_id) if isinstance(judged, Answer) else judged


def text_at(answer: Answer, name: str) -> str | None:
    """Return a property that should be text; None for anything else and for empty text."""
    value = answer.body.get(name)
    return value if isinstance(value, str) and value else None


def _reason(answer: Answer) -> str:
    said = text_at(answer, "message") or text_at(answer, "error_description") or "without a message"
    parts = [f"{answer.status}: {said}"]
    details = answer.body.get("details")
    parts += [
        f"{detail.get('property', '')}: {detail.get('message', '')}"
        for detail in (details if isinstance(details, list) else ())
        if isinstance(detail, dict)
    ]
    # Whom it was about stands in the row already, and must not stay behind when they are erased.
    return clean_text(_IDS.sub("(id)", "; ".join(parts)))[:REASON_LIMIT_CHARS]


def _retry_after(answer: Answer) -> timedelta | None:
    asked = (answer.headers.get("retry-after") or "").strip()
    if not asked.isascii() or not asked.isdigit() or len(asked) > 9:
        return None
    return min(timedelta(seconds=int(asked)), LONGEST_WAIT)


def _message_ids(answer: Answer) -> tuple[str, ...]:
    sent = answer.body.get("sentMessages")
    found = [entry.get("id") for entry in sent if isinstance(entry, dict)] if isinstance(sent, list) else []
    # Documented as numbers, seen as text.
    return tuple(str(id_) for id_ in found if isinstance(id_, str | int))
