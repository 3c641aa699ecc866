"""Who may call a route, and the transaction it works in.

Every view carries one of three marks; one without a mark is refused to everybody:

- `@needs(Scope.X, ...)`: for tokens with all of these scopes, as far as their owner's role holds what each
  asks for (`staff.tokens.ASKS`).
- `@needs_in_pages(Scope.X, ...)`: the same for many things at once. There is no transaction around the view;
  it opens one after the other by `opened()`, so that no webhook waits for a thousand orders.
- `@public`: for anybody, and without a transaction.

In a transaction there are `g.session`, `g.user`, `g.caller`, `g.actor`, `g.now`, `g.zone`, `g.published` and
`g.channel_id`. What is asked for by GET takes no lock. Everything else is one write transaction, committed
if the view returns and undone if it raises. The token is looked at again inside, so that one revoked while
the body was being read does nothing.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any, Self
from urllib.parse import unquote_plus

import structlog
from flask import Flask, Response, current_app, g, request
from sqlalchemy.orm import Session

from api.limits import MAX_BODY_BYTES, PER_TOKEN
from api.parts import Parts
from api.problems import REALM, Refused
from core.db import DATABASE_GONE
from core.errors import InvalidInput, NotAllowed
from line.governor import Governor
from staff import tokens
from staff.audit import Actor, record
from staff.models import ApiToken
from staff.tokens import PREFIX, Scope

View = Callable[..., Response]

WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
NAMES_OF_SECRETS = frozenset({"access_token", "api_key", "apikey", "token"})
"""Parameters in which other services take a token. We do not."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Access:
    """What a view asks of whoever calls it."""

    scopes: tuple[Scope, ...] = ()
    is_public: bool = False
    takes_body: bool = False

    @property
    def only_reads(self) -> bool:
        return all(scope.value.endswith(":read") for scope in self.scopes)


@dataclass(frozen=True, slots=True)
class Caller:
    """The token that a request came with; it outlives the transactions."""

    token_id: int
    public_id: str
    name: str
    login: str

    @classmethod
    def of(cls, row: ApiToken) -> Self:
        return cls(row.id, row.public_id, row.name, row.user.login)

    @property
    def source(self) -> str:
        """What facts and tags say of where they come from."""
        return f"api:{self.name}"


def needs(*scopes: Scope) -> Callable[[View], View]:
    """Open a view to tokens that have all these scopes."""
    return lambda view: _marked(view, _access(view, scopes), _in_transaction)


def needs_in_pages(*scopes: Scope) -> Callable[[View], View]:
    """Open a view that does many things in several transactions to tokens that have all these scopes."""
    return lambda view: _marked(view, _access(view, scopes), lambda run: run())


def public(view: View) -> View:
    """Open a view to anybody."""
    return _marked(view, Access(is_public=True), lambda run: run())


def access_of(app: Flask, endpoint: str) -> Access | None:
    """Return how the view of an endpoint is marked."""
    return getattr(app.view_functions.get(endpoint), "access", None)


def audit(action: str, noun: str, noun_id: str, **detail: Any) -> None:
    """Write into the log what this request changed: by the token's owner, through the token."""
    told = {"via": g.caller.name, **{key: value for key, value in detail.items() if value is not None}}
    record(g.session, g.actor, action, noun, noun_id, g.now, told)


def install_access(app: Flask, parts: Parts) -> None:
    """Let nobody in without a token; refuse what cannot be taken before anything is read."""
    governor = Governor(parts.database, parts.clock, otherwise=PER_TOKEN)

    @app.before_request
    def admit() -> None:
        g.now = parts.clock()
        g.zone = parts.time_zone
        g.channel_id = parts.channel_id
        _refuse_secrets_in_address()
        if request.routing_exception is not None:
            raise request.routing_exception
        access = access_of(app, request.endpoint or "")
        if access is None:
            raise NotAllowed("this address does not say who may use it")
        if access.is_public:
            return
        with parts.database.read() as session:
            row = _admitted(session, access)
            g.caller = Caller.of(row)
            is_touch_due = tokens.is_touch_due(row, now=g.now)
        _stay_within(governor, parts.channel_id)
        if is_touch_due:
            _touch(parts)
        if access.takes_body and request.method in WITH_BODY:
            _read_body()


