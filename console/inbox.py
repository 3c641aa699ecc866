"""The inbox: the list of conversations, and the one that is open."""

import hashlib
import re

from flask import Blueprint, g, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from console import inbox_actions
from console.access import requires
from console.error_pages import is_htmx
from console.inbox_rows import TABS, InboxList, read_list
from console.languages import current_language
from console.open_ticket import Desk, OpenTicket, earlier_lines, open_ticket
from console.parts import Parts
from console.story_rows import Place
from console.words import _
from core.errors import NotFound
from questionnaires.versions import Versions
from staff.permissions import Permission
from tickets import lists
from tickets.lists import View

_TOKEN = re.compile(r'name="csrf_token" value="[^"]*"')


def pages(parts: Parts) -> Blueprint:
    """Return the inbox's pages and the fragments that keep them fresh."""
    blueprint = Blueprint("inbox", __name__, url_prefix="/console/inbox")
    versions = Versions()

    def desk() -> Desk:
        return Desk(
            session=g.session,
            user=g.user,
            channel_id=g.channel_id,
            published=g.published,
            versions=versions,
            segments=parts.segments,
            language=current_language().tag,
            zone=g.zone,
            now=g.now,
        )

    @blueprint.get("/")
    @requires(Permission.SEE_INBOX)
    def page() -> ResponseReturnValue:
        return render_template("inbox/page.html", inbox=_list(desk()), opened=None, tabs=TABS)

    @blueprint.get("/list")
    @requires(Permission.SEE_INBOX)
    def list_() -> ResponseReturnValue:
        template = "inbox/more.html" if "before" in request.args else "inbox/list.html"
        return render_template(template, inbox=_list(desk()), open_id=request.args.get("open", ""), tabs=TABS)

    @blueprint.get("/waiting")
    @requires(Permission.SEE_INBOX)
    def waiting() -> ResponseReturnValue:
        found = lists.waiting(g.session, g.user, channel_id=g.channel_id)
        is_all = len(found) < lists.PAGE
        unread = len(found) if is_all else lists.unread(g.session, g.user, channel_id=g.channel_id)
        return jsonify(
            unread=unread,
            waiting=[
                {
                    "key": f"{one.public_id} {one.since_answer_at or ''}",
                    "ticket": one.public_id,
                    "name": one.contact_name or _("Nameless"),
                    "url": url_for("inbox.ticket", public_id=one.public_id),
                }
                for one in found
            ],
        )

    @blueprint.get("/<public_id>")
    @requires(Permission.SEE_INBOX)
    def ticket(public_id: str) -> ResponseReturnValue:
        here = desk()
        opened = open_ticket(here, public_id)
        if is_htmx():
            return render_template("inbox/panes.html", opened=opened, **_choice())
        return render_template("inbox/page.html", inbox=_list(here), opened=opened, tabs=TABS)

    @blueprint.get("/<public_id>/now")
    @requires(Permission.SEE_INBOX)
    def now(public_id: str) -> ResponseReturnValue:
        opened: OpenTicket = open_ticket(desk(), public_id, since=Place.read(request.args.get("since", "")))
        return render_template("inbox/panes.html", opened=opened, **_choice())

    @blueprint.get("/<public_id>/earlier")
    @requires(Permission.SEE_INBOX)
    def earlier(public_id: str) -> ResponseReturnValue:
        before = Place.read(request.args.get("before", ""))
        if before is None:
            raise NotFound(_("there is no such place in the conversation"))
        contact, lines = earlier_lines(desk(), public_id, before)
        return render_template("inbox/earlier.html", public_id=public_id, contact=contact, lines=lines)

    blueprint.add_app_template_filter(_digest, "digest")
    inbox_actions.add_to(blueprint, desk)
    return blueprint


def _digest(markup: str) -> str:
    """Return what changes when a part of the page must be drawn anew."""
    # A form's token is another one in every answer, and as good as the one before.
    return hashlib.blake2s(_TOKEN.sub("", markup).encode("utf-8", "replace"), digest_size=6).hexdigest()


def _list(desk: Desk) -> InboxList:
    return read_list(
        desk.session,
        desk.user,
        _view(),
        request.args.get("q", ""),
        channel_id=desk.channel_id,
        language=desk.language,
        default_language=desk.default_language,
        before=request.args.get("before", ""),
    )


def _view() -> View:
    """Return the tab; without one, where this user's work lies."""
    wanted = request.args.get("view", "")
    if wanted in set(View):
        return View(wanted)
    return View.MINE if g.me.may(Permission.ANSWER) and not g.me.may(Permission.ASSIGN) else View.ALL


def _choice() -> dict[str, str]:
    return {"view": request.args.get("view", ""), "query": request.args.get("q", "")}
