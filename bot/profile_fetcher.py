"""Asking LINE for profiles that no turn has waited for."""

from datetime import timedelta

import structlog

from contacts import service as contacts
from contacts.service import DueProfile
from core.clock import Clock
from core.db import Database
from line.governor import GO, Governor
from line.messenger import LineProfile, Messenger
from line.outbox import Refused

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
                    contacts.learn_profile(contact, found, now=self._clock())
                else:
                    contacts.postpone_profile(contact, refused=isinstance(found, Refused), now=self._clock())
        return isinstance(found, LineProfile | Refused)
