"""Uploading a list: LINE user ids or the shop's customer numbers become a segment of just these people."""

from collections.abc import Callable, Mapping, Sequence

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from console.access import requires, without_transaction
from console.list_filling import MOST, PAGE, NewList, actor, emptied, fill
from console.open_ticket import Desk
from console.parts import Parts
from console.segment_saving import LABEL_CHARS
from console.words import _, ngettext
from content.text import pick
from segmentation import static, unfinished
from staff.audit import record
from staff.permissions import Permission

NAME_CHARS = 80


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
        names, source = _sent(typed)
        if faults := _faults(label, names):
            return _page(label, typed[:20_000], again, faults), 422
        return _stored(parts, desk_of, label, names, source, again)

    @blueprint.post("/unfinished/<public_id>/discard")
    @without_transaction(Permission.EDIT_SEGMENTS)
    def discard(public_id: str) -> ResponseReturnValue:
        with parts.database.write() as session:
            found = unfinished.get(session, g.channel_id, public_id[:20])
            ours, key = unfinished.take_over(session, found, now=g.now), found.key
        people = emptied(parts, ours)
        with parts.database.write() as session:
            unfinished.drop(session, ours)
            detail = {"key": key, "people": people}
            record(session, actor(session), "segment.discard", "segment", public_id, g.now, detail)
        flash(_("The unfinished list is gone."), "success")
        return redirect(url_for(".page"))


def _page(label: str, names: str, again: str = "", faults: Mapping[str, str] | None = None) -> str:
    """Return the form.

    :param again: the public id of an unfinished list that is to be filled anew.
    """
    return render_template("segments/upload.html", label=label, names=names, again=again, faults=faults or {})


def _sent(typed: str) -> tuple[Sequence[str], str]:
    """Return the names of a file, or else those that were typed, each once, and where they come from."""
    file = request.files.get("file")
    text, source = typed, "staff"
    if file is not None and file.filename:
        text, source = file.read().decode("utf-8-sig", errors="replace"), file.filename[:60]
    lines = (line.replace("\x00", "").split(",")[0].strip().strip('"').strip() for line in text.splitlines())
    return list(dict.fromkeys(line[:NAME_CHARS] for line in lines if line)), source


def _faults(label: str, names: Sequence[str]) -> dict[str, str]:
    faults = {}
    if not label:
        faults["label"] = "must not be empty"
    elif len(label) > LABEL_CHARS:
        faults["label"] = f"must have at most {LABEL_CHARS} characters"
    if not names:
        faults["names"] = _("Choose a file, or write one id on each line.")
    elif len(names) > MOST:
        faults["names"] = _(
            "A list may have %(most)s lines here; larger ones come by the command line.", most=f"{MOST:,}"
        )
    return faults


def _stored(
    parts: Parts,
    desk_of: Callable[[Session], Desk],
    label: str,
    names: Sequence[str],
    source: str,
    again: str,
) -> ResponseReturnValue:
    """Put everybody on page by page, each in a transaction of its own; the list shows when it is whole."""
    ids: list[int] = []
    with parts.database.read() as session:
        for start in range(0, len(names), PAGE):
            found = static.find_people(session, g.channel_id, names[start : start + PAGE])
            ids += [found[name] for name in names[start : start + PAGE] if name in found]
    ids = list(dict.fromkeys(ids))
    if not ids:
        faults = {"names": _("None of these is somebody we know.")}
        shown = "\n".join(names[:200])
        return _page(label, shown, again, faults), 422
    detail = {"people": len(ids), "lines": len(names), "file": source}
    wanted = NewList(label, ids, f"upload:{source}", "segment.upload", detail, again)
    public_id = fill(parts, desk_of, wanted)
    flash(ngettext("%(num)s person is on the list.", "%(num)s people are on the list.", len(ids)), "success")
    if missing := len(names) - len(ids):
        flash(
            ngettext("%(num)s line names nobody we know.", "%(num)s lines name nobody we know.", missing),
            "warning",
        )
    return redirect(url_for(".segment", public_id=public_id))
