"""The Messaging API as one function from call to answer: routes, access, limits, faults, log."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from simulator import account_api, messaging_api, rich_menu_api, rich_menu_many_api
from simulator import limits as rates
from simulator.faults import RATE_LIMITED, Order
from simulator.limits import Rate
from simulator.state import Line
from simulator.wire import Answer, Call, Refusal

Endpoint = Callable[[Line, Call], Answer]
_UNAUTHORIZED = "Authentication failed. Confirm that the access token in the authorization header is valid."
_KEYED = frozenset({"push", "multicast", "broadcast"})
_OPEN = frozenset({"oauth.verify", "oauth.verify_v21"})


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint: its name is what faults are ordered by and buckets are kept under."""

    name: str
    endpoint: Endpoint
    rate: Rate


_BOT = "/v2/bot"
_TABLE: tuple[tuple[str, str, str, Endpoint, Rate], ...] = (
    ("POST", "/message/reply", "reply", messaging_api.reply, rates.EVERYTHING_ELSE),
    ("POST", "/message/push", "push", messaging_api.push, rates.EVERYTHING_ELSE),
    ("POST", "/message/multicast", "multicast", messaging_api.multicast, rates.MULTICAST),
    ("POST", "/message/broadcast", "broadcast", messaging_api.broadcast, rates.BROADCAST),
    *(
        (
            "POST",
            f"/message/validate/{kind}",
            f"validate.{kind}",
            messaging_api.validate,
            rates.EVERYTHING_ELSE,
        )
        for kind in ("reply", "push", "multicast", "narrowcast", "broadcast")
    ),
    ("GET", "/message/quota", "quota", account_api.quota, rates.EVERYTHING_ELSE),
    ("GET", "/message/quota/consumption", "consumption", account_api.consumption, rates.EVERYTHING_ELSE),
    (
        "GET",
        "/message/{}/content",
        "content",
        lambda line, call: line.contents.serve(call),
        rates.EVERYTHING_ELSE,
    ),
    (
        "GET",
        "/message/{}/content/preview",
        "preview",
        lambda line, call: line.contents.serve_preview(call),
        rates.EVERYTHING_ELSE,
    ),
    (
        "GET",
        "/message/{}/content/transcoding",
        "transcoding",
        lambda line, call: line.contents.serve_transcoding(call),
        rates.EVERYTHING_ELSE,
    ),
    ("GET", "/info", "bot_info", account_api.bot_info, rates.EVERYTHING_ELSE),
    ("GET", "/profile/{}", "profile", account_api.profile, rates.EVERYTHING_ELSE),
    ("GET", "/followers/ids", "followers", account_api.followers, rates.EVERYTHING_ELSE),
    ("POST", "/chat/loading/start", "loading", account_api.start_loading, rates.LOADING),
    ("POST", "/chat/markAsRead", "mark_as_read", account_api.mark_as_read, rates.EVERYTHING_ELSE),
    ("GET", "/channel/webhook/endpoint", "webhook.get", account_api.webhook_endpoint, rates.WEBHOOK_ENDPOINT),
    (
        "PUT",
        "/channel/webhook/endpoint",
        "webhook.set",
        account_api.set_webhook_endpoint,
        rates.WEBHOOK_ENDPOINT,
    ),
    ("POST", "/channel/webhook/test", "webhook.test", account_api.check_webhook, rates.WEBHOOK_TEST),
    ("POST", "/richmenu", "richmenu.create", rich_menu_api.create, rates.MENU_CHANGES),
    ("POST", "/richmenu/validate", "richmenu.validate", rich_menu_api.validate, rates.EVERYTHING_ELSE),
    ("GET", "/richmenu/list", "richmenu.list", rich_menu_api.list_all, rates.MENU_LIST),
    (
        "POST",
        "/richmenu/bulk/link",
        "richmenu.bulk_link",
        rich_menu_many_api.bulk_link,
        rates.EVERYTHING_ELSE,
    ),
    (
        "POST",
        "/richmenu/bulk/unlink",
        "richmenu.bulk_unlink",
        rich_menu_many_api.bulk_unlink,
        rates.EVERYTHING_ELSE,
    ),
    ("POST", "/richmenu/batch", "richmenu.batch", rich_menu_many_api.batch, rates.MENU_BATCH),
    (
        "POST",
        "/richmenu/validate/batch",
        "richmenu.validate_batch",
        rich_menu_many_api.validate_batch,
        rates.EVERYTHING_ELSE,
    ),
    (
        "GET",
        "/richmenu/progress/batch",
        "richmenu.progress",
        rich_menu_many_api.batch_progress,
        rates.MENU_CHANGES,
    ),
    ("POST", "/richmenu/alias", "alias.create", rich_menu_many_api.create_alias, rates.EVERYTHING_ELSE),
    ("GET", "/richmenu/alias/list", "alias.list", rich_menu_many_api.list_aliases, rates.EVERYTHING_ELSE),
    ("POST", "/richmenu/alias/{}", "alias.update", rich_menu_many_api.update_alias, rates.EVERYTHING_ELSE),
    ("GET", "/richmenu/alias/{}", "alias.get", rich_menu_many_api.get_alias, rates.EVERYTHING_ELSE),
    ("DELETE", "/richmenu/alias/{}", "alias.delete", rich_menu_many_api.delete_alias, rates.MENU_CHANGES),
    ("GET", "/richmenu/{}", "richmenu.get", rich_menu_api.get, rates.EVERYTHING_ELSE),
    ("DELETE", "/richmenu/{}", "richmenu.delete", rich_menu_api.delete, rates.MENU_CHANGES),
    ("POST", "/richmenu/{}/content", "richmenu.upload", rich_menu_api.upload, rates.EVERYTHING_ELSE),
    ("GET", "/richmenu/{}/content", "richmenu.download", rich_menu_api.download, rates.EVERYTHING_ELSE),
    ("GET", "/user/all/richmenu", "default.get", rich_menu_api.get_default, rates.EVERYTHING_ELSE),
    ("DELETE", "/user/all/richmenu", "default.clear", rich_menu_api.clear_default, rates.EVERYTHING_ELSE),
    ("POST", "/user/all/richmenu/{}", "default.set", rich_menu_api.set_default, rates.EVERYTHING_ELSE),
    ("GET", "/user/{}/richmenu", "richmenu.linked", rich_menu_api.get_linked, rates.EVERYTHING_ELSE),
    ("DELETE", "/user/{}/richmenu", "richmenu.unlink", rich_menu_api.unlink, rates.EVERYTHING_ELSE),
    ("POST", "/user/{}/richmenu/{}", "richmenu.link", rich_menu_api.link, rates.EVERYTHING_ELSE),
)
_OAUTH: tuple[tuple[str, str, str], ...] = (
    ("POST", "/v2/oauth/verify", "oauth.verify"),
    ("GET", "/oauth2/v2.1/verify", "oauth.verify_v21"),
)


