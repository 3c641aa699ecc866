"""Campaigns in a playbook: what is wrong with them, and the rows they become."""

from datetime import date

from campaigns.times import read_when
from content.hours import DAY_MINUTES, day_spans, hours_fault
from content.liquid import render_or_explain, template_fault
from content.model import BusinessHours, PlannedCampaign
from playbook.draft import Draft, Names
from playbook.faults import Faults, suggestion
from playbook.locate import Path
from playbook.parse import Part
from playbook.schema import CampaignsFile
from playbook.walk import texts
from segmentation.consent import tag_for

NAME_LIMIT_CHARS = 120
_A_MONDAY = date(2027, 3, 1)


def check_campaigns(draft: Draft, names: Names, faults: Faults) -> None:
    """Name what would keep a campaign from being sent as it is meant."""
    part = draft.campaigns
    if part is None:
        return
    _rules(part, faults)
    for place, campaign in enumerate(part.value.campaigns):
        _campaign(part, ("campaigns", place), campaign, names, faults)
    for path, _owner, _name, words in texts(part.value):
        for language, text in words.items():
            reason = None if template_fault(text) else render_or_explain(text, {}).fault
            if reason is not None:
                where = (*path, language) if language else path
                part.blame(faults, where, f"the placeholders cannot be filled in: {reason}")


def _rules(part: Part[CampaignsFile], faults: Faults) -> None:
    rules = part.value
    if rules.quiet_hours is not None:
        reason = hours_fault(rules.quiet_hours)
        if reason is None:
            (span,) = day_spans(BusinessHours(mon=(rules.quiet_hours,)), _A_MONDAY)
            if span.end - span.start >= DAY_MINUTES:
                reason = f"quiet_hours {rules.quiet_hours!r} leave no time to send anything"
        if reason is not None:
            part.blame(faults, ("quiet_hours",), reason)
    if rules.cap is not None and rules.cap.within.total_seconds() <= 0:
        part.blame(faults, ("cap", "within"), "within must be longer than nothing")


def _campaign(
    part: Part[CampaignsFile], path: Path, campaign: PlannedCampaign, names: Names, faults: Faults
) -> None:
    if not campaign.name.strip():
        part.blame(faults, (*path, "name"), "name is empty; write what staff call it")
    if len(campaign.name) > NAME_LIMIT_CHARS:
        what = f"name has {len(campaign.name)} characters; it may have {NAME_LIMIT_CHARS}"
        part.blame(faults, (*path, "name"), what)
    if names.segments is not None and campaign.segment not in names.segments:
        near = suggestion(campaign.segment, names.segments)
        part.blame(faults, (*path, "segment"), f"unknown segment {campaign.segment!r}{near}")
    tag = None if campaign.consent is None else tag_for(campaign.consent)
    if tag is not None and names.tags is not None and tag not in names.tags:
        what = (
            f"nobody can agree to {campaign.consent!r}: there is no tag {tag!r}{suggestion(tag, names.tags)}"
        )
        part.blame(faults, (*path, "consent"), what)
    if not campaign.message:
        part.blame(faults, (*path, "message"), "message is empty; say something")
    for number, step in enumerate(campaign.message):
        if step.say is None and step.show is None:
            what = "a campaign's message says and shows; put anything else behind a button"
            part.blame(faults, (*path, "message", number), what)
    try:
        read_when(campaign.send)
    except ValueError as error:
        part.blame(faults, (*path, "send"), str(error))
    if campaign.late_by.total_seconds() < 0:
        part.blame(faults, (*path, "late_by"), "late_by cannot be negative")
