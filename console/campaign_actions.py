"""Sending a campaign: to one's own phone, now, at a time or every week; stopping it; deciding what was late."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import time

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaigns import service, trial
from campaigns.models import Campaign, CampaignState
from campaigns.times import Weekly, read_local
from console import campaign_list, campaign_page
from console.access import LookAgain, requires
from console.campaign_words import STATES
from console.open_ticket import Desk
from console.parts import Parts
from console.words import _, ngettext
from core.errors import Conflict, InvalidInput
from staff.permissions import Permission


def add_to(blueprint: Blueprint, parts: Parts, desk: Callable[[], Desk]) -> None:
    """Add what is done with a campaign."""

    @blueprint.get("/<public_id>/send")
    @requires(Permission.SEND_CAMPAIGN)
    def ask(public_id: str) -> ResponseReturnValue:
        campaign = _find(public_id)
        if not campaign_page.doings(campaign).send:
            return _back(campaign)
        return _ask(desk(), parts, campaign)

    @blueprint.post("/<public_id>/send")
    @requires(Permission.SEND_CAMPAIGN)
    def send(public_id: str) -> ResponseReturnValue:
        campaign = service.get(g.session, g.channel_id, public_id)
        if campaign.state is not CampaignState.DRAFT:
            flash(_("It was sent on its way already, once."), "info")
            return _back(campaign)
        _same_version(campaign)
        how = request.form.get("how", "")
        if how not in _SEND:
            raise InvalidInput({"how": _("Choose when it is sent.")})
        try:
            with in_words(campaign):
                said = _SEND[how](campaign)
        except InvalidInput as error:
            faults = {"send_at": _moment_fault(error.fields.get("send_at", ""))}
            raise LookAgain(lambda: (_ask(desk(), parts, _find(public_id), faults, how), 422)) from None
        flash(said, "success")
        return _back(campaign)

    @blueprint.post("/<public_id>/test")
    @requires(Permission.TEST_SEND)
    def test(public_id: str) -> ResponseReturnValue:
        campaign = _find(public_id)
        if g.published is None:
            raise Conflict(_("Nothing is published yet."))
        try:
            trial.test_send(
                g.session, campaign, g.user,
                published=g.published, base_url=parts.base_url, by=g.actor, now=g.now,
            )  # fmt: skip
        except trial.NoPhone:
            flash(_("Pair your own phone first: your account page shows a code for it."), "warning")
            return redirect(url_for("account.page"))
        flash(_("A test is on its way to your phone."), "success")
        return _back(campaign)

    @blueprint.post("/<public_id>/unschedule")
    @requires(Permission.SEND_CAMPAIGN)
    def unschedule(public_id: str) -> ResponseReturnValue:
        campaign = service.get(g.session, g.channel_id, public_id)
        with in_words(campaign):
            service.unschedule(g.session, campaign, by=g.actor, now=g.now)
        return _done(campaign, _("It is a draft again."))

    @blueprint.post("/<public_id>/pause")
    @requires(Permission.SEND_CAMPAIGN)
    def pause(public_id: str) -> ResponseReturnValue:
        campaign = service.get(g.session, g.channel_id, public_id)
        if campaign.state is not CampaignState.PAUSED:
            with in_words(campaign):
                service.pause(g.session, campaign, by=g.actor, now=g.now)
        return _done(campaign, _("Paused. What was with LINE already still arrives."))

    @blueprint.post("/<public_id>/resume")
    @requires(Permission.SEND_CAMPAIGN)
    def resume(public_id: str) -> ResponseReturnValue:
        campaign = service.get(g.session, g.channel_id, public_id)
        with in_words(campaign):
            service.resume(g.session, campaign, zone=g.zone, by=g.actor, now=g.now)
        return _done(campaign, _("It goes on."))

    @blueprint.post("/<public_id>/cancel")
    @requires(Permission.SEND_CAMPAIGN)
    def cancel(public_id: str) -> ResponseReturnValue:
        campaign = service.get(g.session, g.channel_id, public_id)
        if campaign.state is not CampaignState.CANCELLED:
            with in_words(campaign):
                service.cancel(g.session, campaign, by=g.actor, now=g.now)
        return _done(campaign, _("Cancelled. Nobody else gets it."))

    @blueprint.post("/<public_id>/late")
    @requires(Permission.SEND_CAMPAIGN)
    def late(public_id: str) -> ResponseReturnValue:
        campaign = service.get(g.session, g.channel_id, public_id)
        with in_words(campaign):
            service.send_late(g.session, campaign, by=g.actor, now=g.now)
        return _done(campaign, _("It is sent after all."))


@contextmanager
def in_words(campaign: Campaign) -> Iterator[None]:
    """Say in the reader's language that the campaign, or its segment, is no longer where the button stood."""
    try:
        yield
    except service.SegmentRetired as error:
        raise Conflict(
            _("Its segment is retired. Edit the campaign and choose another one first.")
        ) from error
    except Conflict as error:
        state = STATES[campaign.state]
        raise Conflict(
            _("That cannot be done any more. The campaign is now: %(state)s.", state=state)
        ) from error


