"""A call to the API, and the answers: HTTP without a web framework, because benches count calls."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

JSON = "application/json"
BODY_LIMIT = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request, with the few headers that the API reads."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    authorization: str = ""
    content_type: str = ""
    retry_key: str | None = None
    body: bytes = b""
    is_too_large: bool = False
    args: tuple[str, ...] = ()
    """What the path's pattern captured."""
    request_id: str = ""
    """The id this call's answer carries."""

    @property
    def media_type(self) -> str:
        """The content type without its parameters."""
        return self.content_type.partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back over the wire."""

    status: int
    body: bytes = b"{}"
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()
    user_id: str = ""
    """Whose chat the call was about, for the event log."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a request body; `where` is a path such as `messages[0].text`."""

    message: str
    where: str

    def as_detail(self) -> dict[str, str]:
        """Return it as one of LINE's details."""
        return {"message": self.message, "property": self.where}


class Refusal(Exception):  # noqa: N818 - not an error of ours: LINE says no
    """LINE says no. Carries the answer."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        faults: Sequence[Fault] = (),
        with_details: bool = False,
        headers: tuple[tuple[str, str], ...] = (),
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        body: dict[str, Any] = {"message": message}
        if faults or with_details:
            body["details"] = [fault.as_detail() for fault in faults]
        if more:
            body.update(more)
        self.answer = Answer(status, orjson.dumps(body), headers=headers)


OK = Answer(200)
ACCEPTED = Answer(202)


def answer_json(body: object, status: int = 200, user_id: str = "") -> Answer:
    """Return an answer that carries JSON."""
    try:
        content = orjson.dumps(body)
    except orjson.JSONEncodeError:
        # Half of a surrogate pair in a name is not UTF-8, but JSON can spell it as an escape.
        content = json.dumps(body, ensure_ascii=True).encode()
    return Answer(status, content, user_id=user_id)


def refuse_body(faults: Sequence[Fault]) -> Refusal:
    """Return LINE's refusal of a body with faults."""
    return Refusal(400, f"The request body has {len(faults)} error(s)", faults=faults)


def json_object(call: Call) -> dict[str, Any]:
    """Return the JSON object of a call's body, or refuse it in LINE's words."""
    if call.media_type != JSON:
        raise Refusal(415, f"The content type, {call.media_type or 'none'}, is not supported")
    try:
        body = orjson.loads(call.body)
    except json.JSONDecodeError as error:
        where = f"(line: {error.lineno}, column: {error.colno})"
        message = f"The request body could not be parsed as JSON {where}"
        raise Refusal(400, message) from error
    if not isinstance(body, dict):
        message = "The request body could not be parsed as JSON (line: 1, column: 1)"
        raise Refusal(400, message)
    return body


def refuse_property(name: str) -> Refusal:
    """Return LINE's refusal of one property that has the wrong shape."""
    return Refusal(400, f"The property, {name}, in the request body is invalid (line: -, column: -)")
