"""One campaign: what it is doing, what became of it, and why somebody got it or did not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from campaigns import times
from campaigns.exclusions import Exclusions
from campaigns.models import Campaign, CampaignState, Skip
from campaigns.preview import Preview, preview
from campaigns.report import Report, report
from campaigns.states import EDITABLE, OVER, STARTED
from campaigns.why import Verdict, Why, why
from console.campaign_list import Line, line_of
from console.campaign_words import SKIPS, left_because
from console.contact_list import Line as Person
from console.contact_list import line_of as person_of
from console.customer import Reader
from console.open_ticket import Desk
from console.refusals import in_words
from console.rule_words import Node
from console.segment_page import reason_tree
from console.words import _, _l
from contacts import search
from contacts.models import Contact
from core.errors import NotFound
from segmentation import audience
from segmentation.consent import PREFIX
from segmentation.models import Segment

MOST_OCCURRENCES = 12
MOST_PEOPLE = 12

VERDICTS: Mapping[Verdict, tuple[str, str]] = {
    Verdict.SENT: (_l("got it"), "green"),
    Verdict.ON_THE_WAY: (_l("is getting it"), "blue"),
    Verdict.WAITING: (_l("will get it"), "blue"),
    Verdict.SKIPPED: (_l("was left out"), "red"),
    Verdict.UNKNOWN: (_l("may have got it"), "yellow"),
    Verdict.NOT_IN_AUDIENCE: (_l("was not in the segment then"), "secondary"),
    Verdict.WOULD_GET: (_l("would get it"), "green"),
    Verdict.WOULD_BE_LEFT_OUT: (_l("would be left out"), "red"),
    Verdict.NOT_IN_SEGMENT: (_l("is not in the segment"), "secondary"),
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One number of a report, and its share of all."""

    words: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a campaign is."""

    report: Report
    done: int
    """People whose share is settled, one way or the other."""
    bars: Sequence[Bar]
    """Who was left out, by reason, the most first."""

    @property
    def share(self) -> float:
        return self.done / self.report.audience if self.report.audience else 0.0

    @property
    def written(self) -> int:
        """Return how many people have been written down while it is prepared."""
        return self.report.waiting + sum(self.report.skipped.values())


@dataclass(frozen=True, slots=True)
class Explained:
    """One person's share of a campaign, in words."""

    person: Person
    words: str
    colour: str
    skip: str
    detail: str
    """What more is known of that."""
    why: Why
    node: Node | None


@dataclass(frozen=True, slots=True)
class Doings:
    """What can be done with a campaign in its state, if the role allows it."""

    edit: bool
    send: bool
    unschedule: bool
    pause: bool
    resume: bool
    cancel: bool
    send_late: bool


def find(session: Session, channel_id: int, public_id: str) -> Campaign:
    """Return a campaign to look at, without a lock.

    :raises NotFound: there is none of this id.
    """
    found = session.scalars(
        sa.select(Campaign)
        .where(Campaign.channel_id == channel_id, Campaign.public_id == public_id)
        .options(joinedload(Campaign.segment))
    ).one_or_none()
    if found is None:
        raise NotFound("there is no such campaign")
    return found


def doings(campaign: Campaign) -> Doings:
    """Return what its state and its segment allow."""
    state, is_plan = campaign.state, campaign.repeat is not None
    is_paused_plan = state is CampaignState.PAUSED and is_plan
    may_begin = campaign.segment.retired_at is None or campaign.frozen_at is not None
    return Doings(
        edit=state in EDITABLE or is_paused_plan,
        send=state is CampaignState.DRAFT and may_begin,
        unschedule=state is CampaignState.SCHEDULED and campaign.plan_id is None,
        pause=state in STARTED or (state is CampaignState.SCHEDULED and is_plan),
        resume=state is CampaignState.PAUSED and may_begin,
        cancel=state not in OVER and state is not CampaignState.DRAFT,
        send_late=state is CampaignState.OVERDUE and may_begin,
    )


def is_moving(campaign: Campaign) -> bool:
    """Say whether the page should look again by itself: something is happening, or is about to."""
    return campaign.state in STARTED or (
        campaign.state is CampaignState.SCHEDULED and campaign.repeat is None
    )


