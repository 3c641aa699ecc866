"""The stage: a simulated phone beside what Tagline learns from it, for showing what the product is for."""

from datetime import timedelta

from flask import Blueprint, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from campaigns import service as campaigns
from console.access import requires, without_transaction
from console.campaign_actions import in_words
from console.customer import Reader
from console.languages import current_language
from console.open_ticket import Desk, titles_of
from console.parts import Parts
from console.stage_port import Phones
from console.stage_view import look
from console.words import _
from core.errors import Conflict, InvalidInput, NotFound
from questionnaires.versions import Versions
from staff.permissions import Permission

SOON = timedelta(minutes=1)


def pages(parts: Parts) -> Blueprint:
    """Return the stage; it is there only while LINE is simulated."""
    blueprint = Blueprint("stage", __name__, url_prefix="/console/stage")
    versions = Versions()

    def phones() -> Phones:
        if parts.phones is None:
            raise NotFound(_("The stage needs a simulated LINE."))
        return parts.phones

    @blueprint.get("/")
    @without_transaction(Permission.SEE_CONTACTS)
    def page() -> ResponseReturnValue:
        shown = phones()
        people = shown.people()
        wanted = request.args.get("person") or (people[0].user_id if people else "")
        return render_template(
            "stage/page.html",
            people=people,
            scenes=shown.scenes(),
            person=wanted,
            phone_url=parts.simulator_url,
        )

    @blueprint.get("/known")
    @requires(Permission.SEE_CONTACTS)
    def known() -> ResponseReturnValue:
        phones()
        here = Desk(
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
        reader = Reader(here.language, here.default_language, titles_of(here))
        seen = look(here, reader, user_id=request.args.get("person", ""))
        return render_template("stage/known.html", known=seen)

    @blueprint.post("/play")
    @without_transaction(Permission.SEE_CONTACTS)
    def play() -> ResponseReturnValue:
        somebody = phones().enter(request.form.get("scene", ""))
        return jsonify(person=somebody.user_id, name=somebody.name)

    @blueprint.post("/act")
    @without_transaction(Permission.SEE_CONTACTS)
    def act() -> ResponseReturnValue:
        number = request.form.get("number", "")
        if not number.isdecimal() or len(number) > 4:
            raise InvalidInput({"number": "must be the number of an act"})
        try:
            phones().play(request.form.get("person", ""), request.form.get("scene", ""), int(number))
        except Conflict:
            # No fault: what is to be tapped comes with an answer that is still under way. The page asks again.
            return jsonify(done=False)
        return jsonify(done=True)

    @blueprint.post("/send/<public_id>")
    @requires(Permission.SEND_CAMPAIGN)
    def send(public_id: str) -> ResponseReturnValue:
        phones()
        campaign = campaigns.get(g.session, g.channel_id, public_id)
        with in_words(campaign):
            campaigns.send_after(g.session, campaign, SOON, by=g.actor, now=g.now)
        return "", 204

    return blueprint
