"""Which buttons can be tapped: those of the playbook, of questionnaires' endings and of campaigns."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaigns import messages
from campaigns.models import Campaign
from content.model import Content
from content.revisions import button_name, buttons_in, buttons_of
from questionnaires.definition import Questionnaire
from questionnaires.models import QuestionnaireVersion
from tickets import floor

NEWEST_CAMPAIGNS = 100
"""Whose buttons are looked at; those of older ones are told by taps, if anybody still taps them."""


def button_names(
    session: Session, channel_id: int, content: Content | None, questionnaires: Sequence[Questionnaire]
) -> AbstractSet[str]:
    """Return the names of buttons, as taps tell them."""
    found = {name for _owner, name in buttons_of(content)} if content is not None else set()
    found |= {button_name(button) for one in questionnaires for button in buttons_in(one.ending)}
    found |= {floor.BACK, floor.CALL, floor.DECLINE}
    return found | set(_of_campaigns(session, channel_id))


def owners(
    session: Session, channel_id: int, content: Content | None, questionnaires: Sequence[Questionnaire]
) -> AbstractSet[str]:
    """Return on what buttons stand, as taps tell it."""
    found = {owner for owner, _name in buttons_of(content)} if content is not None else set()
    found |= {f"end.{one.key}.1" for one in questionnaires}  # also before its first version is published
    versions = sa.select(QuestionnaireVersion.key, QuestionnaireVersion.version)
    rows = session.execute(versions.where(QuestionnaireVersion.channel_id == channel_id))
    found |= {f"end.{row.key}.{row.version}" for row in rows}
    ids = session.scalars(sa.select(Campaign.public_id).where(Campaign.channel_id == channel_id))
    return found | {floor.OWNER} | {messages.owner_of(public_id) for public_id in ids}


def _of_campaigns(session: Session, channel_id: int) -> Iterator[str]:
    newest = sa.select(Campaign).where(Campaign.channel_id == channel_id, Campaign.plan_id.is_(None))
    for campaign in session.scalars(newest.order_by(Campaign.id.desc()).limit(NEWEST_CAMPAIGNS)):
        yield from map(button_name, messages.buttons(messages.message_of(campaign)))
