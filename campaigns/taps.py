"""Buttons of campaigns: they work for as long as somebody has the message, whatever was published since."""

from datetime import datetime
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaigns import messages
from campaigns.models import Campaign, Delivery
from content.revisions import Published, button_name
from content.steps import Button
from line.postback import ButtonTap


def find(session: Session, channel_id: int, tap: ButtonTap) -> Campaign | None:
    """Return the campaign whose button was tapped; None for other buttons, and for forged ones."""
    kind, _, public_id = tap.owner.partition(".")
    if kind != messages.OWNER:
        return None
    return session.scalars(
        sa.select(Campaign).where(Campaign.channel_id == channel_id, Campaign.public_id == public_id)
    ).one_or_none()


def button_of(campaign: Campaign, published: Published, tap: ButtonTap) -> Button | None:
    """Return what was tapped: a button of the message, or one of a card that it showed."""
    own = {button_name(button): button for button in messages.buttons(messages.message_of(campaign))}
    if not tap.card and tap.button in own:
        return own[tap.button]
    return (
        published.buttons.get((f"card.{tap.card}", tap.button))
        or published.buttons.get(("cards", tap.button))
        or own.get(tap.button)
    )


def note(campaign_id: int, contact_id: int, *, at: datetime) -> partial[None]:
    """Return the change that records a contact's first tap, for the end of their turn."""
    return partial(_note, campaign_id=campaign_id, contact_id=contact_id, at=at)


def _note(session: Session, *, campaign_id: int, contact_id: int, at: datetime) -> None:
    session.execute(
        sa.update(Delivery)
        .where(
            Delivery.campaign_id == campaign_id,
            Delivery.contact_id == contact_id,
            Delivery.tapped_at.is_(None),
        )
        .values(tapped_at=at)
    )
