"""Everything the program knows about one person: shown, handed over, erased, and kept erased."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot import journal
from bot.segmenting import SEGMENTS
from campaigns import privacy as of_campaigns
from campaigns import story as campaign_story
from config import Settings
from contacts import privacy as of_contacts
from contacts import service as contacts
from contacts.models import Contact, Erasure
from contacts.timeline import TimelineEntry, story
from content.models import ReplyUse
from content.revisions import Revisions
from core.db import Database, is_deadlock
from core.errors import NotFound
from core.inserts import insert_or_skip
from facts import privacy as of_facts
from facts.customers import hold_orders
from line.channels import Channel
from questionnaires import privacy as of_questionnaires
from segmentation import privacy as of_tags
from segmentation import scores, tags
from segmentation.tags import TagBook
from staff.pairing import unpair_phone
from tickets import privacy as of_tickets

PAGE = 500
MOST_TRIES = 3


def erasure_key(settings: Settings) -> bytes:
    """Return the key under which the erased are remembered."""
    return settings.secret_key.get_secret_value().encode()


def get_contact(session: Session, channel_id: int, name: str) -> Contact:
    """Return the contact of a LINE user id, or of our own public id.

    :raises NotFound: there is none.
    """
    found = (
        contacts.find(session, channel_id, name)
        or session.scalars(
            sa.select(Contact).where(Contact.channel_id == channel_id, Contact.public_id == name)
        ).one_or_none()
    )
    if found is None:
        raise NotFound(f"no contact has the id {name}: give the LINE user id, as the webhook carries it")
    return found


def show(session: Session, contact: Contact, *, limit: int, now: datetime) -> Mapping[str, object]:
    """Return what `contact show --json` prints; names and shapes in it stay as they are.

    `id`, `line_user_id`, `display_name`, `picture_url`, `language`, `following` (`following`, `blocked`,
    `unknown`), `following_since`, `times_followed`, `entry_source`, `first_seen_at`, `last_seen_at`,
    `erased_at`; `handed_over_since`: since when a person has the floor, else null;
    `fields`: name to `{value, kind, source, event, set_at}`;
    `tags`: those carried now, `[{name, group, source, event, set_at, expires_at}]`;
    `scores`: points by id of the score, none of somebody erased;
    `runs`: `[{id, questionnaire, version, status, answers, started_at, answered_at, ended_at}]`, where
    answers are by question `{choices}` or `{value}`;
    `timeline`: the newest `limit` entries, the oldest first. Times are ISO 8601 with their zone, UTC.
    """
    profile = dict(contacts.describe(contact))
    handed_over_since = profile.pop("human_wanted_at")
    return {
        **profile,
        "erased_at": contact.erased_at.isoformat() if contact.erased_at else None,
        "handed_over_since": handed_over_since,
        "fields": of_contacts.describe_fields(session, contact),
        "tags": tags.describe(TagBook(session, contact, event_key=None, now=now).rows()),
        "scores": _scores(session, contact, now=now),
        "runs": of_questionnaires.describe_runs(session, contact.id),
        "timeline": [of_contacts.describe_entry(entry) for entry in told(session, contact, limit=limit)],
    }


def _scores(session: Session, contact: Contact, *, now: datetime) -> Mapping[str, int]:
    published = Revisions().live(session, contact.channel_id)
    if published is None or contact.erased_at is not None:
        return {}
    rows = scores.current(session, contact.channel_id)
    read = scores.read(session, SEGMENTS, contact.channel_id, rows, now=now, zone=published.zone)
    tallies = scores.of_contacts(session, read, [contact.id]).get(contact.id, ())
    return {row.key: tally.points for row, tally in zip(rows, tallies, strict=False)}


def told(session: Session, contact: Contact, *, limit: int) -> Sequence[TimelineEntry]:
    """Return the newest lines of somebody's story, the campaigns they got among them, oldest first."""
    got = campaign_story.sent_to(session, contact, limit=limit)
    return campaign_story.merged(story(session, contact, limit=limit), got, limit=limit)


def export(session: Session, contact: Contact, *, now: datetime) -> Mapping[str, object]:
    """Return all data of one person."""
    return {
        **of_contacts.export(session, contact),
        **of_questionnaires.export(session, contact.id),
        **of_facts.export(session, contact.id),
        **of_tags.export(session, contact, now=now),
        **of_tickets.export(session, contact),
        **of_campaigns.export(session, contact.id),
    }


def erase(database: Database, channel: Channel, line_user_id: str, *, key: bytes, now: datetime) -> str:
    """Erase one person: what stays is that somebody was here, and how often.

    Their events from before are refused when they come late; after that they are somebody new.

    Returns the public id of what is left.
    :raises NotFound: nobody is known by this id.
    """
    with database.read() as session:
        contacts.get(session, channel.id, line_user_id)
    user_hash = contacts.hash_user_id(key, line_user_id)
    # First the journal: an erasure cut short by a crash is finished at the next start.
    journal.write(journal.Entry(channel.name, user_hash, now))
    return _erase(database, channel.id, line_user_id, user_hash=user_hash, at=now)