def quiet_until(desk: Desk, campaign: Campaign) -> datetime | None:
    """Return when the quiet hours end that hold up a campaign whose time has come; None: nothing does."""
    if desk.published is None or campaign.state not in {CampaignState.SCHEDULED, *STARTED}:
        return None
    if campaign.send_at is not None and campaign.send_at > desk.now:
        return None
    return times.quiet_until(desk.published.content.campaign_rules.quiet_hours, desk.now, desk.zone)


def progress(session: Session, campaign: Campaign) -> Progress | None:
    """Return how far it is, or what became of it; None before it began."""
    if campaign.started_at is None and campaign.state is not CampaignState.FREEZING:
        return None
    found = report(session, campaign)
    done = found.audience - found.waiting - found.on_the_way
    return Progress(found, max(0, done), bars(found.skipped, found.audience))


def expected(
    desk: Desk, exclusions: Exclusions, campaign: Campaign, *, base_url: str
) -> tuple[Preview, Sequence[Bar]] | None:
    """Return what sending it now would mean, with those left out; None while nothing is published."""
    if desk.published is None:
        return None
    found = preview(
        desk.session, desk.segments, exclusions, campaign,
        published=desk.published, base_url=base_url, now=desk.now,
    )  # fmt: skip
    return found, bars(found.left_out, found.in_segment)


def bars(counts: Mapping[Skip, int], of: int) -> Sequence[Bar]:
    """Return numbers by reason, the largest first."""
    ordered = sorted(counts.items(), key=lambda item: -item[1])
    return [Bar(str(SKIPS[skip]), count, count / of if of else 0.0) for skip, count in ordered if count]


def explained(
    desk: Desk, exclusions: Exclusions, campaign: Campaign, contact: Contact, reader: Reader
) -> Explained | None:
    """Return why somebody got it, or did not, or would."""
    if desk.published is None:
        return None
    found = why(
        desk.session, desk.segments, exclusions, campaign, contact,
        published=desk.published, now=desk.now,
    )  # fmt: skip
    words, colour = VERDICTS[found.verdict]
    node = None
    if found.segment is not None:
        node = reason_tree(desk, campaign.segment, contact, found.segment, reader)
    return Explained(
        person=person_of(contact),
        words=str(words),
        colour=colour,
        skip=str(SKIPS[found.skip]) if found.skip is not None else "",
        detail=left_because(found.detail) if found.skip is Skip.LEFT else in_words(found.detail or ""),
        why=found,
        node=node,
    )


def occurrences(session: Session, campaign: Campaign, reader: Reader) -> Sequence[Line]:
    """Return the newest sendings of a weekly campaign."""
    rows = session.scalars(
        sa.select(Campaign)
        .where(Campaign.plan_id == campaign.id)
        .options(joinedload(Campaign.segment))
        .order_by(Campaign.id.desc())
        .limit(MOST_OCCURRENCES)
    )
    return [line_of(one, reader) for one in rows]


def people_of(desk: Desk, segment: Segment) -> Sequence[tuple[str, str]]:
    """Return some of a segment's people, for whom the message can be seen: id and name."""
    some = audience.sample(
        desk.session, desk.segments, segment, limit=MOST_PEOPLE, now=desk.now, zone=desk.zone
    )
    return [(one.public_id, one.display_name or _("Nameless")) for one in some]


def people_found(desk: Desk, query: str) -> Sequence[tuple[str, str]]:
    """Return people whom a search finds, in the segment or not, for whom the message can be seen: id and name."""
    found = desk.session.scalars(
        sa.select(Contact)
        .where(
            Contact.channel_id == desk.channel_id,
            Contact.erased_at.is_(None),
            search.found(desk.session, Contact.id, query, where=search.ABOUT_THEM),
        )
        .order_by(Contact.last_seen_at.desc(), Contact.id.desc())
        .limit(MOST_PEOPLE)
    )
    return [(one.public_id, one.display_name or _("Nameless")) for one in found]


def made_by(campaign: Campaign) -> str:
    """Return who wrote it."""
    return _("the playbook") if campaign.key else campaign.created_by


def purposes(desk: Desk) -> Sequence[tuple[str, str]]:
    """Return the purposes that people can agree to: the tags of consent that are declared."""
    if desk.published is None:
        return []
    found = []
    for group in desk.published.content.tag_groups:
        for tag in group.tags:
            if tag.name.startswith(PREFIX):
                purpose = tag.name.removeprefix(PREFIX)
                label = Reader(desk.language, desk.default_language, {}).pick(tag.label, purpose)
                found.append((purpose, label))
    return found
