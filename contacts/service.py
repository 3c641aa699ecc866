"""Knowing people: who they are to us, whether they follow, and what is known of their profile."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from unicodedata import category

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts.models import Contact, Erasure, Following
from core.db import changed
from core.errors import NotFound
from core.ids import new_public_id
from line.channels import Channel
from line.json import clean_text
from line.messenger import LineProfile

PROFILE_GOOD_FOR = timedelta(days=7)
PROFILE_SOON = timedelta(seconds=1)
PROFILE_RETRY = timedelta(minutes=10)
PROFILE_REFUSED_RETRY = timedelta(days=1)
PROFILE_REFUSED_RETRY_MOST = timedelta(days=30)
LANGUAGE_LIMIT_CHARS = 35
"""What BCP 47 recommends to make room for."""
NAME_LIMIT_CHARS = 100
"""LINE allows 20; a name of a thousand emoji is somebody's experiment."""
BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters without ink, which people take to have a name that is empty."""


def find(session: Session, channel_id: int, line_user_id: str) -> Contact | None:
    """Return the contact of a LINE user id, if we know one."""
    return session.scalars(_BY_USER_ID, {"channel": channel_id, "user": line_user_id}).one_or_none()


# Asked in every turn: building a statement takes as long as executing it.
_BY_USER_ID = sa.select(Contact).where(
    Contact.channel_id == sa.bindparam("channel"), Contact.line_user_id == sa.bindparam("user")
)


def get(session: Session, channel_id: int, line_user_id: str) -> Contact:
    """Return the contact of a LINE user id.

    :raises NotFound: nobody of this id has written, tapped or followed.
    """
    contact = find(session, channel_id, line_user_id)
    if contact is None:
        raise NotFound(f"no contact has the LINE user id {line_user_id}")
    return contact


def meet(
    session: Session, channel_id: int, line_user_id: str, *, shard: int, sent_at: datetime, now: datetime
) -> Contact:
    """Make the contact of somebody seen for the first time: a follow event may never come."""
    contact = Contact(
        public_id=new_public_id(),
        channel_id=channel_id,
        line_user_id=line_user_id,
        shard=shard,
        following=Following.UNKNOWN,
        times_followed=0,
        misses=0,
        first_seen_at=sent_at,
        last_seen_at=sent_at,
        profile_due_at=now,
    )
    session.add(contact)
    return contact


def understand(contact: Contact) -> None:
    """Forget how often in a row the bot did not understand them; the same number again would be written too."""
    if contact.misses:
        contact.misses = 0


def follow(contact: Contact, *, at: datetime, was_blocked: bool = False) -> bool:
    """Record a follow event; False if a newer follow or unfollow is known already.

    :param was_blocked: LINE says they unblocked us, so they followed before, even if we never saw it.
    """
    if _is_older(contact, at):
        return False
    contact.following = Following.FOLLOWING
    contact.following_since_at = at
    contact.first_followed_at = contact.first_followed_at or at
    contact.times_followed = max(contact.times_followed + 1, 2 if was_blocked else 1)
    if is_returning(contact):
        # Whether LINE keeps a menu linked while somebody blocks us is not known.
        contact.menu_due_at = at
    return True


def unfollow(contact: Contact, *, at: datetime) -> bool:
    """Record that the contact blocked us; False if a newer follow or unfollow is known already."""
    if _is_older(contact, at):
        return False
    contact.following = Following.BLOCKED
    contact.following_since_at = at
    contact.profile_due_at = None  # LINE tells nothing of them, and does not want to be asked
    return True


def is_returning(contact: Contact) -> bool:
    """Say whether the contact has followed before their present follow."""
    return contact.times_followed > 1


def _is_older(contact: Contact, at: datetime) -> bool:
    return contact.following_since_at is not None and at < contact.following_since_at


def needs_profile(contact: Contact | None, *, now: datetime) -> bool:
    """Say whether the profile should be asked for before the next turn."""
    if contact is None:
        return True
    if contact.profile_due_at is None:
        return contact.profile_fetched_at is None  # of an import, and here for the first time
    return contact.profile_due_at <= now


def learn_profile(contact: Contact, profile: LineProfile, *, now: datetime) -> None:
    """Take over what LINE told about the contact."""
    contact.display_name = _name(profile.display_name)
    contact.picture_url = profile.picture_url and clean_text(profile.picture_url)
    contact.status_message = profile.status_message and clean_text(profile.status_message)
    contact.language = _language(profile.language)
    contact.profile_fetched_at = now
    contact.profile_due_at = None


def _language(told: str | None) -> str | None:
    """Return the language tag, where it can be one."""
    told = clean_text(told or "")
    return told if 0 < len(told) <= LANGUAGE_LIMIT_CHARS else None


def _name(told: str) -> str | None:
    """Return a name fit for storing and saying; None for one of which nothing can be seen."""
    name = clean_text(told).strip()[:NAME_LIMIT_CHARS]
    is_seen = any(category(char)[0] not in "CZ" and char not in BLANK_LETTERS for char in name)
    return name if is_seen else None


def want_profile(contact: Contact, *, now: datetime) -> None:
    """Have the profile asked for beside the conversation: a turn did not wait longer for LINE's answer."""
    contact.profile_due_at = now + PROFILE_SOON