def reapply(database: Database, channel: Channel, *, key: bytes) -> int:
    """Erase again whom an older backup brought back; return how many were."""
    newest: dict[str, datetime] = {}
    for entry in journal.entries():
        if entry.channel == channel.name:
            newest[entry.user_hash] = max(entry.erased_at, newest.get(entry.user_hash, entry.erased_at))
    with database.read() as session:
        rows = session.execute(
            sa.select(Erasure.user_hash, Erasure.erased_at).where(Erasure.channel_id == channel.id)
        )
        known = {row.user_hash: row.erased_at for row in rows}
    missing = {h: at for h, at in newest.items() if h not in known or known[h] < at}
    if not missing:
        return 0
    back = _find_hashed(database, channel.id, missing, key=key)
    for user_hash, line_user_id in back.items():
        _erase(database, channel.id, line_user_id, user_hash=user_hash, at=missing[user_hash])
    with database.write() as session:
        for user_hash in missing.keys() - back.keys():
            session.execute(
                insert_or_skip(session, Erasure).values(
                    channel_id=channel.id, user_hash=user_hash, erased_at=missing[user_hash]
                )
            )
    return len(back)


def _find_hashed(
    database: Database, channel_id: int, missing: Mapping[str, datetime], *, key: bytes
) -> Mapping[str, str]:
    """Return hash to LINE user id of contacts who were known before their erasure."""
    found = {}
    with database.read() as session:
        rows = session.execute(
            sa.select(Contact.line_user_id, Contact.first_seen_at).where(
                Contact.channel_id == channel_id, Contact.erased_at.is_(None)
            )
        )
        for line_user_id, first_seen_at in rows:
            user_hash = contacts.hash_user_id(key, line_user_id)
            if user_hash in missing and first_seen_at <= missing[user_hash]:
                found[user_hash] = line_user_id
    return found


def _erase(database: Database, channel_id: int, line_user_id: str, *, user_hash: str, at: datetime) -> str:
    with database.read() as session:
        contact = contacts.get(session, channel_id, line_user_id)
        alias, contact_id = of_contacts.alias_of(contact), contact.id
    _blank_past(database, channel_id, line_user_id, alias, until=at)
    public_id = _blank_present(database, channel_id, line_user_id, user_hash=user_hash, at=at)
    # What was settled between the first look and the erasure.
    _blank_past(database, channel_id, line_user_id, alias, until=at)
    _blank_campaigns(database, contact_id)
    return public_id


def _blank_present(
    database: Database, channel_id: int, line_user_id: str, *, user_hash: str, at: datetime
) -> str:
    tries_left = MOST_TRIES
    while True:
        tries_left -= 1
        try:
            with database.write() as session:
                contact = contacts.find(session, channel_id, line_user_id)
                if contact is None:
                    raise NotFound(f"{line_user_id} is being erased by somebody else")
                hold_orders(session, channel_id)
                of_contacts.hold(session, contact)
                # Before the contact gets another user id: who gives tickets out, or writes orders down,
                # refers to contacts while they hold what this waits for.
                of_tickets.erase(session, contact, now=at)
                of_facts.erase(session, contact.id, contact.channel_id)
                of_contacts.erase(session, contact, user_hash=user_hash, now=at)
                of_questionnaires.erase(session, contact.id, now=at)
                of_tags.erase(session, contact, now=at)
                of_campaigns.erase(session, contact, now=at)
                unpair_phone(session, line_user_id)
                session.execute(sa.delete(ReplyUse).where(ReplyUse.contact_id == contact.id))
            return contact.public_id
        except sa.exc.OperationalError as error:
            # Chores touch one thing of a contact after another, and not in our order.
            if not tries_left or not is_deadlock(error):
                raise


def _blank_past(
    database: Database, channel_id: int, line_user_id: str, alias: str, *, until: datetime
) -> None:
    """Blank settled events and requests: looked for without a lock, written in short transactions."""
    with database.read() as session:
        events = of_contacts.past_events(session, channel_id, line_user_id, until=until)
        sends = of_contacts.past_sends(session, channel_id, line_user_id, until=until)
        overheard = of_contacts.overheard(session, channel_id, line_user_id)
    _in_pages(database, events, lambda session, ids: of_contacts.blank_events(session, ids, alias))
    _in_pages(database, sends, lambda session, ids: of_contacts.blank_sends(session, ids, alias))
    _in_pages(database, overheard, of_contacts.blank_overheard)


def _blank_campaigns(database: Database, contact_id: int) -> None:
    with database.read() as session:
        sends = of_campaigns.past_sends(session, contact_id)
    _in_pages(database, sends, of_campaigns.blank_sends)


def _in_pages(
    database: Database, ids: Sequence[int], blank: Callable[[Session, Sequence[int]], None]
) -> None:
    for start in range(0, len(ids), PAGE):
        with database.write() as session:
            blank(session, ids[start : start + PAGE])
