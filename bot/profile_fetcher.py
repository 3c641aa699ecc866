"""Asking LINE for profiles that no turn has waited for."""

from datetime import timedelta

import structlog
from sqlalchemy.orm import Session

from contacts import service as contacts
from contacts.models import Contact
from contacts.service import DueProfile
from content.revisions import Revisions
from core.clock import Clock
from core.db import Database
from handlers.by_staff import changed_tags
from handlers.touched import LANGUAGE
from line.governor import GO, Governor
from line.messenger import LineProfile, Messenger
from line.outcomes import Refused
from questionnaires.versions import Versions
from segmentation.touches import touch

PROFILES = 20
"""Profiles of one round; at five seconds each, which is our patience, twelve fit into their lease."""
LEASE = timedelta(minutes=2)

log = structlog.get_logger()


class ProfileFetcher:
    """Works off the contacts whose profile is due."""

    def __init__(self, database: Database, messenger: Messenger, clock: Clock, governor: Governor) -> None:
        self._database = database
        self._messenger = messenger
        self._clock = clock
        self._governor = governor
        self._revisions = Revisions()
        self._versions = Versions()

    def step(self) -> int:
        """Ask for a few profiles; return how many were due."""
        now = self._clock()
        with self._database.read() as session:
            if not contacts.some_profiles_due(session, now=now):
                return 0
        with self._database.write() as session:
            due = contacts.claim_profiles(session, limit=PROFILES, lasts=LEASE, now=now)
        for profile in due:
            if self._governor.wait(profile.channel_id, "profile") > GO or not self._fetch(profile):
                break  # the others are due again when their lease runs out
        return len(due)

    def _fetch(self, due: DueProfile) -> bool:
        """Ask for one profile; False if LINE does not answer just now."""
        found = self._messenger.profile(due.line_user_id)
        with self._database.write() as session:
            contact = contacts.still_due(session, due)
            if contact is not None:
                if isinstance(found, LineProfile):
                    self._learn(session, contact, found)
                else:
                    contacts.postpone_profile(contact, refused=isinstance(found, Refused), now=self._clock())
        return isinstance(found, LineProfile | Refused)

    def _learn(self, session: Session, contact: Contact, profile: LineProfile) -> None:
        """Take the profile over; menu and segments of their language are not to wait for their next tap."""
        spoke, now = contact.language, self._clock()
        contacts.learn_profile(contact, profile, now=now)
        if contact.language != spoke:
            touch(session, contact, [LANGUAGE], at=now)
            published = self._revisions.live(session, contact.channel_id)
            with changed_tags(session, contact, published, versions=self._versions, now=now):
                pass  # no tag has changed, but what follows tags follows the language too
