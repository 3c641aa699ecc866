"""The endpoints that send: reply, push, multicast, broadcast, and the checks without sending."""

import hashlib
import re
from collections.abc import Callable, Sequence
from typing import Any

from simulator.faults import QUOTA_SPENT
from simulator.ledger import Sent
from simulator.persons import Friendship, PersonState
from simulator.state import Line
from simulator.tokens import Accepted
from simulator.validation import check_flag, check_messages, check_units
from simulator.wire import (
    OK,
    Answer,
    Call,
    Fault,
    Refusal,
    answer_json,
    json_object,
    refuse_body,
    refuse_property,
)

USER_ID = re.compile(r"U[0-9a-f]{32}")
_CHAT_ID = re.compile(r"[UCR][0-9a-f]{32}")
_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)
_MOST_RECIPIENTS = 500
_QUOTABLE = frozenset({"text", "textV2", "sticker", "image", "video", "template", "flex"})
_Recipients = Callable[[], Sequence[PersonState]]


def reply(line: Line, call: Call) -> Answer:
    """Answer an event, spending its token."""
    body = json_object(call)
    token = body.get("replyToken")
    faults = check_messages(body) + check_flag(body, "notificationDisabled")
    if not isinstance(token, str) or not token:
        faults.append(Fault("May not be empty", "replyToken"))
    if faults:
        raise refuse_body(faults)
    with line.lock:
        user_id = line.reply_tokens.spend(str(token), line.clock.now_ms())
        person = None if user_id is None else line.find(user_id)
        if person is None:
            raise Refusal(400, "Invalid reply token")
        reached = (person,) if person.friendship not in (Friendship.BLOCKED, Friendship.GONE) else ()
        sent = _accept(line, call, "reply", body, (person.user_id,), reached, reply_token=str(token))
    return _sent_answer(sent)


def push(line: Line, call: Call) -> Answer:
    """Send to one person."""
    body = json_object(call)

    def recipients() -> Sequence[PersonState]:
        to = body.get("to")
        if not isinstance(to, str) or not _CHAT_ID.fullmatch(to):
            raise refuse_property("to")
        person = line.find(to)
        if person is None:
            raise Refusal(400, "Failed to send messages")
        return (person,)

    sent = _send_once(line, call, "push", body, recipients)
    return _sent_answer(sent)


def multicast(line: Line, call: Call) -> Answer:
    """Send to up to 500 persons."""
    body = json_object(call)

    def recipients() -> Sequence[PersonState]:
        to = body.get("to")
        if not isinstance(to, list) or not 1 <= len(to) <= _MOST_RECIPIENTS:
            raise refuse_body([Fault(f"Size must be between 1 and {_MOST_RECIPIENTS}", "to")])
        persons = []
        for number, user_id in enumerate(to):
            if not isinstance(user_id, str) or not USER_ID.fullmatch(user_id):
                raise refuse_property(f"to[{number}]")
            person = line.find(user_id)
            if person is not None:
                persons.append(person)
            elif line.refuses_unknown_in_multicast:
                raise Refusal(400, "Failed to send messages")
        # Whether a repeated id is served twice is not documented; once is the safe reading.
        return list({person.user_id: person for person in persons}.values())

    _send_once(line, call, "multicast", body, recipients)
    return OK


def broadcast(line: Line, call: Call) -> Answer:
    """Send to all friends."""
    body = json_object(call)

    def recipients() -> Sequence[PersonState]:
        return [person for person in line.persons.values() if person.friendship is Friendship.FRIEND]

    _send_once(line, call, "broadcast", body, recipients)
    return OK


def validate(_line: Line, call: Call) -> Answer:
    """Check messages without sending them."""
    faults = check_messages(json_object(call))
    if faults:
        raise refuse_body(faults)
    return OK


def _send_once(line: Line, call: Call, endpoint: str, body: dict[str, Any], recipients: _Recipients) -> Sent:
    key = call.retry_key
    if key is not None and not _UUID.fullmatch(key):
        raise Refusal(400, "The value for the 'X-Line-Retry-Key' header is invalid")
    faults = check_messages(body) + check_units(body) + check_flag(body, "notificationDisabled")
    now = line.clock.seconds()
    with line.lock:
        if key is not None:
            _refuse_repeat(line, key, int(now * 1000))
        if faults:
            raise refuse_body(faults)
        named = recipients()
        reached = tuple(person for person in named if line.can_reach(person))
        if not line.quota.spend(len(reached), now):
            raise Refusal(429, QUOTA_SPENT)
        sent = _accept(line, call, endpoint, body, _named(body, named), reached)
        if key is not None:
            remembered = tuple(_sent_messages(sent)) if endpoint == "push" else None
            line.retry_keys.remember(key, Accepted(int(now * 1000), call.request_id, remembered))
    return sent


def _named(body: dict[str, Any], persons: Sequence[PersonState]) -> tuple[str, ...]:
    to = body.get("to")
    if isinstance(to, str):
        return (to,)
    return tuple(to) if isinstance(to, list) else tuple(person.user_id for person in persons)


def _refuse_repeat(line: Line, key: str, now_ms: int) -> None:
    known = line.retry_keys.find(key, now_ms)
    if known is None:
        return
    more = None if known.sent_messages is None else {"sentMessages": list(known.sent_messages)}
    raise Refusal(
        409,
        "The retry key is already accepted",
        more=more,
        headers=(("x-line-accepted-request-id", known.request_id),),
    )


def _accept(
    line: Line,
    call: Call,
    endpoint: str,
    body: dict[str, Any],
    to: tuple[str, ...],
    reached: Sequence[PersonState],
    reply_token: str | None = None,
) -> Sent:
    messages = body["messages"]
    new_id = line.ids.message_id
    # The ids in the answer are those of the first recipient's bubbles; a request that reaches
    # nobody still gets ids, since LINE's answer does not tell the two apart.
    first_ids = tuple([new_id() for _ in messages])
    line.show(reached, messages, first_ids, call.request_id)
    now = line.clock.seconds()
    units = tuple(
        name for name in body.get("customAggregationUnits") or () if line.quota.admit_unit(name, now)
    )
    sent = Sent(
        line.ledger.total + 1,
        endpoint,
        call.request_id,
        int(now * 1000),
        to,
        tuple([person.user_id for person in reached]),
        tuple(messages),
        first_ids,
        call.retry_key,
        reply_token,
        units,
    )
    line.ledger.add(sent)
    return sent


def _sent_messages(sent: Sent) -> list[dict[str, Any]]:
    # The quote token follows from the id, so that a repeat under a retry key is told the same one.
    return [
        {"id": message_id, "quoteToken": hashlib.blake2b(message_id.encode(), digest_size=32).hexdigest()}
        if message["type"] in _QUOTABLE
        else {"id": message_id}
        for message, message_id in zip(sent.messages, sent.message_ids, strict=True)
    ]


def _sent_answer(sent: Sent) -> Answer:
    return answer_json({"sentMessages": _sent_messages(sent)}, user_id=sent.to[0])
