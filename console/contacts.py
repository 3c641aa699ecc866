"""People: the list with its search, and one person with their tags and their story."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from console import contact_list, contact_page, tagging
from console.access import may, requires
from console.campaign_words import SKIPS
from console.contact_list import Asked, Filters
from console.customer import Reader
from console.error_pages import is_htmx
from console.languages import current_language
from console.open_ticket import Desk
from console.parts import Parts
from console.story_rows import Place
from console.words import _, ngettext
from contacts.models import Contact, Following
from core.errors import NotFound
from questionnaires.versions import Versions
from staff import audit
from staff.permissions import Permission
from tickets import reading


def pages(parts: Parts) -> Blueprint:
    """Return the pages of people."""
    blueprint = Blueprint("contacts", __name__, url_prefix="/console/contacts")
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

    def asked(filters: Filters) -> Asked:
        if filters.segment and not may(Permission.SEE_SEGMENTS):
            filters = Filters(filters.query, filters.tag, "", filters.following)
        return Asked(filters, g.channel_id, parts.segments, g.now, g.zone, reading.closed_to(g.user))

    @blueprint.get("/")
    @requires(Permission.SEE_CONTACTS)
    def page() -> ResponseReturnValue:
        question, reader = asked(Filters.read(request.args)), reader_of(desk())
        people = contact_list.read_list(g.session, question, reader)
        if is_htmx() and request.headers.get("HX-Target", "").endswith("people"):
            return render_template("contacts/people.html", people=people, filters=question.filters)
        return render_template(
            "contacts/page.html",
            people=people,
            filters=question.filters,
            kinds_of_following=kinds_of_following(),
            choices=contact_list.choices(g.session, g.channel_id, reader),
        )

    @blueprint.get("/more")
    @requires(Permission.SEE_CONTACTS)
    def more() -> ResponseReturnValue:
        question = asked(Filters.read(request.args))
        people = contact_list.read_list(
            g.session, question, reader_of(desk()), before=request.args.get("before", "")
        )
        return render_template("contacts/rows.html", people=people, filters=question.filters)

    @blueprint.get("/count")
    @requires(Permission.SEE_CONTACTS)
    def count() -> ResponseReturnValue:
        number = contact_list.count(g.session, asked(Filters.read(request.args)))
        return render_template("contacts/count.html", count=number)

    @blueprint.get("/<public_id>")
    @requires(Permission.SEE_CONTACTS)
    def contact(public_id: str) -> ResponseReturnValue:
        found = contact_page.get(g.session, g.channel_id, public_id)
        profile = contact_page.read_profile(desk(), found)
        return render_template("contacts/contact.html", profile=profile, skips=SKIPS)

    @blueprint.get("/<public_id>/earlier")
    @requires(Permission.SEE_CONTACTS)
    def earlier(public_id: str) -> ResponseReturnValue:
        found = contact_page.get(g.session, g.channel_id, public_id)
        reading.require(g.session, g.user, found.id)
        before = Place.read(request.args.get("before", ""))
        if before is None:
            raise NotFound(_("there is no such place in the conversation"))
        lines = contact_page.read_lines(desk(), found, before=before)
        return render_template("contacts/earlier.html", contact=found, lines=lines)

    @blueprint.post("/<public_id>/tag")
    @requires(Permission.EDIT_TAGS)
    def tag(public_id: str) -> ResponseReturnValue:
        found, wanted = _locked(public_id), request.form.get("tag", "")
        replaced = tagging.put_on(desk(), found, wanted)
        _audit("contact.tag", found, tag=wanted, instead_of=replaced)
        said = _("It took the place of the tag before it.") if replaced else ""
        return _tags_again(desk(), found, said)

    @blueprint.post("/<public_id>/untag")
    @requires(Permission.EDIT_TAGS)
    def untag(public_id: str) -> ResponseReturnValue:
        found, unwanted = _locked(public_id), request.form.get("tag", "")
        tagging.take_off(desk(), found, unwanted)
        _audit("contact.untag", found, tag=unwanted)
        return _tags_again(desk(), found)

    return blueprint


def reader_of(desk: Desk) -> Reader:
    """Return who looks, as far as labels of tags and segments go."""
    return Reader(desk.language, desk.default_language, {})


def kinds_of_following() -> dict[str, str]:
    """Return how people stand to the account, in words."""
    return {
        Following.FOLLOWING.value: _("Following"),
        Following.BLOCKED.value: _("Blocked us"),
        Following.UNKNOWN.value: _("Never added us"),
    }


def people_count(count: int) -> str:
    """Return such as 1,204 people."""
    return ngettext("%(number)s person", "%(number)s people", count, number=f"{count:,}")


def _locked(public_id: str) -> Contact:
    return contact_page.get(g.session, g.channel_id, public_id, locked=True)


def _audit(action: str, contact: Contact, **detail: str) -> None:
    told = {key: value for key, value in detail.items() if value}
    audit.record(g.session, g.actor, action, "contact", contact.public_id, g.now, told)


def _tags_again(desk: Desk, contact: Contact, said: str = "") -> ResponseReturnValue:
    if not is_htmx():
        flash(said or _("Saved."), "success")
        return redirect(url_for("contacts.contact", public_id=contact.public_id))
    g.session.flush()  # what follows asks the database which tags there are now
    return render_template("contacts/known.html", profile=contact_page.read_profile(desk, contact), said=said)