def _marked(view: View, access: Access, run: Callable[[Callable[[], Response]], Response]) -> View:
    @wraps(view)
    def guarded(**given: Any) -> Response:
        return run(lambda: view(**given))

    guarded.access = access  # type: ignore[attr-defined]  # a mark, read by access_of
    return guarded


@contextmanager
def opened() -> Iterator[Session]:
    """Open the transaction in which a request, or a page of it, does its work.

    :raises Refused: its token is not good any more.
    """
    parts: Parts = current_app.extensions["api"]
    access = access_of(current_app, request.endpoint or "") or Access()
    with parts.database.read() if access.only_reads else parts.database.write() as session:
        user = _admitted(session, access).user
        g.actor = Actor.of(user, (request.remote_addr or "")[:60])
        g.session, g.user = session, user
        g.published = parts.revisions.live(session, parts.channel_id)
        if g.published is not None:
            g.zone = g.published.zone
        try:
            yield session
        finally:
            del g.session, g.user


def _access(view: View, scopes: tuple[Scope, ...]) -> Access:
    return Access(scopes, takes_body="body" in view.__annotations__)


def _in_transaction(run: Callable[[], Response]) -> Response:
    with opened():
        return run()


def _refuse_secrets_in_address() -> None:
    address = unquote_plus(request.path + "?" + request.query_string.decode("latin-1"))
    if PREFIX in address or NAMES_OF_SECRETS & {name.lower() for name in request.args}:
        raise Refused(
            400,
            "token_in_url",
            "A token belongs into the header `Authorization: Bearer …`, never into an address: addresses end up "
            "in logs. Revoke this one and make another.",
        )
    # What is not UTF-8 all reads the same: two orders would be one.
    if "\x00" in address or "\ufffd" in address:
        raise Refused(400, "bad_request", "The address holds a character that no name has.")


def _admitted(session: Session, access: Access) -> ApiToken:
    """Return the token of the request, if it is good and may do this.

    :raises Refused: 401 where there is none that is good, 403 where it may not.
    """
    row = tokens.find(session, _shown(), now=g.now)
    if row is None:
        raise Refused(
            401,
            "token_invalid",
            "This token is not good: it is unknown, revoked or expired, or its owner is deactivated.",
            headers={"WWW-Authenticate": f'{REALM}, error="invalid_token"'},
        )
    asked = " ".join(access.scopes)
    headers = {"WWW-Authenticate": f'{REALM}, error="insufficient_scope", scope="{asked}"'}
    if lacking := tokens.missing(row, access.scopes):
        names = ", ".join(lacking)
        detail = f"This token was made without the scope {names}."
        raise Refused(403, "scope_missing", detail, headers=headers, missing=[one.value for one in lacking])
    if beyond := tokens.forbidden(row, access.scopes):
        names = ", ".join(beyond)
        detail = f"The role of the token's owner does not include: {names}."
        raise Refused(403, "role_too_small", detail, headers=headers, missing=[one.value for one in beyond])
    return row


def _shown() -> str:
    kind, _space, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip()
    if kind.lower() != "bearer" or not token:
        detail = "Send a token in the header `Authorization: Bearer …`."
        raise Refused(401, "token_missing", detail, headers={"WWW-Authenticate": REALM})
    return token


def _stay_within(governor: Governor, channel_id: int) -> None:
    pause = governor.wait(channel_id, f"api/{g.caller.public_id}")
    if pause:
        seconds = max(1, math.ceil(pause.total_seconds()))
        detail = f"A token may ask {PER_TOKEN.calls} times a second. Send more in one request, or wait."
        raise Refused(429, "too_many_requests", detail, headers={"Retry-After": str(seconds)})


def _touch(parts: Parts) -> None:
    """Note that the token is used, in a transaction of its own; when the database is busy, next time."""
    try:
        with parts.database.write() as session:
            tokens.touch(session, g.caller.token_id, now=g.now)
    except DATABASE_GONE:
        _log.info("api.use_not_noted", token=g.caller.public_id)


def _read_body() -> None:
    """Read the body before any lock is taken, and once.

    :raises Refused: it is too large, or no JSON.
    :raises InvalidInput: it is JSON, but no object.
    """
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise Refused(413, "content_too_large", "The body is larger than 2 MB.")
    if request.mimetype != "application/json":
        raise Refused(
            415, "unsupported_media_type", "Send JSON, with the header `Content-Type: application/json`."
        )
    if not isinstance(request.get_json(), dict):
        raise InvalidInput({"body": "must be a JSON object"})
