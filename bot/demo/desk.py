"""The demo shop's agents at work: they answer within the hour, mostly, and close what is done."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.demo import cast
from bot.demo.town import Friend, Town
from content.revisions import Published
from line.messages import text
from line.outbox import Outgoing, SendStatus
from tickets.answering import answer
from tickets.models import Ticket, TicketState
from tickets.satisfaction import OWNER
from tickets.service import solve, unsolved_of

OPENS, CLOSES = time(10, 5), time(19, 50)


class Desk:
    """Works the tickets of one friend after another, as part of the caller's transaction."""

    def __init__(self, session: Session, town: Town, published: Published, *, until: datetime) -> None:
        self._shop = town.shop
        self._session = session
        self._town = town
        self._published = published
        self._zone = published.zone
        self._until = until

    def serves(self, friend: Friend) -> None:
        """Answer a friend's ticket and close it, if there was time for that until now."""
        ticket = self._ticket(friend)
        if ticket is None or friend.random.random() > cast.CHANCES["is answered by the next morning"]:
            return
        if not self._says(
            friend, ticket, self._shop.greets, after=timedelta(minutes=friend.random.randrange(2, 75))
        ):
            return
        if friend.random.random() < cast.CHANCES["says something after a questionnaire"]:
            self._town.says_something(friend)
        if not self._says(
            friend, ticket, self._shop.closes_with, after=timedelta(minutes=friend.random.randrange(5, 240))
        ):
            return
        at = friend.now + timedelta(minutes=friend.random.randrange(1, 30))
        if at > self._until:
            return
        friend.now = at
        asked = solve(self._session, ticket, ticket.agent, published=self._published, now=at)
        self._town.closes_books()
        if asked is None:
            return
        _is_sent(asked, at)
        if friend.random.random() < cast.CHANCES["rates the help"]:
            self._town.rates(friend, OWNER, ticket.public_id)

    def _ticket(self, friend: Friend) -> Ticket | None:
        if friend.contact is None:
            return None
        ticket = unsolved_of(self._session, friend.contact.id)
        return None if ticket is None or ticket.state is TicketState.SOLVED else ticket

    def _says(
        self, friend: Friend, ticket: Ticket, words: Mapping[str, tuple[str, ...]], *, after: timedelta
    ) -> bool:
        """Let the ticket's agent say something in working hours; False if that is still to come."""
        at = _in_hours(friend.now + after, self._zone, friend.random)
        if ticket.agent is None or at > self._until:
            return False
        friend.now = at
        said = friend.random.choice(words.get(friend.language) or next(iter(words.values())))
        key = f"demo-{ticket.public_id}-{at.timestamp():.0f}"
        row = answer(
            self._session,
            ticket,
            ticket.agent,
            [text(said.format(agent=ticket.agent.display_name))],
            now=at,
            answer_id=key,
        )
        _is_sent(row, at)
        return True


def _is_sent(row: Outgoing, at: datetime) -> None:
    """Let a request count as sent: this was long ago, and nobody's phone rings now."""
    row.status, row.settled_at, row.owner, row.attempts = SendStatus.SENT, at, None, 1


def _in_hours(at: datetime, zone: ZoneInfo, random: Random) -> datetime:
    """Return the moment, or one soon after the next opening where it lies outside the working hours."""
    local = at.astimezone(zone)
    if OPENS <= local.time() <= CLOSES:
        return at
    day = local.date() + timedelta(days=1 if local.time() > CLOSES else 0)
    opening = datetime.combine(day, OPENS, zone) + timedelta(minutes=random.randrange(50))
    return opening.astimezone(at.tzinfo)
