"""Writing a campaign: the form, a step at a time, with the message as it will look beside it."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from campaigns import messages, service
from campaigns.models import Campaign
from campaigns.service import Draft
from console import campaign_form, campaign_look, campaign_page
from console.access import LookAgain, requires, without_transaction
from console.campaign_form import Form
from console.customer import Reader
from console.open_ticket import Desk, fields_called
from console.parts import Parts
from console.refusals import in_words
from console.segment_choices import fields_of
from console.words import _
from content.revisions import Published
from core.errors import Conflict, InvalidInput, NotFound
from segmentation import audience
from staff.permissions import Permission

PLACEHOLDERS = (
    ("name", "{{ name }}"),
    ("name_or", '{{ name | default: "" }}'),
    ("account", "{{ account }}"),
    ("hours", "{{ hours_today }}"),
    ("opens", "{{ opens_at }}"),
)


def add_to(blueprint: Blueprint, parts: Parts, desk: Callable[[], Desk]) -> None:
    """Add the form of a new campaign, and of one that there is."""

    @blueprint.get("/new")
    @requires(Permission.EDIT_CAMPAIGN)
    def new() -> ResponseReturnValue:
        source = _source(request.args.get("like", ""))
        if source is None:
            return _form_page(desk(), Form(segment=request.args.get("segment", "")[:60]), None)
        form = campaign_form.show(_draft(source), _published().content, version=0)
        return _form_page(desk(), form, None, source=source)

    def new_again(form: Form, faults: Mapping[str, str] | None = None) -> str:
        return _form_page(desk(), form, None, faults, source=_source(request.form.get("campaign", "")))

    @blueprint.post("/new")
    @requires(Permission.EDIT_CAMPAIGN)
    def create() -> ResponseReturnValue:
        published = _published()
        form = campaign_form.read(request.form, published.content)
        if do := request.form.get("do"):
            raise LookAgain(lambda: new_again(form.changed(do)))
        source = _source(request.form.get("campaign", ""))
        stored = messages.message_of(source) if source is not None else None
        try:
            made = service.create(
                g.session,
                g.channel_id,
                campaign_form.draft_of(form, stored, published.content),
                published=published,
                base_url=parts.base_url,
                by=g.actor,
                now=g.now,
            )
        except InvalidInput as error:
            faults = error.fields
            raise LookAgain(lambda: (new_again(form, faults), 422)) from None
        flash(_("Saved as a draft."), "success")
        return redirect(url_for(".campaign", public_id=made.public_id))

    @blueprint.get("/<public_id>/edit")
    @requires(Permission.EDIT_CAMPAIGN)
    def edit(public_id: str) -> ResponseReturnValue:
        campaign = campaign_page.find(g.session, g.channel_id, public_id)
        if not campaign_page.doings(campaign).edit:
            raise Conflict(_("It is being sent, or was, and stays as it is."))
        form = campaign_form.show(_draft(campaign), _published().content, version=campaign.version)
        return _form_page(desk(), form, campaign)

    def edit_again(
        public_id: str, form: Form, faults: Mapping[str, str] | None = None, *, meanwhile: bool = False
    ) -> str:
        campaign = campaign_page.find(g.session, g.channel_id, public_id)
        return _form_page(desk(), form, campaign, faults, meanwhile=meanwhile)

    @blueprint.post("/<public_id>/edit")
    @requires(Permission.EDIT_CAMPAIGN)
    def save(public_id: str) -> ResponseReturnValue:
        published = _published()
        form = campaign_form.read(request.form, published.content)
        if do := request.form.get("do"):
            raise LookAgain(lambda: edit_again(public_id, form.changed(do)))
        campaign = service.get(g.session, g.channel_id, public_id)
        try:
            service.edit(
                g.session,
                campaign,
                campaign_form.draft_of(form, messages.message_of(campaign), published.content),
                version=form.version,
                published=published,
                base_url=parts.base_url,
                by=g.actor,
                now=g.now,
            )
        except InvalidInput as error:
            faults = error.fields
            raise LookAgain(lambda: (edit_again(public_id, form, faults), 422)) from None
        except service.EditedMeanwhile:
            # Their words stay in the form: nobody types a campaign twice.
            raise LookAgain(lambda: (edit_again(public_id, form, meanwhile=True), 409)) from None
        except service.NotEditable:
            raise Conflict(_("It is being sent, or was, and stays as it is.")) from None
        flash(_("Saved."), "success")
        return redirect(url_for(".campaign", public_id=public_id))

    @blueprint.post("/try")
    @without_transaction(Permission.EDIT_CAMPAIGN)
    def try_() -> ResponseReturnValue:
        # Typed letters ask for this: it reads, and leaves the write lock to others.
        published = _published()
        form = campaign_form.read(request.form, published.content)
        with parts.database.read() as session:
            known = _known(session, g.channel_id, request.form.get("campaign", ""))
            wanted = campaign_look.reader_of(
                session,
                g.channel_id,
                published,
                person=request.form.get("as", "").replace("\x00", "")[:20],
                language=request.form.get("language", ""),
            )
            look = campaign_look.look(
                session,
                campaign_form.message_of(
                    form, messages.message_of(known) if known is not None else None, published.content
                ),
                wanted,
                published,
                base_url=request.host_url.rstrip("/"),
                now=g.now,
            )
        return render_template("campaigns/look.html", look=look)


def _published() -> Published:
    if g.published is None:
        raise Conflict(_("Nothing is published yet."))
    found: Published = g.published
    return found


def _draft(campaign: Campaign) -> Draft:
    return Draft(campaign.name, campaign.segment.key, messages.message_of(campaign), campaign.consent)


def _source(public_id: str) -> Campaign | None:
    """Return the campaign that a new one is written after; None: none, or it is gone."""
    return _known(g.session, g.channel_id, public_id)


def _known(session: Session, channel_id: int, public_id: str) -> Campaign | None:
    if not public_id:
        return None
    try:
        return campaign_page.find(session, channel_id, public_id.replace("\x00", "")[:20])
    except NotFound:
        return None


def _form_page(
    desk: Desk,
    form: Form,
    campaign: Campaign | None,
    faults: Mapping[str, str] | None = None,
    *,
    source: Campaign | None = None,
    meanwhile: bool = False,
) -> str:
    published = _published()
    content = published.content
    reader = Reader(desk.language, desk.default_language, {})
    source = source or campaign
    stored = messages.message_of(source) if source is not None else None
    current = audience.current(desk.session, desk.channel_id)
    if campaign is not None and campaign.segment not in current:
        current = [*current, campaign.segment]
    chosen = next((one for one in current if one.key == form.segment), None)
    shown: dict[str, Any] = {
        "form": form,
        "campaign": campaign,
        "source_id": source.public_id if source is not None else "",
        "faults": {name: in_words(why) for name, why in (faults or {}).items()},
        "meanwhile": meanwhile,
        "segments": [(one.key, reader.pick(one.labels, one.key)) for one in current],
        "purposes": campaign_page.purposes(desk),
        "cards": [(card.id, reader.pick(card.title, card.id)) for card in content.cards],
        "languages_of_account": content.languages,
        "main_language": content.default_language,
        "kept": campaign_form.kept_of(form, stored),
        "placeholders": [*_placeholders(), *_field_placeholders(desk, reader)],
        "people": campaign_page.people_of(desk, chosen) if chosen is not None else [],
        "can_add": len(form.steps) < campaign_form.MOST_STEPS,
    }
    return render_template("campaigns/form.html", **shown)


def _placeholders() -> list[tuple[str, str]]:
    words = {
        "name": _("Their name"),
        "name_or": _("Their name, or other words"),
        "account": _("Our name"),
        "hours": _("Today's hours"),
        "opens": _("When we open next"),
    }
    return [(words[key], code) for key, code in PLACEHOLDERS]


def _field_placeholders(desk: Desk, reader: Reader) -> list[tuple[str, str]]:
    """Return what people told us, to be put into a text; nothing where somebody has not."""
    called = fields_called(desk, reader)
    fields = [(called.get(name) or hint or name, name) for name, hint in fields_of(desk, reader)]
    words = Counter(label for label, _name in fields)
    return [
        (label if words[label] == 1 else f"{label} ({name})", f'{{{{ fields["{name}"] | default: "" }}}}')
        for label, name in fields
        if name.isidentifier()
    ]
