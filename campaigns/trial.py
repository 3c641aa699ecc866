"""A campaign on one's own phone, before anybody else gets it."""

from datetime import datetime

from sqlalchemy.orm import Session

from campaigns import messages
from campaigns.models import Campaign
from campaigns.people import about, about_contact
from contacts import service as contacts
from content.revisions import Published
from content.voice import Voice
from core.errors import Conflict, InvalidInput
from core.ids import new_public_id, shard_of
from line import outbox
from line.limits import check_messages
from line.messages import MessageRefused
from line.outbox import Outgoing
from staff.audit import Actor, record
from staff.models import StaffUser


class NoPhone(Conflict):
    """A test goes to one's own phone, and none is paired."""

    def __init__(self) -> None:
        super().__init__("no phone is paired: get a code, and send it to the account from LINE")


def test_send(
    session: Session,
    campaign: Campaign,
    user: StaffUser,
    *,
    published: Published,
    base_url: str,
    by: Actor,
    now: datetime,
) -> Outgoing:
    """Push the campaign to the phone of a staff user, as it would be said to them; it costs one message.

    It is in the audit log and not in the campaign's report.

    :raises NoPhone: they have not paired one.
    :raises InvalidInput: the message cannot be written for them.
    """
    if user.line_user_id is None:
        raise NoPhone
    contact = contacts.find(session, campaign.channel_id, user.line_user_id)
    language = messages.language_for(published, None if contact is None else contact.language)
    personal, tags = (
        (about(user.display_name, {}, ()), frozenset[str]())
        if contact is None
        else about_contact(session, contact, now=now)
    )
    faults: list[str] = []
    shared = messages.for_everybody(published, language, now)
    voice = Voice(published, language, base_url, {**shared, **personal}, faults.append)
    try:
        said = messages.compose(
            messages.message_of(campaign), voice, owner=messages.owner_of(campaign.public_id), carried=tags
        )
    except MessageRefused as refused:
        raise InvalidInput({"message": str(refused)}) from None
    if faults:
        raise InvalidInput({"message": f"the placeholders cannot be filled in: {faults[0]}"})
    bodies = [dict(message.body) for message in said]
    too_much = check_messages(bodies)
    if too_much:
        raise InvalidInput({"message": str(too_much[0])})
    row = outbox.push(
        channel_id=campaign.channel_id,
        user_id=user.line_user_id,
        shard=shard_of(user.line_user_id),
        messages=bodies,
        because=f"test of {campaign.public_id}: {new_public_id()}",
        now=now,
    )
    session.add(row)
    record(session, by, "campaign.test", "campaign", campaign.public_id, now, {"to": user.login})
    return row
