"""What customers are worth: groups by their orders, how many are in each, and what makes somebody belong."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import ceil

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from analytics.customer_value import CustomerValue, Share, customer_value
from console import score_editing
from console.access import LookAgain, requires
from console.customer import Reader
from console.group_form import CENTS, GroupForm, asks, read_form, shown
from console.languages import current_language
from console.open_ticket import Desk
from console.parts import Parts
from console.score_overview import overviews
from console.value_words import number
from console.words import _
from core.errors import InvalidInput, NotFound
from facts import rfm
from facts.rfm import FIFTHS, Group
from questionnaires.versions import Versions
from segmentation import scores as segment_scores
from staff.audit import record
from staff.permissions import Permission


@dataclass(frozen=True, slots=True)
class Line:
    """One group of the list."""

    key: str | None
    """None: no group fits them."""
    label: str
    asks: Sequence[str]
    share: Share
    spent: str


@dataclass(frozen=True, slots=True)
class Square:
    """One of the five by five."""

    share: Share
    warmth: int
    """From 0, nobody, to 5, where most are."""


def pages(parts: Parts) -> Blueprint:
    """Return the pages of customer value."""
    blueprint = Blueprint("customer_value", __name__, url_prefix="/console/value")
    scoring = parts.scoring
    versions = Versions()

    @blueprint.get("/")
    @requires(Permission.SEE_SEGMENTS)
    def page() -> ResponseReturnValue:
        has_scores = bool(segment_scores.current(g.session, g.channel_id))
        return render_template("value/page.html", can_score=scoring is not None, has_scores=has_scores)

    @blueprint.get("/figures")
    @requires(Permission.SEE_SEGMENTS)
    def figures() -> ResponseReturnValue:
        found = customer_value(g.session, g.channel_id)
        return render_template(
            "value/figures.html",
            found=found,
            spent=_amount(found.net_cents),
            lines=_lines(found),
            squares=_squares(found),
            is_scoring=scoring is not None and scoring.is_under_way(g.session),
        )

    def desk() -> Desk:
        return Desk(
            session=g.session,
            user=g.get("user"),
            channel_id=g.channel_id,
            published=g.published,
            versions=versions,
            segments=parts.segments,
            language=current_language().tag,
            zone=g.zone,
            now=g.now,
        )

    @blueprint.get("/scores")
    @requires(Permission.SEE_SEGMENTS)
    def scores() -> ResponseReturnValue:
        return render_template("value/scores.html", scores=overviews(desk()))

    @blueprint.post("/score")
    @requires(Permission.EDIT_SEGMENTS)
    def score() -> ResponseReturnValue:
        if scoring is None:
            raise NotFound(_("Nobody scores customers here."))
        if not scoring.is_under_way(g.session):
            scoring.begin(g.session, now=g.now)
            record(g.session, g.actor, "customers.score", "channel", str(g.channel_id), g.now)
        flash(_("Customers are being scored; the figures follow by themselves."), "success")
        return redirect(url_for(".page"))

    @blueprint.get("/groups/<key>")
    @requires(Permission.EDIT_SEGMENTS)
    def group(key: str) -> ResponseReturnValue:
        found = _get(key)
        return _form(found, shown(found.thresholds))

    @blueprint.post("/groups/<key>")
    @requires(Permission.EDIT_SEGMENTS)
    def change(key: str) -> ResponseReturnValue:
        before = _get(key)
        form = read_form(request.form)
        try:
            after = form.thresholds()
            rfm.change_group(g.session, g.channel_id, key, after, now=g.now)
        except InvalidInput as error:
            faults = error.fields
            raise LookAgain(lambda: (_form(before, form, faults), 422)) from None
        detail = {"from": asdict(before.thresholds), "to": asdict(after)}
        if before.thresholds != after:
            record(g.session, g.actor, "customers.change_group", "customer_group", key, g.now, detail)
        flash(_("Saved. Who is in the group follows at the next scoring."), "success")
        return redirect(url_for(".page"))

    score_editing.add_to(blueprint, parts, desk)
    return blueprint


def _get(key: str) -> Group:
    found = next((one for one in rfm.groups(g.session, g.channel_id) if one.key == key), None)
    if found is None:
        raise NotFound(_("There is no such group."))
    return found


def _form(group: Group, form: GroupForm, faults: Mapping[str, str] | None = None) -> str:
    return render_template(
        "value/group.html", group=group, label=_label(group), typed=form.typed, faults=faults
    )


def _lines(found: CustomerValue) -> Sequence[Line]:
    return [
        Line(None, _("In no group"), (), one.share, _amount(one.share.net_cents))
        if one.group is None
        else Line(
            one.group.key,
            _label(one.group),
            tuple(asks(one.group.thresholds)),
            one.share,
            _amount(one.share.net_cents),
        )
        for one in found.standings
    ]


def _squares(found: CustomerValue) -> Sequence[Sequence[Square]]:
    most = max((share.people for row in found.squares for share in row), default=0) or 1
    return [[Square(share, ceil(FIFTHS * share.people / most)) for share in row] for row in found.squares]


def _label(group: Group) -> str:
    default = g.published.content.default_language if g.published else "en"
    return Reader(current_language().tag, default, {}).pick(group.labels, group.key)


def _amount(cents: int) -> str:
    return number(round(cents / CENTS))
