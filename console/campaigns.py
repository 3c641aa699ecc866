"""Campaigns: the list, and one of them with its message, its numbers and its why."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, g, make_response, render_template, request
from flask.typing import ResponseReturnValue

from campaigns import messages
from campaigns.models import Campaign
from campaigns.times import weekly_of
from console import (
    campaign_actions,
    campaign_editing,
    campaign_list,
    campaign_look,
    campaign_page,
    contact_page,
    segment_page,
)
from console.access import requires
from console.campaign_words import COLOURS, STATES, paused_because
from console.contact_list import QUERY_CHARS
from console.customer import Reader
from console.languages import current_language, find_language
from console.open_ticket import Desk, titles_of
from console.parts import Parts
from console.words import _
from core.errors import Conflict
from questionnaires.versions import Versions
from segmentation.models import Targeting
from staff.permissions import Permission


def pages(parts: Parts) -> Blueprint:
    """Return the pages of campaigns."""
    blueprint = Blueprint("campaigns", __name__, url_prefix="/console/campaigns")
    versions = Versions()

    def desk() -> Desk:
        return Desk(
            session=g.session,
            user=g.user,
            channel_id=g.channel_id,
            published=g.published,
            versions=versions,
            segments=parts.segments,
            language=current_language().tag,
            zone=g.zone,
            now=g.now,
        )

    @blueprint.get("/")
    @requires(Permission.SEE_CAMPAIGNS)
    def page() -> ResponseReturnValue:
        lines = campaign_list.lines(g.session, g.channel_id, _reader(desk()))
        return render_template("campaigns/page.html", lines=lines, groups=campaign_list.GROUPS)

    @blueprint.get("/<public_id>")
    @requires(Permission.SEE_CAMPAIGNS)
    def campaign(public_id: str) -> ResponseReturnValue:
        here = desk()
        found = campaign_page.find(g.session, g.channel_id, public_id)
        return render_template(
            "campaigns/campaign.html",
            **_state(here, found),
            **_look(here, found),
            **_looked_up(here, parts, found),
            occurrences=campaign_page.occurrences(g.session, found, _reader(here)),
            made_by=campaign_page.made_by(found),
        )

    @blueprint.get("/<public_id>/now")
    @requires(Permission.SEE_CAMPAIGNS)
    def now(public_id: str) -> ResponseReturnValue:
        found = campaign_page.find(g.session, g.channel_id, public_id)
        return render_template("campaigns/state.html", **_state(desk(), found))

    @blueprint.get("/<public_id>/expected")
    @requires(Permission.SEE_CAMPAIGNS)
    def expected(public_id: str) -> ResponseReturnValue:
        found = campaign_page.find(g.session, g.channel_id, public_id)
        numbers = campaign_page.expected(desk(), parts.exclusions, found, base_url=parts.base_url)
        return render_template("campaigns/expected.html", expected=numbers)

    @blueprint.get("/<public_id>/look")
    @requires(Permission.SEE_CAMPAIGNS)
    def look(public_id: str) -> ResponseReturnValue:
        found = campaign_page.find(g.session, g.channel_id, public_id)
        return render_template("campaigns/look.html", **_look(desk(), found))

    @blueprint.get("/people")
    @requires(Permission.SEE_CAMPAIGNS)
    def people() -> ResponseReturnValue:
        query = _query()
        found = campaign_page.people_found(desk(), query) if query else []
        page = make_response(render_template("campaigns/people.html", people=found, query=query))
        page.headers["HX-Trigger"] = "looks"  # the message is drawn for the first of them
        return page

    @blueprint.get("/<public_id>/why")
    @requires(Permission.SEE_CAMPAIGNS)
    def why(public_id: str) -> ResponseReturnValue:
        found = campaign_page.find(g.session, g.channel_id, public_id)
        return render_template("campaigns/why.html", campaign=found, **_looked_up(desk(), parts, found))

    blueprint.add_app_template_filter(language_name)
    campaign_editing.add_to(blueprint, parts, desk)
    campaign_actions.add_to(blueprint, parts, desk)
    return blueprint


def language_name(tag: str) -> str:
    """Return a language as its own readers call it; of those that the console does not speak, the tag."""
    found = find_language(tag)
    return found.name if found is not None else tag


def _reader(desk: Desk) -> Reader:
    return Reader(desk.language, desk.default_language, titles_of(desk))


def _state(desk: Desk, campaign: Campaign) -> dict[str, Any]:
    """Return what is said about where a campaign stands, and may change by itself."""
    reader = _reader(desk)
    return {
        "campaign": campaign,
        "segment": {
            "public_id": campaign.segment.public_id,
            "label": reader.pick(campaign.segment.labels, campaign.segment.key),
            "is_retired": campaign.segment.retired_at is not None,
            "positioning": reader.pick(campaign.segment.positioning, ""),
            "is_no_target": campaign.segment.targeting in {Targeting.NO, Targeting.NOT_NOW},
            "reason": campaign.segment.targeting_reason,
        },
        "consent": dict(campaign_page.purposes(desk)).get(campaign.consent or "", campaign.consent or ""),
        "state_words": STATES[campaign.state],
        "state_colour": COLOURS[campaign.state],
        "because": paused_because(campaign),
        "repeats": campaign_list.weekly_words(weekly_of(campaign.repeat)) if campaign.repeat else "",
        "doings": campaign_page.doings(campaign),
        "is_moving": campaign_page.is_moving(campaign),
        "progress": campaign_page.progress(desk.session, campaign),
        "quiet_until": campaign_page.quiet_until(desk, campaign),
    }


def _look(desk: Desk, campaign: Campaign) -> dict[str, Any]:
    """Return the message as somebody would see it."""
    if desk.published is None:
        raise Conflict(_("Nothing is published yet."))
    wanted = campaign_look.reader_of(
        desk.session,
        desk.channel_id,
        desk.published,
        person=request.args.get("as", "").replace("\x00", "")[:20],
        language=request.args.get("language", ""),
    )
    return {
        "look": campaign_look.look(
            desk.session,
            messages.message_of(campaign),
            wanted,
            desk.published,
            base_url=request.host_url.rstrip("/"),
            now=desk.now,
        ),
        "as_person": wanted.contact.public_id if wanted.contact is not None else "",
        "people": campaign_page.people_of(desk, campaign.segment),
        "languages_of_account": desk.published.content.languages,
    }


def _query() -> str:
    return " ".join(request.args.get("q", "").replace("\x00", "").split())[:QUERY_CHARS]


def _looked_up(desk: Desk, parts: Parts, campaign: Campaign) -> Mapping[str, Any]:
    query = _query()
    named = request.args.get("contact", "").replace("\x00", "")[:20]
    explained = None
    if named:
        contact = contact_page.get(desk.session, desk.channel_id, named)
        explained = campaign_page.explained(desk, parts.exclusions, campaign, contact, _reader(desk))
    candidates = segment_page.candidates(desk, campaign.segment, query) if query else None
    return {"query": query, "explained": explained, "candidates": candidates}
