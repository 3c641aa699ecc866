"""Uploading a list: LINE user ids or the shop's customer numbers become a segment of just these people."""

from collections.abc import Callable, Mapping, Sequence

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from console.access import actor_in, requires, without_transaction
from console.open_ticket import Desk
from console.parts import Parts
from console.segment_saving import LABEL_CHARS, free_key
from console.words import _, ngettext
from content.text import pick
from core.errors import Conflict
from segmentation import filling, unfinished
from segmentation.filling import NewList
from staff.permissions import Permission

MOST = 25_000
"""Lines of one list: with LINE user ids they still fit a form (`console.MAX_FORM_BYTES`). Larger ones come by the command line."""


def add_to(blueprint: Blueprint, parts: Parts, desk_of: Callable[[Session], Desk]) -> None:
    """Add the form and what it does."""

    @blueprint.get("/upload")
    @requires(Permission.EDIT_SEGMENTS)
    def upload() -> ResponseReturnValue:
        again = request.args.get("list", "").replace("\x00", "")[:20]
        label = ""
        if again:
            found = unfinished.get(g.session, g.channel_id, again)
            label = pick(found.labels, desk_of(g.session).default_language, "") or found.key
        return _page(label, "", again)

    @blueprint.post("/upload")
    @without_transaction(Permission.EDIT_SEGMENTS)
    def take() -> ResponseReturnValue:
        label = " ".join(request.form.get("label", "").split())
        again = request.form.get("list", "").replace("\x00", "")[:20]
        typed = request.form.get("names", "")
        lines, source = _sent(typed)
        if faults := _faults(label, lines):
            return _page(label, typed[:20_000], again, faults), 422
        return _stored(parts, desk_of, label, lines, source, again)

    @blueprint.post("/unfinished/<public_id>/discard")
    @without_transaction(Permission.EDIT_SEGMENTS)
    def discard(public_id: str) -> ResponseReturnValue:
        with parts.database.read() as session:
            by = actor_in(session)
        filling.discard(parts.database, g.channel_id, public_id[:20], by, clock=parts.clock)
        flash(_("The unfinished list is gone."), "success")
        return redirect(url_for(".page"))


def _page(label: str, names: str, again: str = "", faults: Mapping[str, str] | None = None) -> str:
    """Return the form.

    :param again: the public id of an unfinished list that is to be filled anew.
    """
    return render_template("segments/upload.html", label=label, names=names, again=again, faults=faults or {})


def _sent(typed: str) -> tuple[Sequence[str], str]:
    """Return the lines of a file, or else those that were typed, and where they come from."""
    file = request.files.get("file")
    text, source = typed, "staff"
    if file is not None and file.filename:
        text, source = file.read().decode("utf-8-sig", errors="replace"), file.filename[:60]
    return [line for line in text.splitlines() if line.strip()], source


def _faults(label: str, lines: Sequence[str]) -> dict[str, str]:
    faults = {}
    if not label:
        faults["label"] = "must not be empty"
    elif len(label) > LABEL_CHARS:
        faults["label"] = f"must have at most {LABEL_CHARS} characters"
    if not lines:
        faults["names"] = _("Choose a file, or write one id on each line.")
    elif len(lines) > MOST:
        faults["names"] = _(
            "A list may have %(most)s lines here; larger ones come by the command line.", most=f"{MOST:,}"
        )
    return faults


def _stored(
    parts: Parts,
    desk_of: Callable[[Session], Desk],
    label: str,
    lines: Sequence[str],
    source: str,
    again: str,
) -> ResponseReturnValue:
    known = filling.look_up(parts.database, g.channel_id, lines)
    if not known.ids:
        faults = {"names": _("None of these is somebody we know.")}
        return _page(label, "\n".join(lines[:200]), again, faults), 422
    with parts.database.read() as session:
        here = desk_of(session)
        key = unfinished.get(session, g.channel_id, again).key if again else free_key(here, label)
        wanted = NewList(g.channel_id, key, {here.default_language: label}, actor_in(session))
    try:
        made = filling.upload(parts.database, parts.segments, wanted, known, source, clock=parts.clock)
    except Conflict:
        raise Conflict(_("Somebody made a list of this name at the same moment. Try again.")) from None
    flash(
        ngettext("%(num)s person is on the list.", "%(num)s people are on the list.", made.count), "success"
    )
    if missing := len(known.unknown):
        flash(
            ngettext("%(num)s line names nobody we know.", "%(num)s lines name nobody we know.", missing),
            "warning",
        )
    return redirect(url_for(".segment", public_id=made.public_id))