def _send_now(campaign: Campaign) -> str:
    service.send_now(g.session, campaign, by=g.actor, now=g.now)
    return _("It is on its way.")


def _send_at(campaign: Campaign) -> str:
    try:
        moment = read_local(request.form.get("send_at", ""))
    except ValueError as error:
        raise InvalidInput({"send_at": str(error)}) from None
    service.schedule_at(g.session, campaign, moment, zone=g.zone, by=g.actor, now=g.now)
    return _("Scheduled.")


def _send_weekly(campaign: Campaign) -> str:
    day, at = request.form.get("weekday", ""), request.form.get("time", "")
    try:
        weekly = Weekly(int(day), time.fromisoformat(at).replace(second=0, microsecond=0, tzinfo=None))
    except ValueError:
        raise InvalidInput({"send_at": _("Choose a day and a time.")}) from None
    if not 0 <= weekly.weekday <= 6:
        raise InvalidInput({"send_at": _("Choose a day and a time.")})
    service.schedule_weekly(g.session, campaign, weekly, zone=g.zone, by=g.actor, now=g.now)
    return _("Scheduled %(when)s.", when=campaign_list.weekly_words(weekly))


_SEND: dict[str, Callable[[Campaign], str]] = {"now": _send_now, "at": _send_at, "weekly": _send_weekly}


def _ask(
    desk: Desk, parts: Parts, campaign: Campaign, faults: dict[str, str] | None = None, how: str = "now"
) -> str:
    numbers = campaign_page.expected(desk, parts.exclusions, campaign, base_url=parts.base_url)
    if numbers is None:
        raise Conflict(_("Nothing is published yet."))
    found, left_out = numbers
    people = ngettext(
        "%(number)s person", "%(number)s people", found.recipients, number=f"{found.recipients:,}"
    )
    return render_template(
        "campaigns/send.html",
        campaign=campaign,
        expected=(found, left_out),
        people_words=people,
        weekdays=campaign_list.weekday_names(),
        faults=faults or {},
        how=how,
        form=request.form,
        local_now=desk.now.astimezone(desk.zone),
    )


def _find(public_id: str) -> Campaign:
    return campaign_page.find(g.session, g.channel_id, public_id)


def _same_version(campaign: Campaign) -> None:
    """Refuse to send what whoever confirmed it has not seen."""
    if request.form.get("version") != str(campaign.version):
        raise Conflict(_("Somebody changed this campaign meanwhile. Look at it again before you send it."))


def _moment_fault(fault: str) -> str:
    if fault == "must be in the future":
        return _("That moment is over. Choose one that is still to come.")
    if "is no time" in fault or "not of these times" in fault:
        return _("Choose a day and a time.")
    return fault


def _done(campaign: Campaign, said: str) -> ResponseReturnValue:
    flash(said, "success")
    return _back(campaign)


def _back(campaign: Campaign) -> ResponseReturnValue:
    return redirect(url_for("campaigns.campaign", public_id=campaign.public_id))
