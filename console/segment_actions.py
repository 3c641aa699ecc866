"""What is done with a segment besides writing its rule and aiming at it: reviewed, retired."""

from collections.abc import Callable, Sequence

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from analytics.uses import Use, uses_of
from campaigns.waiting import waiting_for
from console import segment_page, segment_saving
from console.access import requires
from console.customer import Reader
from console.open_ticket import Desk
from console.score_names import scores_called
from console.segment_editing import refuse_unless_ours
from console.segment_saving import StillWaiting
from console.words import _
from core.errors import Conflict
from segmentation import writing
from segmentation.models import Segment, SegmentKind
from segmentation.writing import ChangedMeanwhile
from staff.audit import record
from staff.permissions import Permission


def add_to(blueprint: Blueprint, desk_of: Callable[[Session], Desk]) -> None:
    """Add the forms of the segment's page."""

    @blueprint.post("/<public_id>/review")
    @requires(Permission.EDIT_SEGMENTS)
    def review(public_id: str) -> ResponseReturnValue:
        segment = segment_page.get(g.session, g.channel_id, public_id)
        writing.review(segment, by=g.actor.login, now=g.now)
        record(g.session, g.actor, "segment.review", "segment", segment.public_id, g.now)
        flash(_("Noted: it was looked at and is right."), "success")
        return redirect(url_for(".segment", public_id=public_id))

    @blueprint.get("/<public_id>/retire")
    @requires(Permission.EDIT_SEGMENTS)
    def ask_to_retire(public_id: str) -> ResponseReturnValue:
        segment = _to_retire(public_id)
        here = desk_of(g.session)
        reader = Reader(here.language, here.default_language, {})
        waiting = waiting_for(here.session, here.channel_id, [segment.key])
        return render_template(
            "segments/retire.html",
            segment=segment,
            label=reader.pick(segment.labels, segment.key),
            uses=uses(here, segment),
            waiting=waiting,
            given_tag=segment_page.given_tag(here, segment, reader),
            queues=segment_page.queue_names(here, reader),
            others=segment_page.others(here, reader),
            scores=scores_called(here.session, here.channel_id, reader),
            version=segment.changed_at.isoformat(),
        )

    @blueprint.post("/<public_id>/retire")
    @requires(Permission.EDIT_SEGMENTS)
    def retire(public_id: str) -> ResponseReturnValue:
        segment = _to_retire(public_id)
        try:
            segment_saving.retire(
                desk_of(g.session), segment, version=request.form.get("version", ""), by=g.actor
            )
        except StillWaiting as refused:
            names = ", ".join(refused.names)
            raise Conflict(
                _("Campaigns still wait to be sent to it: %(campaigns)s.", campaigns=names)
            ) from None
        except ChangedMeanwhile:
            raise Conflict(
                _("Somebody else changed this segment meanwhile. Look at it again before you retire it.")
            ) from None
        flash(_("Retired. Everybody has left it."), "success")
        return redirect(url_for(".page"))


def uses(desk: Desk, segment: Segment) -> Sequence[Use]:
    """Return what uses a segment."""
    return uses_of(desk.session, desk.segments, segment, desk.published)


def _to_retire(public_id: str) -> Segment:
    segment = segment_page.get(g.session, g.channel_id, public_id)
    if segment.kind is SegmentKind.ACTIVE:
        refuse_unless_ours(segment)
    if segment.retired_at is not None:
        raise Conflict(_("It is retired already."))
    return segment