def postpone_profile(contact: Contact, *, refused: bool, now: datetime) -> None:
    """Ask again later: LINE did not answer, or does not tell (blocked, no consent)."""
    contact.profile_due_at = now + (_until_asked_again(contact, now) if refused else PROFILE_RETRY)


def _until_asked_again(contact: Contact, now: datetime) -> timedelta:
    """Return how long to leave alone somebody of whom LINE does not tell.

    As long again as nothing was told, so that the waits double without anybody counting them.
    """
    news = (contact.first_seen_at, contact.following_since_at, contact.profile_fetched_at)
    untold = now - max(at for at in news if at is not None)
    return min(max(untold, PROFILE_REFUSED_RETRY), PROFILE_REFUSED_RETRY_MOST)


@dataclass(frozen=True, slots=True)
class DueProfile:
    """A contact leased for asking LINE about them, detached from any session."""

    contact_id: int
    channel_id: int
    line_user_id: str
    lease: datetime


def some_profiles_due(session: Session, *, now: datetime) -> bool:
    """Say whether `claim_profiles` may find somebody, without taking a lock."""
    return session.scalar(sa.select(Contact.id).where(Contact.profile_due_at <= now).limit(1)) is not None


def claim_profiles(session: Session, *, limit: int, lasts: timedelta, now: datetime) -> Sequence[DueProfile]:
    """Lease contacts whose profile is due, the longest due first."""
    stopped = sa.select(Channel.id).where(Channel.sending_stopped_at.is_not(None))
    due = session.scalars(
        sa.select(Contact)
        .where(Contact.profile_due_at <= now, Contact.channel_id.not_in(stopped))
        .order_by(Contact.profile_due_at, Contact.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    lease = now + lasts
    for contact in due:
        contact.profile_due_at = lease
    return [DueProfile(c.id, c.channel_id, c.line_user_id, lease) for c in due]


def still_due(session: Session, due: DueProfile) -> Contact | None:
    """Return the contact if nobody has learnt their profile, or erased them, since it was claimed."""
    return session.scalars(
        sa.select(Contact)
        .where(Contact.id == due.contact_id, Contact.profile_due_at == due.lease)
        .with_for_update()
    ).one_or_none()


def stale_profiles(session: Session, *, limit: int, now: datetime) -> Sequence[int]:
    """Return the ids of followers whose profile is a week old; only looks, for that takes its time."""
    return session.scalars(
        sa.select(Contact.id).where(_is_stale(now)).order_by(Contact.profile_fetched_at).limit(limit)
    ).all()


def want_profiles(session: Session, contact_ids: Sequence[int], *, now: datetime) -> int:
    """Mark those of the contacts whose profile is still old for fetching; return how many."""
    return changed(
        session.execute(
            sa.update(Contact)
            .where(Contact.id.in_(contact_ids), _is_stale(now))
            .values(profile_due_at=now)
            .execution_options(synchronize_session=False)
        )
    )


def _is_stale(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        Contact.profile_due_at.is_(None),
        Contact.profile_fetched_at < now - PROFILE_GOOD_FOR,
        Contact.following != Following.BLOCKED,
        Contact.erased_at.is_(None),
    )


def hash_user_id(key: bytes, line_user_id: str) -> str:
    """Return the hash under which an erased user is remembered, useless without the key."""
    return hmac.new(key, b"erased contact:" + line_user_id.encode(), hashlib.sha256).hexdigest()


def is_erased(session: Session, channel_id: int, user_hash: str, *, sent_at: datetime) -> bool:
    """Say whether an event from `sent_at` belongs to somebody erased since."""
    erased_at = session.connection().scalar(_ERASED_AT, {"channel": channel_id, "user": user_hash})
    return erased_at is not None and sent_at <= erased_at


_ERASED_AT = sa.select(Erasure.erased_at).where(
    Erasure.channel_id == sa.bindparam("channel"), Erasure.user_hash == sa.bindparam("user")
)


def describe(contact: Contact) -> Mapping[str, object]:
    """Return the contact's own part of `contact show`, with times in ISO 8601 UTC."""
    return {
        "id": contact.public_id,
        "line_user_id": contact.line_user_id,
        "display_name": contact.display_name,
        "picture_url": contact.picture_url,
        "language": contact.language,
        "following": contact.following.value,
        "following_since": _iso(contact.following_since_at),
        "times_followed": contact.times_followed,
        "entry_source": contact.entry_source,
        "first_seen_at": _iso(contact.first_seen_at),
        "last_seen_at": _iso(contact.last_seen_at),
        "human_wanted_at": _iso(contact.human_wanted_at),
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
