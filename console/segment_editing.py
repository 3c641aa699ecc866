"""Making a segment and changing one: the form around the rule builder."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
import sqlalchemy as sa
from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from console import segment_page, segment_saving
from console.access import LookAgain, requires
from console.campaign_page import purposes
from console.customer import Reader
from console.open_ticket import Desk
from console.segment_building import templates_for
from console.segment_saving import LABEL_CHARS, Form, read_form
from console.words import _
from core.errors import Conflict, InvalidInput, NotFound
from segmentation.models import Origin, Segment, SegmentKind, Tag
from segmentation.writing import ChangedMeanwhile
from staff.permissions import Permission


def add_to(blueprint: Blueprint, desk_of: Callable[[Session], Desk]) -> None:
    """Add the form of a new segment, and of one that there is."""

    @blueprint.get("/new")
    @requires(Permission.EDIT_SEGMENTS)
    def new() -> ResponseReturnValue:
        source = _source(desk_of(g.session), request.args.get("like", ""))
        return _page(desk_of(g.session), Form() if source is None else _copy(source), None)

    @blueprint.post("/new")
    @requires(Permission.EDIT_SEGMENTS)
    def create() -> ResponseReturnValue:
        here = desk_of(g.session)
        form = read_form(request.form, languages_of(here))
        try:
            made = segment_saving.create(here, form, by=g.actor)
        except InvalidInput as error:
            faults = error.fields
            raise LookAgain(lambda: (_page(desk_of(g.session), form, None, faults), 422)) from None
        flash(_("Saved. Who is in it is being worked out."), "success")
        return redirect(url_for(".segment", public_id=made.public_id))

    @blueprint.get("/<public_id>/edit")
    @requires(Permission.EDIT_SEGMENTS)
    def edit(public_id: str) -> ResponseReturnValue:
        segment = segment_page.get(g.session, g.channel_id, public_id)
        refuse_unless_ours(segment)
        return _page(desk_of(g.session), _shown(segment), segment)

    @blueprint.post("/<public_id>/edit")
    @requires(Permission.EDIT_SEGMENTS)
    def save(public_id: str) -> ResponseReturnValue:
        here = desk_of(g.session)
        segment = segment_page.get(g.session, g.channel_id, public_id)
        refuse_unless_ours(segment)
        form = read_form(request.form, languages_of(here))

        def again(faults: Mapping[str, str] | None = None, *, meanwhile: bool = False) -> str:
            found = segment_page.get(g.session, g.channel_id, public_id)
            return _page(desk_of(g.session), form, found, faults, meanwhile=meanwhile)

        try:
            segment_saving.change(here, segment, form, by=g.actor)
        except InvalidInput as error:
            faults = error.fields
            raise LookAgain(lambda: (again(faults), 422)) from None
        except ChangedMeanwhile:
            # Their rule stays in the form: nobody builds one twice.
            raise LookAgain(lambda: (again(meanwhile=True), 409)) from None
        flash(_("Saved. Who is in it is being worked out."), "success")
        return redirect(url_for(".segment", public_id=public_id))


def refuse_unless_ours(segment: Segment) -> None:
    """Refuse to edit a rule that is written elsewhere.

    :raises Conflict: it is the playbook's, or a list.
    """
    if segment.origin is Origin.PLAYBOOK:
        raise Conflict(
            _("It is written in the playbook and changes there. Copy it to a segment of your own.")
        )
    if segment.kind is SegmentKind.STATIC:
        raise Conflict(_("It is a list of people and has no rule."))


def languages_of(desk: Desk) -> Sequence[str]:
    """Return the languages in which segments are named, the account's own first."""
    if desk.published is None:
        return [desk.default_language]
    content = desk.published.content
    return list(dict.fromkeys([content.default_language, *content.languages]))


def _shown(segment: Segment) -> Form:
    return Form(
        labels=segment.labels,
        descriptions=segment.descriptions,
        rule=orjson.dumps(segment.rule).decode(),
        gives_tag=segment.gives_tag or "",
        version=segment.changed_at.isoformat(),
    )


def _copy(segment: Segment) -> Form:
    form = _shown(segment)
    labels = {tag: _("Copy of %(name)s", name=name)[:LABEL_CHARS] for tag, name in form.labels.items()}
    return Form(labels, form.descriptions, form.rule)


def _source(desk: Desk, public_id: str) -> Segment | None:
    if not public_id:
        return None
    try:
        return segment_page.get(desk.session, desk.channel_id, public_id[:20])
    except NotFound:
        return None


def _page(
    desk: Desk,
    form: Form,
    segment: Segment | None,
    faults: Mapping[str, str] | None = None,
    *,
    meanwhile: bool = False,
) -> str:
    languages = languages_of(desk)
    reader = Reader(desk.language, desk.default_language, {})
    tags = desk.session.scalars(
        sa.select(Tag)
        .where(Tag.channel_id == desk.channel_id, Tag.retired_at.is_(None))
        .order_by(Tag.group, Tag.name)
        .limit(1000)
    )
    shown: dict[str, Any] = {
        "form": form,
        "segment": segment,
        "segment_key": segment.key if segment is not None else "",
        "segment_label": reader.pick(segment.labels, segment.key) if segment is not None else "",
        "faults": faults or {},
        "meanwhile": meanwhile,
        "rule": form.rule,
        "name_field": f"label.{languages[0]}",
        "languages_of_account": languages,
        "templates": templates_for(desk.segments),
        "purposes": purposes(desk),
        "tags": [(tag.name, reader.pick(tag.labels, tag.name)) for tag in tags],
    }
    return render_template("segments/form.html", **shown)
