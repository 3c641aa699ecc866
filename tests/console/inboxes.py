"""A shop with people who wait for a person, and colleagues who serve them, for tests of the inbox."""

from typing import Any

from contacts.models import Contact
from simulator.person import Person
from staff.models import Role, StaffUser
from tests.shop import EXAMPLES, Shop
from tests.tickets.agents import an_agent, goes
from tickets import queues, service
from tickets.models import Ticket
from tickets.routing import Decision

HOSTILE = '<img src=x onerror="document.title=1">'


class Inbox:
    """The rental agency with a queue of its own, and whatever the test puts into it."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        shop.publishes(EXAMPLES / "rental")

    def agent(self, login: str, *serves: str, role: Role = Role.AGENT, **more: Any) -> StaffUser:
        """Return somebody on duty who serves these queues."""
        with self.shop.database.write() as session:
            return an_agent(
                session, self.shop.channel_id, login, *serves, now=self.shop.now(), role=role, **more
            )

    def goes(self, user: StaffUser, *, on: bool) -> None:
        with self.shop.database.write() as session:
            goes(session, session.merge(user), self.shop.channel_id, on=on, now=self.shop.now())

    def waits(self, person: Person, queue: str = "general") -> str:
        """Open a ticket of a person in a queue; return its public id."""
        with self.shop.database.write() as session:
            contact = session.merge(self.shop.contact(person))
            ticket = service.open_or_note(
                session,
                contact,
                reason="handoff:asked",
                decision=Decision(queue, None, ()),
                event_key=None,
                now=self.shop.now(),
            )
            contact.human_wanted_at = self.shop.now()
            return ticket.public_id

    def customer(self, name: str, *said: str, queue: str = "general", **profile: Any) -> tuple[Person, str]:
        """Return somebody who follows, waits for a person, and has written since; and their ticket."""
        person = self.shop.person(name, **profile)
        person.follows()
        public_id = self.waits(person, queue)
        for words in said:
            person.says(words)
        return person, public_id

    def ticket(self, public_id: str) -> Ticket:
        found: Ticket = self.shop.rows(Ticket, Ticket.public_id == public_id)[0]
        return found

    def queue_id(self, key: str) -> int:
        with self.shop.database.write() as session:
            return queues.of_key(session, self.shop.channel_id, key).id

    def contact(self, person: Person) -> Contact:
        return self.shop.contact(person)
