"""Whether a segment is aimed at, and the line that says why its people should care."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from console import segment_page
from console.access import LookAgain, requires
from console.customer import Reader
from console.open_ticket import Desk
from console.parts import Parts
from console.publishing import hold_still
from console.refusals import in_words
from console.segment_editing import languages_of
from console.words import _
from content.model import BECAUSE_LIMIT_CHARS, POSITIONING_LIMIT_CHARS
from content.model import Segment as WrittenSegment
from core.errors import InvalidInput, NotFound
from segmentation import aiming, staff_words
from segmentation.aiming import Aim, Target
from segmentation.models import About, Origin, Segment, Targeting
from staff.audit import record
from staff.permissions import Permission


@dataclass(frozen=True, slots=True)
class Overruled:
    """What the playbook says of a segment while staff say otherwise."""

    about: About
    words: str
    by: str
    at: datetime


def add_to(blueprint: Blueprint, parts: Parts, desk_of: Callable[[Session], Desk]) -> None:
    """Add the forms of a segment's aim."""

    @blueprint.post("/<public_id>/targeting")
    @requires(Permission.EDIT_SEGMENTS)
    def targeting(public_id: str) -> ResponseReturnValue:
        hold_still(parts)
        here = desk_of(g.session)
        segment = segment_page.get(g.session, g.channel_id, public_id)
        before = aiming.of(segment)
        lines = {tag: _line(f"positioning.{tag}", POSITIONING_LIMIT_CHARS) for tag in languages_of(here)}
        because = _line("reason", BECAUSE_LIMIT_CHARS) or None
        said = Aim(Target(_targeting(request.form.get("targeting", "")), because), lines)
        playbook = None if segment.origin is Origin.STAFF else _aim_in_playbook(here, segment)
        try:
            aiming.set_aim(g.session, segment, said, playbook=playbook, by=g.actor.login, now=g.now)
        except InvalidInput as error:
            words = " ".join(in_words(why) for why in error.fields.values())
            raise LookAgain(lambda: _back_with(public_id, words)) from None
        _record("segment.target", segment, before)
        flash(_("Saved."), "success")
        return redirect(url_for(".segment", public_id=public_id))

    @blueprint.post("/<public_id>/targeting/playbook")
    @requires(Permission.EDIT_SEGMENTS)
    def take_back_aim(public_id: str) -> ResponseReturnValue:
        hold_still(parts)
        segment = segment_page.get(g.session, g.channel_id, public_id)
        about = request.form.get("about", "")
        if segment.origin is Origin.STAFF or about not in {About.TARGET, About.POSITIONING}:
            raise NotFound(_("The playbook says nothing about this."))
        before = aiming.of(segment)
        playbook = _aim_in_playbook(desk_of(g.session), segment)
        aiming.take_back(g.session, segment, About(about), playbook=playbook, now=g.now)
        _record("segment.take_back", segment, before)
        flash(_("The playbook's word counts again."), "success")
        return redirect(url_for(".segment", public_id=public_id))


def is_said_by_playbook(desk: Desk, segment: Segment) -> bool:
    """Say whether the playbook says itself if the segment is a target, or why its people should care."""
    written = _written(desk, segment)
    return written is not None and not (written.target is None and written.positioning is None)


def overruled(desk: Desk, segment: Segment, reader: Reader) -> Iterator[Overruled]:
    """Yield what the playbook says and staff have said otherwise."""
    written = _written(desk, segment)
    if written is None:
        return
    words, now, playbook = (
        staff_words.standing(desk.session, desk.channel_id),
        aiming.of(segment),
        _aim_in_playbook(desk, segment),
    )
    word = words.get((About.TARGET, segment.key))
    if word is not None and written.target is not None and now.target != playbook.target:
        yield Overruled(About.TARGET, _target_words(playbook.target), word.said_by, word.said_at)
    word = words.get((About.POSITIONING, segment.key))
    if word is not None and written.positioning is not None and now.positioning != playbook.positioning:
        line = reader.pick(playbook.positioning, "")
        yield Overruled(About.POSITIONING, line, word.said_by, word.said_at)


def _written(desk: Desk, segment: Segment) -> WrittenSegment | None:
    if desk.published is None or segment.origin is Origin.STAFF:
        return None
    return next((one for one in desk.published.content.segments if one.id == segment.key), None)


def _aim_in_playbook(desk: Desk, segment: Segment) -> Aim:
    written = _written(desk, segment)
    return Aim() if written is None else aiming.in_playbook(written, desk.default_language)


def _target_words(target: Target) -> str:
    said = {Targeting.YES: _("Yes"), Targeting.NOT_NOW: _("Not now"), Targeting.NO: _("No")}
    words = said[target.targeting] if target.targeting is not None else _("Undecided")
    return f"{words} · {target.because}" if target.because else words


def _record(action: str, segment: Segment, before: Aim) -> None:
    after = aiming.of(segment)
    detail = {"from": asdict(before), "to": asdict(after)} if before != after else None
    record(g.session, g.actor, action, "segment", segment.public_id, g.now, detail)


def _line(name: str, limit_chars: int) -> str:
    """Return what was written on one line, cut where it is too long already."""
    return " ".join(request.form.get(name, "").split())[: limit_chars + 1]


def _targeting(value: str) -> Targeting | None:
    return Targeting(value) if value in set(Targeting) else None


def _back_with(public_id: str, words: str) -> ResponseReturnValue:
    flash(words, "danger")
    return redirect(url_for(".segment", public_id=public_id))
