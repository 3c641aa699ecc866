"""The small endpoints: profile, followers, quota, typing sign, read marks, webhook settings, tokens."""

import re
from urllib.parse import parse_qs, quote

from simulator.checks import Checker
from simulator.messaging_api import USER_ID
from simulator.persons import Friendship, PersonState
from simulator.read_marks import marked_by
from simulator.state import Line
from simulator.wire import (
    ACCEPTED,
    OK,
    Answer,
    Call,
    Fault,
    Refusal,
    answer_json,
    json_object,
    refuse_body,
)

_MOST_FOLLOWERS = 1000
_START = re.compile(r"from-(\d{1,9})-(\d{1,16})")
_PAGE_TOKEN_MS = 24 * 60 * 60 * 1000
_MOST_URL = 500


def bot_info(line: Line, _call: Call) -> Answer:
    """Describe the account."""
    return answer_json(
        {
            "userId": line.bot_user_id,
            "basicId": line.basic_id,
            "displayName": line.display_name,
            "chatMode": line.chat_mode,
            "markAsReadMode": "manual" if line.chat_mode == "chat" else "auto",
        }
    )


def profile(line: Line, call: Call) -> Answer:
    """Describe a person who is a friend, or who wrote to us as a stranger."""
    user_id = call.args[0]
    if not USER_ID.fullmatch(user_id):
        raise Refusal(400, "The value for the 'userId' parameter is invalid")
    person = line.find(user_id)
    if person is None or not _has_profile(person):
        raise Refusal(404, "Not found")
    shown = {"userId": user_id, "displayName": person.name}
    picture = picture_of(line, person)
    if picture:
        shown["pictureUrl"] = picture
    if person.status_message:
        shown["statusMessage"] = person.status_message
    if person.language:
        shown["language"] = person.language
    return answer_json(shown, user_id=user_id)


def _has_profile(person: PersonState) -> bool:
    if not person.has_consented:
        return False
    wrote = person.friendship is Friendship.STRANGER and person.wrote_at_ms is not None
    return person.friendship is Friendship.FRIEND or wrote


def picture_of(line: Line, person: PersonState) -> str:
    """Return the address of a person's picture, drawn by the simulator unless they have one."""
    if person.picture is not None:
        return person.picture
    return f"{line.public_url}/avatars/{quote(person.user_id)}.svg" if line.public_url else ""


def followers(line: Line, call: Call) -> Answer:
    """List the ids of friends, in pages whose tokens live a day."""
    if not line.is_verified:
        raise Refusal(403, "Access to this API is not available for your account")
    limit = call.query.get("limit", "300")
    if not limit.isdecimal() or not 1 <= int(limit) <= _MOST_FOLLOWERS:
        raise Refusal(400, "The value for the 'limit' parameter is invalid")
    first = _first_of_page(line, call.query.get("start"))
    with line.lock:
        ids = [
            person.user_id
            for person in line.persons.values()
            if person.friendship is Friendship.FRIEND and person.has_consented
        ]
    last = first + int(limit)
    page: dict[str, object] = {"userIds": ids[first:last]}
    if last < len(ids):
        page["next"] = f"from-{last}-{line.clock.now_ms()}"
    return answer_json(page)


def _first_of_page(line: Line, start: str | None) -> int:
    if start is None:
        return 0
    found = _START.fullmatch(start)
    if found is None or line.clock.now_ms() - int(found[2]) > _PAGE_TOKEN_MS:
        raise Refusal(400, "Invalid start param")
    return int(found[1])


def quota(line: Line, _call: Call) -> Answer:
    """Tell the monthly limit."""
    limit = line.quota.limit
    return answer_json({"type": "none"} if limit is None else {"type": "limited", "value": limit})


def consumption(line: Line, _call: Call) -> Answer:
    """Tell how much of it is used."""
    with line.lock:
        return answer_json({"totalUsage": line.quota.used(line.clock.seconds())})


def start_loading(line: Line, call: Call) -> Answer:
    """Show the typing sign in a person's chat."""
    body = json_object(call)
    faults = []
    user_id = body.get("chatId")
    if not isinstance(user_id, str) or not USER_ID.fullmatch(user_id):
        faults.append(Fault("Must be a user id", "chatId"))
    seconds = body.get("loadingSeconds", 20)
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 5 <= seconds <= 60:
        faults.append(Fault("Must be between 5 and 60", "loadingSeconds"))
    elif seconds % 5:
        faults.append(Fault("must be a multiple of five", "loadingSeconds"))
    if faults:
        raise refuse_body(faults)
    with line.lock:
        person = line.find(str(user_id))
        if person is not None and line.can_reach(person):
            person.loading_until_ms = line.clock.now_ms() + seconds * 1000
            line.touch(person)
    return ACCEPTED


def mark_as_read(line: Line, call: Call) -> Answer:
    """Mark a message, and all before it, as read."""
    check = Checker(loopback_media=True)
    token = check.text(json_object(call), "markAsReadToken", "", 1000)
    if check.faults:
        raise refuse_body([Fault(check.faults[0].message, "markAsReadToken")])
    marked = marked_by(token or "")
    person = None if marked is None else line.persons.get(marked[0])
    if marked is None or person is None:
        raise Refusal(400, "Invalid mark as read token")
    with line.lock:
        if int(marked[1]) > int(person.read_to or 0):
            person.read_to = marked[1]
        line.touch(person)
    return OK


def webhook_endpoint(line: Line, _call: Call) -> Answer:
    """Tell where webhooks go."""
    if not line.webhook_url:
        raise Refusal(404, "Webhook endpoint not found")
    return answer_json({"endpoint": line.webhook_url, "active": line.is_webhook_active})


def set_webhook_endpoint(line: Line, call: Call) -> Answer:
    """Set where webhooks go; on a developer's machine plain HTTP to loopback is let through."""
    endpoint = json_object(call).get("endpoint")
    check = Checker(loopback_media=True)
    check.media_url({"endpoint": endpoint}, "endpoint", "", most=_MOST_URL)
    if check.faults:
        raise Refusal(400, "Invalid webhook endpoint URL")
    line.webhook_url = str(endpoint)
    return OK


def check_webhook(line: Line, call: Call) -> Answer:
    """Send the empty webhook and tell what came back."""
    given = json_object(call).get("endpoint") if call.body.strip() else None
    if given is None and not line.webhook_url:
        raise Refusal(404, "Webhook endpoint not found")
    outcome = line.webhooks.verify(None if given is None else str(given))
    return answer_json(
        {
            "success": outcome.is_ok,
            "timestamp": line.clock.now().isoformat(),
            "statusCode": outcome.status,
            "reason": outcome.reason,
            "detail": str(outcome.status) if outcome.status else outcome.reason,
        }
    )


def verify_token(line: Line, call: Call) -> Answer:
    """Tell how long an access token lives: by form, or by query for the v2.1 address."""
    form = parse_qs(call.body.decode("utf-8", "replace"))
    token = call.query.get("access_token") or form.get("access_token", [""])[0]
    if not knows_token(line, token):
        error = {"error": "invalid_request", "error_description": "The access token expired"}
        return answer_json(error, 400)
    ends = line.access_tokens[token]
    seconds = 10 * 365 * 86400 if ends is None else (ends - line.clock.now_ms()) // 1000
    return answer_json({"client_id": line.channel_id, "expires_in": seconds, "scope": "P CM"})


def knows_token(line: Line, token: str) -> bool:
    """Tell whether an access token works now."""
    if token not in line.access_tokens:
        return False
    ends = line.access_tokens[token]
    return ends is None or line.clock.now_ms() < ends
