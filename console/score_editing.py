"""What each condition of a score gives, as staff say it; the conditions themselves are the playbook's."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from console.access import LookAgain, requires
from console.customer import Reader
from console.open_ticket import Desk, titles_of
from console.parts import Parts
from console.publishing import hold_still
from console.rule_labels import labels_of
from console.rule_words import sentence_of, tree
from console.score_form import ScoreForm, read_form
from console.value_words import points_words
from console.words import _
from content.model import Score as WrittenScore
from core.errors import InvalidInput, NotFound
from segmentation import score_points, scores, staff_words
from segmentation.models import About, Score
from segmentation.references import Others, conditions_of, others_of
from segmentation.rules import AnyOf, FaultyRule, Rule
from segmentation.score_points import Conditions, PointsChangedMeanwhile
from staff.audit import record
from staff.permissions import Permission


@dataclass(frozen=True, slots=True)
class Line:
    """One condition."""

    words: str
    typed: str
    playbook: str | None
    """What the playbook says it gives, where staff say otherwise."""


def add_to(blueprint: Blueprint, parts: Parts, desk_of: Callable[[], Desk]) -> None:
    """Add the form of a score's points."""

    @blueprint.get("/scores/<key>")
    @requires(Permission.EDIT_SEGMENTS)
    def points(key: str) -> ResponseReturnValue:
        return _page(desk_of(), key)

    @blueprint.post("/scores/<key>")
    @requires(Permission.EDIT_SEGMENTS)
    def set_points(key: str) -> ResponseReturnValue:
        hold_still(parts)
        score, written = _get(desk_of(), key)
        form = read_form(request.form, len(written.conditions))
        before = _points(score)
        try:
            score_points.set_points(
                g.session,
                score,
                form.points(),
                playbook=written,
                seen=_seen(form.version),
                by=g.actor.login,
                now=g.now,
            )
        except InvalidInput as error:
            faults = error.fields
            raise LookAgain(lambda: (_page(desk_of(), key, form, faults), 422)) from None
        except PointsChangedMeanwhile:
            raise LookAgain(lambda: (_page(desk_of(), key, meanwhile=True), 409)) from None
        _record("score.points", score, before)
        flash(_("Saved. Segments that ask for these points are being worked out anew."), "success")
        return redirect(url_for(".page"))

    @blueprint.post("/scores/<key>/playbook")
    @requires(Permission.EDIT_SEGMENTS)
    def take_back_points(key: str) -> ResponseReturnValue:
        hold_still(parts)
        score, written = _get(desk_of(), key)
        before = _points(score)
        score_points.take_back(g.session, score, playbook=written, now=g.now)
        _record("score.take_back", score, before)
        flash(_("The playbook's points count again."), "success")
        return redirect(url_for(".points", key=key))


def _get(desk: Desk, key: str) -> tuple[Score, WrittenScore]:
    content = desk.published.content if desk.published is not None else None
    written = next((one for one in content.scores if one.id == key), None) if content is not None else None
    if written is None:
        raise NotFound(_("There is no such score."))
    return scores.get(desk.session, desk.channel_id, key), written


def _page(
    desk: Desk,
    key: str,
    form: ScoreForm | None = None,
    faults: Mapping[str, str] | None = None,
    *,
    meanwhile: bool = False,
) -> str:
    score, written = _get(desk, key)
    word = staff_words.find(desk.session, desk.channel_id, About.POINTS, key)
    own = conditions_of(written)
    counts = score_points.weighed(own, word)
    waiting = score_points.without_place(own, word)
    sentences = _in_words(desk, [*own, *waiting])
    if form is None:
        form = ScoreForm([str(one["points"]) for one in counts], score.changed_at.isoformat())
    lines = [
        Line(words, typed, None if now == says else points_words(says["points"]))
        for words, typed, now, says in zip(sentences[: len(own)], form.typed, counts, own, strict=True)
    ]
    reader = Reader(desk.language, desk.default_language, {})
    return render_template(
        "value/score.html",
        score=score,
        label=reader.pick(score.labels, score.key),
        lines=lines,
        waiting=[
            (points_words(one["points"]), words)
            for one, words in zip(waiting, sentences[len(own) :], strict=True)
        ],
        word=word,
        version=form.version,
        faults=faults,
        meanwhile=meanwhile,
    )


def _in_words(desk: Desk, conditions: Conditions) -> Sequence[str]:
    others = others_of(desk.session, desk.channel_id)
    rules = [_read(desk, one["when"], others) for one in conditions]
    reader = Reader(desk.language, desk.default_language, titles_of(desk))
    labels = labels_of(desk, AnyOf(tuple(one for one in rules if one is not None)), reader)
    unreadable = _("a condition that this version of the program cannot read")
    return [unreadable if one is None else sentence_of(tree(one, labels)) for one in rules]


def _read(desk: Desk, when: Mapping[str, Any], others: Others) -> Rule | None:
    try:
        return desk.segments.read(when, others)
    except FaultyRule:
        return None


def _points(score: Score) -> Sequence[int]:
    return [one["points"] for one in score.conditions]


def _record(action: str, score: Score, before: Sequence[int]) -> None:
    after = _points(score)
    detail = {"from": before, "to": after} if before != after else None
    record(g.session, g.actor, action, "score", score.key, g.now, detail)


def _seen(version: str) -> datetime | None:
    try:
        return datetime.fromisoformat(version)
    except ValueError:
        return None
