"""The staff's pages, beneath /console/.

Each noun has a module with a function `pages(parts) -> Blueprint`; `PAGES` lists them.
"""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from functools import cache

from flask import Blueprint, Flask, Response, abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFProtect

from console import (
    account,
    audit,
    campaigns,
    contacts,
    customer_value,
    demo,
    home,
    inbox,
    live,
    media,
    navigation,
    segments,
    sign_in,
    staff,
    stage,
    system,
    tokens,
    two_step,
)
from console.access import access_of
from console.error_pages import install_error_pages
from console.languages import LANGUAGES, current_language, install_languages
from console.names import hue, initial, lines_picture
from console.parts import Parts
from console.refusals import in_words
from console.roles import role_name, role_purpose
from console.security import harden, policy
from console.static_files import STATIC
from console.times import FILTERS
from core.errors import NotAllowed
from rendering import STATIC as RENDERING
from staff.permissions import Permission

__all__ = ["PAGES", "Parts", "install"]

PAGES: tuple[Callable[[Parts], Blueprint], ...] = (
    sign_in.pages,
    home.pages,
    inbox.pages,
    contacts.pages,
    segments.pages,
    customer_value.pages,
    campaigns.pages,
    live.pages,
    media.pages,
    stage.pages,
    demo.pages,
    account.pages,
    two_step.pages,
    tokens.pages,
    staff.pages,
    audit.pages,
    system.pages,
)

DRAWN = frozenset({"messages.css", "messages.js"})
"""Of `rendering`: how LINE messages look."""
MAX_FORM_BYTES = 1_000_000


def install(app: Flask, parts: Parts, modules: Sequence[Callable[[Parts], Blueprint]] = PAGES) -> None:
    """Add the console to the web application."""
    app.extensions["console"] = parts
    app.secret_key = hmac.new(parts.secret_key.encode(), b"console forms", hashlib.sha256).hexdigest()
    app.config.update(
        SESSION_COOKIE_NAME="tagline_form",
        SESSION_COOKIE_PATH="/console",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=parts.is_https,
        WTF_CSRF_CHECK_DEFAULT=False,  # `console.access` checks, after asking who it is
        WTF_CSRF_TIME_LIMIT=None,  # an inbox stays open for days
        WTF_CSRF_SSL_STRICT=False,  # behind a proxy we may not know that it was HTTPS; the cookie is SameSite
        MAX_FORM_MEMORY_SIZE=MAX_FORM_BYTES,
        MAX_CONTENT_LENGTH=MAX_FORM_BYTES,  # the webhook has its own door and limit
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        FILTERS, hue=hue, initial=initial, lines_picture=lines_picture, told=in_words
    )
    app.jinja_env.globals.update(
        asset=asset, role_name=role_name, role_purpose=role_purpose
    )  # macros see no context
    app.extensions["csrf"] = CSRFProtect(app)
    install_languages(app)
    install_error_pages(app)

    ours = {"console"}
    app.register_blueprint(_frame())
    app.register_blueprint(_drawn_messages())
    for pages in modules:
        blueprint = pages(parts)
        ours.add(blueprint.name)
        app.register_blueprint(blueprint)
    _guard(app, parts, ours)


def _frame() -> Blueprint:
    """Return the blueprint that brings templates, styles and scripts."""
    frame = Blueprint(
        "console",
        __name__,
        template_folder="templates",
        static_folder="static",
        static_url_path="/console/static",
    )

    @frame.get("/")
    def root() -> ResponseReturnValue:
        return redirect(url_for("home.page"))

    return frame


def _drawn_messages() -> Blueprint:
    """Return the blueprint that brings what drawn LINE messages need."""
    return Blueprint("drawn", __name__, static_folder=RENDERING, static_url_path="/console/messages")


def _guard(app: Flask, parts: Parts, ours: set[str]) -> None:
    rules = policy(parts)

    @app.before_request
    def begin() -> None:
        g.me = None
        g.published = None
        g.now = parts.clock()
        g.zone = parts.time_zone
        g.channel_id = parts.channel_id
        if request.path.startswith("/console") and _has_nul():
            abort(400)  # PostgreSQL takes none, and nobody types one
        if request.blueprint in ours - {"console"} and access_of(request.endpoint or "") is None:
            raise NotAllowed("this page does not say who may open it")

    @app.after_request
    def finish(response: Response) -> Response:
        return harden(response, rules) if request.path.startswith("/console") else response

    @app.context_processor
    def what_templates_know() -> dict[str, object]:
        return {
            "me": g.get("me"),
            "now": g.get("now"),
            "language": current_language(),
            "languages": LANGUAGES.values(),
            "navigation": navigation.links,
            "ribbon": demo.ribbon,
            "account_name": g.published.content.name if g.get("published") else "Tagline",
            "is_simulated": parts.simulator_url is not None,
            "simulator_url": parts.simulator_url,
            "P": Permission,
        }


def _has_nul() -> bool:
    return "\x00" in request.path or any("\x00" in value for _, value in request.values.items(multi=True))


def asset(name: str) -> str:
    """Return the address of a static file; it changes with the file, so browsers may keep it for ever."""
    return _address(name, request.script_root)


@cache
def _address(name: str, _root: str) -> str:
    """Return an address below the place we are served from; a page has two hundred icons, all in one file."""
    endpoint, folder = ("drawn.static", RENDERING) if name in DRAWN else ("console.static", STATIC)
    digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()[:12]
    return url_for(endpoint, filename=name, v=digest)
