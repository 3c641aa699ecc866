"""Death at every step: before each statement and commit, before and after each call to LINE.

One person plays a short story undisturbed. Then others play it, and each time the worker dies one step
later than the time before. Whoever comes after must bring all of them to the same end.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.worker import Worker
from contacts.models import Contact
from contacts.timeline import TimelineEntry
from facts.models import ActiveDay, ContactEvent
from line.inbox import EventStatus, WebhookEvent
from line.outbox import Outgoing, Sending
from line.outcomes import Outcome
from questionnaires.models import Answer, Run
from segmentation.models import ContactTag, TagChange, Touch
from simulator.person import Person
from tests.bot.test_worker import a_worker, only_stores
from tests.listening import listening
from tests.shop import EXAMPLES, Shop

T = TypeVar("T")


class Killed(BaseException):
    """The process is gone: nobody catches this."""


class Reaper:
    """Counts the steps of a worker, and ends it at one of them."""

    def __init__(self) -> None:
        self.steps = 0
        self.deadly: int | None = None
        self._thread = threading.get_ident()

    def counts(self, *_: object) -> None:
        if threading.get_ident() != self._thread:
            return  # the web application tells of what it stored
        self.steps += 1
        if self.steps == self.deadly:
            raise Killed

    @contextmanager
    def watches(self, shop: Shop) -> Iterator[None]:
        """Count every statement and commit; the web application is not at work meanwhile."""
        with (
            listening(shop.database, "before_cursor_execute", self.counts),
            listening(shop.database, "commit", self.counts),
        ):
            yield


class Mortal:
    """A messenger whose process may end before a call and after its answer."""

    def __init__(self, shop: Shop, reaper: Reaper) -> None:
        self._real, self._reaper = shop.messenger, reaper
        self.menus = shop.messenger.menus

    def send(self, sending: Sending) -> Outcome:
        return self._mortally(lambda: self._real.send(sending))

    def profile(self, user_id: str) -> Any:
        return self._mortally(lambda: self._real.profile(user_id))

    def _mortally(self, call: Callable[[], T]) -> T:
        self._reaper.counts()
        answer = call()
        self._reaper.counts()
        return answer


class SameThread(Executor):
    """Runs at once, and lets death through."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        fn(*args, **kwargs)
        return Future()


@dataclass(frozen=True)
class Ending:
    """What is left of a story."""

    sees: list[str]
    tags: list[str]
    tag_changes: int
    answers: list[str]
    runs: int
    facts: list[str]
    """What rules can ask about, each with what made it happen once."""
    days: int
    touches: list[str]
    """What the segments are told to look at again."""
    told: int
    """Lines of the timeline."""
    replies: int


class Story:
    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.reaper = Reaper()
        self.deaths = 0

    def plays(self, name: str) -> Ending:
        person = self.shop.person(name)
        person.follows()
        self._works()
        person.taps("開始找房")
        self._works()
        person.says("台北")
        self._works()
        return self._ending(person)

    def _works(self) -> None:
        while True:
            try:
                with self.reaper.watches(self.shop):
                    worker = self._hires()
                    while worker.step():
                        pass
                return
            except Killed:
                self.deaths += 1
                self.shop.clock.advance(16)  # its leases run out

    def _hires(self) -> Worker:
        return a_worker(self.shop, messenger=Mortal(self.shop, self.reaper), pool=SameThread())

    def _ending(self, person: Person) -> Ending:
        with self.shop.database.read() as session:
            contact = session.scalars(sa.select(Contact).where(Contact.line_user_id == person.user_id)).one()

            def mine(table: Any) -> Any:
                return session.scalars(
                    sa.select(table).where(table.contact_id == contact.id).order_by(table.id)
                ).all()

            runs = mine(Run)
            answers = session.scalars(sa.select(Answer).where(Answer.run_id.in_([run.id for run in runs])))
            return Ending(
                sees=[words.replace(person.name, "NAME") for words in person.sees],
                tags=[row.tag.name for row in mine(ContactTag)],
                tag_changes=len(mine(TagChange)),
                answers=[answer.question for answer in answers],
                runs=len(runs),
                facts=[row.type.name for row in mine(ContactEvent)],
                days=self._count(session, ActiveDay, contact),
                touches=sorted(row.fact for row in mine(Touch)),
                told=len(mine(TimelineEntry)),
                replies=len(self.shop.rows(Outgoing, Outgoing.lane_key == person.user_id)),
            )

    def _count(self, session: Session, table: Any, contact: Contact) -> int:
        whose = sa.select(sa.func.count()).select_from(table).where(table.contact_id == contact.id)
        return session.scalars(whose).one()


@pytest.mark.slow
def test_a_worker_may_die_at_any_step(shop: Shop) -> None:
    shop.publishes(EXAMPLES / "rental")
    shop.clock.stop()
    only_stores(shop)
    story = Story(shop)
    story.plays("Warm-up")  # what is published is read once
    story.reaper.deadly = story.reaper.steps + 1
    story.plays("Once more")  # by a new worker, as all the others
    story.deaths = 0
    before = story.reaper.steps
    undisturbed = story.plays("Person 0")
    steps = story.reaper.steps - before
    assert len(undisturbed.sees) == 4
    assert undisturbed.tags == ["area:taipei"]
    assert undisturbed.facts == ["follow", "tap", "questionnaire_started", "message", "answer"]
    assert undisturbed.days == 1
    assert "tag:area:taipei" in undisturbed.touches
    # The steps are the same on both databases, so each takes every other one.
    dying_at = range(1 + shop.database.is_sqlite, steps + 1, 2)
    for step in dying_at:
        story.reaper.deadly = story.reaper.steps + step
        assert story.plays(f"Person {step}") == undisturbed, f"after a death at step {step} of {steps}"
    # The last step of all is a look that finds nothing; a story may end without it.
    assert story.deaths >= len(dying_at) - 1
    statuses = {(event.status, event.failures) for event in shop.rows(WebhookEvent)}
    assert statuses == {(EventStatus.HANDLED, 0)}
    assert shop.simulator.line.ledger.accepted["push"] == 0
