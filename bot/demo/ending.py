"""The day LINE becomes real: whatever came of the simulated one goes, and the shop keeps its own hours again."""

from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.demo import shop
from campaigns import states
from campaigns.models import Campaign, CampaignState, Delivery, Push
from campaigns.states import EDITABLE
from contacts.models import Contact
from content.models import Revision
from core.db import Database
from line.channels import ensure_channel
from line.outbox import OPEN, Outgoing, SendStatus
from playbook.apply import apply
from playbook.schema import Playbook
from simulator.demo_persons import demo_user_ids
from simulator.ids import SIMULATED
from staff.audit import Actor
from tickets.assigning import drain

BY = f"{shop.BY.login}:ended"
"""Who publishes the playbook again, so that it is not taken for the demo's own any more."""


def is_own(session: Session) -> bool:
    """Say whether what is published is what the demo published, changed by nobody since."""
    newest = sa.select(Revision.published_by).order_by(Revision.id.desc()).limit(1)
    return bool(session.scalar(newest) == shop.BY.login)


def has_left_rules(session: Session) -> bool:
    """Say whether somebody's own playbook came after the demo's, and may have taken over its hours."""
    published = sa.exists().where(Revision.published_by == shop.BY.login)
    ended = sa.exists().where(Revision.published_by == BY)
    return bool(session.scalar(sa.select(sa.and_(published, ~ended))))


def end(database: Database, playbook: Playbook | None, *, by: Actor, now: datetime) -> None:
    """Take away everything invented and everybody met at the simulated LINE, whoever played them.

    :param playbook: what the demo's own revision was made of; it is published as its files say, only that
        campaigns wait until somebody sends them. None where staff have published since: theirs stays.
    """
    met = sa.or_(
        Contact.is_demo,
        Contact.line_user_id.like(SIMULATED),
        Contact.line_user_id.in_(demo_user_ids()),
    )
    with database.read() as session:
        got = sa.select(Delivery.campaign_id).where(Delivery.contact_id.in_(sa.select(Contact.id).where(met)))
        sent = session.scalars(got.distinct()).all()
    people = shop.take_people_away(database, met)
    with database.write() as session:
        channel = ensure_channel(session, now=now)
        of_demo = sa.true() if playbook is not None else Campaign.id.in_(sent)
        _take_back(session, of_demo, now=now)
        if playbook is not None:
            _wait_for_staff(session)
            waiting = tuple(one.model_copy(update={"send": "draft"}) for one in playbook.content.campaigns)
            content = playbook.content.model_copy(update={"campaigns": waiting})
            apply(session, channel, replace(playbook, content=content), now=now, by=BY, overwrite=True)
        drain(session, channel.id, now=now)
    shop.close(database, people=people, by=by, now=now)


def _take_back(session: Session, of_demo: sa.ColumnElement[bool], *, now: datetime) -> None:
    """Let what was sent to nobody who is left be as if it had not been sent."""
    ids = session.scalars(
        sa.select(Campaign.id).where(
            of_demo,
            Campaign.state.not_in([*EDITABLE, CampaignState.CANCELLED]),
            Campaign.repeat.is_(None),
            ~sa.exists().where(Delivery.campaign_id == Campaign.id),
        )
    ).all()
    requests = sa.select(Push.outbox_id).where(Push.campaign_id.in_(ids))
    session.execute(
        sa.update(Outgoing)
        .where(Outgoing.id.in_(requests), Outgoing.status.in_(OPEN))
        .values(status=SendStatus.REFUSED, body=None, reason="demo", settled_at=now, owner=None)
    )
    session.execute(sa.delete(Push).where(Push.campaign_id.in_(ids)))
    # The playbook's own is a draft again; who made another in the console has its words in that.
    session.execute(sa.delete(Campaign).where(Campaign.id.in_(ids), Campaign.key.is_(None)))
    states.be_drafts(
        session,
        Campaign.id.in_(ids),
        frozen_at=None,
        started_at=None,
        finished_at=None,
        lease_owner=None,
        lease_until=None,
        recipients=0,
        requests=0,
        refused=0,
        revision_id=None,
    )


def _wait_for_staff(session: Session) -> None:
    """Nothing that somebody planned for a simulated LINE goes to real customers by itself."""
    is_planned = Campaign.state.in_([CampaignState.SCHEDULED, CampaignState.OVERDUE])
    comes_again = sa.and_(Campaign.state == CampaignState.PAUSED, Campaign.repeat.is_not(None))
    states.be_drafts(session, sa.or_(is_planned, comes_again), repeat=None)