def _literal_routes() -> dict[tuple[str, str], Route]:
    routes = {
        (method, _BOT + path): Route(name, endpoint, rate)
        for method, path, name, endpoint, rate in _TABLE
        if "{}" not in path
    }
    for method, path, name in _OAUTH:
        routes[method, path] = Route(name, account_api.verify_token, rates.EVERYTHING_ELSE)
    return routes


# Literal paths are looked up before patterns, so that /richmenu/list is never a menu named "list".
_LITERAL = _literal_routes()
_PATTERNS = tuple(
    (method, re.compile(_BOT + path.replace("{}", "([^/]+)")), Route(name, endpoint, rate))
    for method, path, name, endpoint, rate in _TABLE
    if "{}" in path
)
ENDPOINTS = tuple(sorted([row[2] for row in _TABLE] + [row[2] for row in _OAUTH]))
"""The names by which faults are ordered."""
PREFIXES = ("/v2/", "/oauth2/")


def find_route(method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
    """Return the route of a request and what its path captured."""
    literal = _LITERAL.get((method, path))
    if literal is not None:
        return literal, ()
    for known_method, pattern, route in _PATTERNS:
        if known_method == method:
            found = pattern.fullmatch(path)
            if found is not None:
                return route, found.groups()
    return None


def handle(line: Line, call: Call) -> Answer:
    """Answer a call, and write it into the event log.

    :raises ConnectionDropped: a fault was ordered that closes the connection.
    """
    call = replace(call, request_id=line.ids.request_id())
    found = find_route(call.method, call.path)
    if found is None:
        return _finish(line, call, "unknown", Refusal(404, "Not found").answer)
    route, args = found
    call = replace(call, args=args)
    order = line.faults.take(route.name)
    if order is not None and order.comes_before:
        line.log.add(
            "api", line.clock.now_ms(), f"{route.name} (spoilt: {order.do})", order.status, sent=call.body
        )
        return _finish(line, call, route.name, order.spoil_before())
    try:
        answer = _handle_known(line, call, route)
    except Refusal as refusal:
        answer = refusal.answer
    answer = _finish(line, call, route.name, answer)
    return answer if order is None else _spoil(order, answer)


def _handle_known(line: Line, call: Call, route: Route) -> Answer:
    if route.name not in _OPEN:
        scheme, _, token = call.authorization.partition(" ")
        if scheme.lower() != "bearer" or not account_api.knows_token(line, token.strip()):
            raise Refusal(401, _UNAUTHORIZED)
    if not line.buckets.take(route.name, route.rate, line.clock.seconds()):
        raise Refusal(429, RATE_LIMITED)
    if call.is_too_large:
        raise Refusal(413, "Request Entity Too Large")
    if call.retry_key is not None and route.name not in _KEYED:
        raise Refusal(400, "The retry key is not supported by this endpoint")
    return route.endpoint(line, call)


def _spoil(order: Order, answer: Answer) -> Answer:
    if order.seconds:
        # A slow LINE is slow in real time: the caller's own timeout is what a test looks at.
        time.sleep(order.seconds)
    spoilt = order.spoil_after(answer)
    named = tuple(header for header in answer.headers if header[0] == "x-line-request-id")
    return spoilt if spoilt is answer else replace(spoilt, headers=named)


def _finish(line: Line, call: Call, name: str, answer: Answer) -> Answer:
    if call.method != "GET":
        line.changes += 1
    shown = call.body if call.media_type == "application/json" else b""
    received = answer.body if answer.content_type == "application/json" else b""
    facts = {"request_id": call.request_id}
    if call.retry_key:
        facts["retry_key"] = call.retry_key
    line.log.add(
        "api",
        line.clock.now_ms(),
        f"{call.method} {call.path}",
        answer.status,
        reason=name,
        sent=shown,
        received=received,
        user_id=answer.user_id,
        facts=facts,
    )
    return replace(answer, headers=(*answer.headers, ("x-line-request-id", call.request_id)))
