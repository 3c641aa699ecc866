"""Keeping who is in a segment at this moment as a list of its own, which no rule changes any more."""

from collections.abc import Callable

from flask import Blueprint, flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from console import segment_page
from console.access import without_transaction
from console.customer import Reader
from console.list_filling import MOST, NewList, fill
from console.open_ticket import Desk
from console.parts import Parts
from console.segment_saving import LABEL_CHARS
from console.words import _, ngettext
from segmentation import audience
from staff.permissions import Permission


def add_to(blueprint: Blueprint, parts: Parts, desk_of: Callable[[Session], Desk]) -> None:
    """Add the button of the segment's page."""

    @blueprint.post("/<public_id>/snapshot")
    @without_transaction(Permission.EDIT_SEGMENTS)
    def snapshot(public_id: str) -> ResponseReturnValue:
        with parts.database.read() as session:
            here = desk_of(session)
            segment = segment_page.get(session, g.channel_id, public_id)
            pages = audience.members(session, parts.segments, segment, now=here.now, zone=here.zone)
            ids = [id_ for page in pages for id_ in page]
            name = Reader(here.default_language, here.default_language, {}).pick(segment.labels, segment.key)
            day, key = here.now.astimezone(here.zone).date().isoformat(), segment.key
        if not ids or len(ids) > MOST:
            flash(
                _(
                    "A list may have %(most)s lines here; larger ones come by the command line.",
                    most=f"{MOST:,}",
                )
                if ids
                else _("Nobody is in it at this moment."),
                "danger",
            )
            return redirect(url_for(".segment", public_id=public_id))
        label = f"{name[: LABEL_CHARS - len(day) - 1]} {day}"
        detail = {"people": len(ids), "because": f"snapshot:{key}"}
        made = fill(parts, desk_of, NewList(label, ids, f"snapshot:{key}", "segment.list", detail))
        flash(
            ngettext("%(num)s person is on the list.", "%(num)s people are on the list.", len(ids)), "success"
        )
        return redirect(url_for(".segment", public_id=made))
