"""The rule builder: what it offers, and what the rule that is being written means."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Blueprint, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from console import segment_try
from console.access import requires, without_transaction
from console.builder_words import builder_words
from console.customer import Reader
from console.leaf_parts import as_data, unknown_leaf
from console.leaf_table import FORMS, GROUPS
from console.open_ticket import Desk, titles_of
from console.parts import Parts
from console.segment_choices import choices
from console.segment_templates import TEMPLATES, Template, kinds_in
from console.segment_try import Draft, Meaning
from console.words import _, ngettext
from segmentation.rules import SIZE_LIMIT, is_finished
from segmentation.segments import Segments
from staff.permissions import Permission

GROUP_KEYS = frozenset({"all", "any", "not"})


def add_to(blueprint: Blueprint, parts: Parts, desk_of: Callable[[Session], Desk]) -> None:
    """Add what the builder's script asks for."""

    @blueprint.get("/parts")
    @requires(Permission.EDIT_SEGMENTS)
    def parts_() -> ResponseReturnValue:
        here = desk_of(g.session)
        return jsonify(
            words=builder_words(),
            groups=[{"key": key, "label": str(words)} for key, words in GROUPS],
            leaves=[_leaf(kind) for kind in here.segments.keys if kind not in GROUP_KEYS],
            choices=choices(here, _reader(here)),
            limit=SIZE_LIMIT,
        )

    @blueprint.post("/try")
    @without_transaction(Permission.EDIT_SEGMENTS)
    def try_() -> ResponseReturnValue:
        # Typed letters ask for this: it reads, and leaves the write lock to others.
        with parts.database.read() as session:
            here = desk_of(session)
            reader = _reader(here)
            others = segment_try.others(here)
            draft = segment_try.examined(_sent(here.segments), here, others, request.form.get("segment", ""))
            means = segment_try.meaning(draft, here, others, purpose=request.form.get("consent", ""))
            return jsonify(
                rule=draft.raw if draft.rule is not None else None,
                text=segment_try.text_of(draft),
                sentence=segment_try.in_words(draft, here, reader),
                faults=draft.told(),
                panel=render_template("segments/meaning.html", means=means, draft=draft),
                brief=_brief(means, draft),
            )


def templates_for(segments: Segments) -> Sequence[Template]:
    """Return the rules to begin with that this rule language can say."""
    known = frozenset(segments.keys)
    return [one for one in TEMPLATES if kinds_in(one.rule) <= known]


def _leaf(kind: str) -> Mapping[str, Any]:
    form = FORMS.get(kind)
    return as_data(form) if form is not None else unknown_leaf(kind)


def _sent(segments: Segments) -> Draft:
    if (text := request.form.get("text")) is not None:
        return segment_try.read_text(text, segments)
    return segment_try.read_rule(request.form.get("rule", ""), segments)


def _reader(desk: Desk) -> Reader:
    return Reader(desk.language, desk.default_language, titles_of(desk))


def _brief(means: Meaning, draft: Draft) -> str:
    """Return the line at the bottom of a phone's screen."""
    if means.reach is not None:
        return ngettext("%(num)s person", "%(num)s people", means.reach.all)
    if draft.rule is not None and not draft.faults and not is_finished(draft.rule):
        return _("Not finished yet")
    return _("Something is wrong")
