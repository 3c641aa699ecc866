"""Segments: the saved rules about people, written in the playbook or here."""

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from console import (
    contact_page,
    segment_actions,
    segment_aim,
    segment_building,
    segment_editing,
    segment_list,
    segment_map,
    segment_page,
    segment_past,
    segment_snapshot,
    segment_upload,
)
from console.access import requires
from console.contact_list import QUERY_CHARS
from console.customer import Reader
from console.languages import current_language
from console.open_ticket import Desk, titles_of
from console.parts import Parts
from console.score_names import scores_called
from content.model import BECAUSE_LIMIT_CHARS, POSITIONING_LIMIT_CHARS
from questionnaires.versions import Versions
from segmentation import audience
from segmentation.models import Segment, Targeting
from staff.permissions import Permission


def pages(parts: Parts) -> Blueprint:
    """Return the pages of segments."""
    blueprint = Blueprint("segments", __name__, url_prefix="/console/segments")
    versions = Versions()

    def desk_of(session: Session) -> Desk:
        return Desk(
            session=session,
            user=g.get("user"),
            channel_id=g.channel_id,
            published=g.published,
            versions=versions,
            segments=parts.segments,
            language=current_language().tag,
            zone=g.zone,
            now=g.now,
        )

    def desk() -> Desk:
        return desk_of(g.session)

    def reader_of(here: Desk) -> Reader:
        return Reader(here.language, here.default_language, titles_of(here))

    @blueprint.get("/")
    @requires(Permission.SEE_SEGMENTS)
    def page() -> ResponseReturnValue:
        query = _query()
        lines = segment_list.lines(desk(), reader_of(desk()), query)
        may_edit = g.me.may(Permission.EDIT_SEGMENTS) and not query
        unfinished = segment_list.unfinished(desk(), reader_of(desk())) if may_edit else ()
        return render_template("segments/page.html", lines=lines, query=query, unfinished=unfinished)

    @blueprint.get("/positioning")
    @requires(Permission.SEE_SEGMENTS)
    def positioning() -> ResponseReturnValue:
        here = desk()
        key = request.args.get("segment", "")[:60]
        found = next((one for one in audience.current(here.session, here.channel_id) if one.key == key), None)
        if found is None:
            return ""
        return render_template(
            "segments/positioning.html",
            line=reader_of(here).pick(found.positioning, ""),
            is_no_target=found.targeting in {Targeting.NO, Targeting.NOT_NOW},
            reason=found.targeting_reason,
        )

    @blueprint.get("/<public_id>/count")
    @requires(Permission.SEE_SEGMENTS)
    def count(public_id: str) -> ResponseReturnValue:
        segment = segment_page.get(g.session, g.channel_id, public_id)
        return render_template(
            "segments/count.html",
            numbers=segment_page.numbers(desk(), segment),
            trend=segment_list.trend(desk(), segment),
        )

    @blueprint.get("/<public_id>/numbers")
    @requires(Permission.SEE_SEGMENTS)
    def numbers(public_id: str) -> ResponseReturnValue:
        segment = segment_page.get(g.session, g.channel_id, public_id)
        return render_template("segments/numbers.html", numbers=segment_page.numbers(desk(), segment))

    @blueprint.get("/<public_id>")
    @requires(Permission.SEE_SEGMENTS)
    def segment(public_id: str) -> ResponseReturnValue:
        here = desk()
        found, reader = segment_page.get(g.session, g.channel_id, public_id), reader_of(here)
        return render_template(
            "segments/segment.html",
            segment=found,
            line=segment_list.line_of(here, found, reader),
            rule=segment_page.rule_tree(here, found, reader),
            sample=segment_page.sample(here, found, reader),
            uses=segment_actions.uses(here, found),
            given_tag=segment_page.given_tag(here, found, reader),
            queues=segment_page.queue_names(here, reader),
            others=segment_page.others(here, reader),
            scores=scores_called(here.session, here.channel_id, reader),
            languages_of_account=segment_editing.languages_of(here),
            positioning=reader.pick(found.positioning, ""),
            because_limit=BECAUSE_LIMIT_CHARS,
            positioning_limit=POSITIONING_LIMIT_CHARS,
            is_said_by_playbook=segment_aim.is_said_by_playbook(here, found),
            overruled=list(segment_aim.overruled(here, found, reader)),
            today=here.now.astimezone(here.zone).date().isoformat(),
            **_looked_up(here, found, reader),
        )

    @blueprint.get("/<public_id>/why")
    @requires(Permission.SEE_SEGMENTS)
    def why(public_id: str) -> ResponseReturnValue:
        here = desk()
        found = segment_page.get(g.session, g.channel_id, public_id)
        return render_template("segments/why.html", segment=found, **_looked_up(here, found, reader_of(here)))

    segment_editing.add_to(blueprint, desk_of)
    segment_actions.add_to(blueprint, desk_of)
    segment_aim.add_to(blueprint, parts, desk_of)
    segment_past.add_to(blueprint, desk_of)
    segment_upload.add_to(blueprint, parts, desk_of)
    segment_snapshot.add_to(blueprint, parts, desk_of)
    segment_map.add_to(blueprint, desk_of)
    segment_building.add_to(blueprint, parts, desk_of)
    return blueprint


def _query() -> str:
    return " ".join(request.args.get("q", "").replace("\x00", "").split())[:QUERY_CHARS]


def _looked_up(desk: Desk, segment: Segment, reader: Reader) -> dict[str, object]:
    """Return what the page says about a person that its address names, or about those a search finds."""
    query = _query()
    named = request.args.get("contact", "").replace("\x00", "")[:20]
    verdict, been = None, None
    if named:
        contact = contact_page.get(desk.session, desk.channel_id, named)
        verdict = segment_page.verdict(desk, segment, contact, reader)
        been = segment_past.been(desk, segment, contact.id)
    candidates = segment_page.candidates(desk, segment, query) if query else None
    return {"query": query, "verdict": verdict, "been": been, "candidates": candidates}
