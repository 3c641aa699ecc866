"""What people of the stage bring along, and what other systems tell of them while they play."""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot import hearsay
from contacts import entry as entries
from contacts import service as contacts
from contacts.models import Contact
from content.revisions import Revisions
from core.clock import Clock
from core.db import Database
from core.ids import shard_of
from line.channels import DEFAULT_CHANNEL, Channel
from playbook.transcript_model import Line, Person

SOURCE = "stage"


@dataclass(frozen=True)
class Books:
    """See `bot.demo.phones.Elsewhere`."""

    database: Database
    clock: Clock

    def carries(self, user_id: str, person: Person) -> None:
        if not person.tags and not person.fields:
            return
        with self.database.write() as session:
            hearsay.carry(session, self._known(session, user_id), person, source=SOURCE, now=self.clock())

    def tells(self, user_id: str, line: Line, *, key: str) -> None:
        now = self.clock()
        with self.database.write() as session:
            contact = self._known(session, user_id)
            if line.order is not None:
                hearsay.order(session, contact, line.order, key=key, source=SOURCE, now=now)
            if line.event is not None:
                hearsay.event(session, contact, line.event, key=key, source=SOURCE, now=now)

    def knows_code(self, code: str) -> None:
        with self.database.read() as session:
            published = Revisions().live(session, self._channel_id(session))
        greetings = () if published is None else published.content.greetings
        # A code that a greeting names is known by that, and nothing of it is left when the demo goes.
        if any(code in greeting.when.entry for greeting in greetings):
            return
        with self.database.write() as session:
            entries.register(session, self._channel_id(session), code, now=self.clock())

    def today(self) -> date:
        with self.database.read() as session:
            published = Revisions().live(session, self._channel_id(session))
        here = self.clock()
        return (here if published is None else here.astimezone(published.zone)).date()

    def _known(self, session: Session, user_id: str) -> Contact:
        """Return the person, known from now on if not before."""
        channel_id, now = self._channel_id(session), self.clock()
        found = contacts.find(session, channel_id, user_id)
        if found is not None:
            return found
        try:
            with session.begin_nested():
                found = contacts.meet(
                    session, channel_id, user_id, shard=shard_of(user_id), sent_at=now, now=now
                )
                session.flush()  # for the id of somebody new
        except IntegrityError:
            # Their follow event was quicker, in a worker's turn.
            return contacts.get(session, channel_id, user_id)
        return found

    def _channel_id(self, session: Session) -> int:
        return session.scalars(sa.select(Channel.id).where(Channel.name == DEFAULT_CHANNEL)).one()
