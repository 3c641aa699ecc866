"""Keeping who is in a segment at this moment as a list of its own, which no rule changes any more."""

from collections.abc import Callable

from flask import Blueprint, flash, g, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from console import segment_page
from console.access import actor_in, without_transaction
from console.customer import Reader
from console.open_ticket import Desk
from console.parts import Parts
from console.segment_saving import LABEL_CHARS, free_key
from console.words import _, ngettext
from core.errors import Conflict
from segmentation import audience, filling
from segmentation.filling import NewList
from staff.permissions import Permission

MOST = 50_000
"""People of one list; larger ones come by the command line."""


def add_to(blueprint: Blueprint, parts: Parts, desk_of: Callable[[Session], Desk]) -> None:
    """Add the button of the segment's page."""

    @blueprint.post("/<public_id>/snapshot")
    @without_transaction(Permission.EDIT_SEGMENTS)
    def snapshot(public_id: str) -> ResponseReturnValue:
        with parts.database.read() as session:
            here = desk_of(session)
            segment = segment_page.get(session, g.channel_id, public_id)
            count = audience.count(session, parts.segments, segment, now=here.now, zone=here.zone)
            name = Reader(here.default_language, here.default_language, {}).pick(segment.labels, segment.key)
            label = _dated(name, here)
            labels = {here.default_language: label}
            wanted = NewList(g.channel_id, free_key(here, label), labels, actor_in(session))
            key = segment.key
        if not 0 < count <= MOST:
            flash(_refusal(count), "danger")
            return redirect(url_for(".segment", public_id=public_id))
        try:
            made = filling.snapshot(
                parts.database, parts.segments, wanted, key, clock=parts.clock, zone=here.zone
            )
        except Conflict:
            raise Conflict(_("Somebody made a list of this name at the same moment. Try again.")) from None
        flash(
            ngettext("%(num)s person is on the list.", "%(num)s people are on the list.", made.count),
            "success",
        )
        return redirect(url_for(".segment", public_id=made.public_id))


def _dated(name: str, here: Desk) -> str:
    day = here.now.astimezone(here.zone).date().isoformat()
    return f"{name[: LABEL_CHARS - len(day) - 1]} {day}"


def _refusal(count: int) -> str:
    if not count:
        return _("Nobody is in it at this moment.")
    return _("A list may have %(most)s lines here; larger ones come by the command line.", most=f"{MOST:,}")
