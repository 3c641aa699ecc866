"""A person of the simulated LINE whose every act returns what the bot answered to it."""

from collections.abc import Callable
from typing import Any

from contacts.fields import FieldBook, Value
from contacts.models import Contact
from contacts.timeline import EntryKind, TimelineEntry
from questionnaires.models import Run
from segmentation.tags import TagBook
from simulator import events
from simulator.person import Person
from simulator.persons import Entry
from simulator.seen import tappables, words
from tests.shop import Shop


class Customer:
    """Somebody new to the shop, also where another person of that name has been there before."""

    def __init__(
        self, shop: Shop, name: str = "王小美", *, language: str | None = "zh-TW", **profile: Any
    ) -> None:
        self.shop = shop
        self.person: Person = shop.person(
            name, language=language, user_id=shop.simulator.line.ids.user_id(), **profile
        )

    def follows(self) -> list[str]:
        return self._answers(self.person.follows)

    def unfollows(self) -> list[str]:
        return self._answers(self.person.unfollows)

    def says(self, text: str) -> list[str]:
        return self._answers(lambda: self.person.says(text))

    def taps(self, *labels: str, on: Entry | None = None) -> list[str]:
        """Tap one after the other; return what the last one was answered with."""
        answers: list[str] = []
        for label in labels:
            answers = self._answers(lambda label=label: self.person.taps(label, on=on))  # type: ignore[misc]
        return answers

    def picks(self, label: str, value: str) -> list[str]:
        """Open a picker and choose a date, a time or both."""
        return self._answers(lambda: self.person.picks(label, value))

    def posts_back(self, data: str, **more: Any) -> list[str]:
        return self._answers(lambda: self.person.posts_back(data, **more))

    def does(self, act: Callable[[Person], object]) -> list[str]:
        """Do anything else that a person can."""
        return self._answers(lambda: act(self.person))

    def would_say(self, text: str) -> dict[str, Any]:
        """Return the event of a text, also one that no phone sends, for `Shop.receives`."""
        line = self.shop.simulator.line
        with line.lock:
            return events.event(line, self.person.state, "message", message=events.text_message(line, text))

    @property
    def buttons(self) -> list[str]:
        """The labels in what the newest act was answered with, then the quick replies."""
        labels = [found.label for entry in self._newest for found in tappables(entry.body)]
        return labels + self.person.quick_replies

    @property
    def last(self) -> Entry:
        """The bot's newest bubble."""
        return self.person.messages[-1]

    @property
    def tags(self) -> set[str]:
        with self.shop.database.read() as session:
            return set(TagBook(session, self.contact, event_key=None, now=self.shop.now()).names())

    @property
    def fields(self) -> dict[str, Value]:
        with self.shop.database.read() as session:
            return dict(FieldBook(session, self.contact, event_key=None, now=self.shop.now()).values())

    @property
    def contact(self) -> Contact:
        return self.shop.contact(self.person)

    @property
    def runs(self) -> list[tuple[str, str]]:
        """Questionnaire and status of every run, the oldest first."""
        rows = self.shop.rows(Run, Run.contact_id == self.contact.id)
        return [(run.questionnaire, run.status.value) for run in rows]

    @property
    def recorded_taps(self) -> list[tuple[str, str]]:
        """What was tapped, and the words on it, as the timeline has them."""
        taps = self.shop.rows(
            TimelineEntry,
            TimelineEntry.contact_id == self.contact.id,
            TimelineEntry.kind == EntryKind.TAPPED,
        )
        return [(tap.about, tap.text) for tap in taps]

    def _answers(self, act: Callable[[], object]) -> list[str]:
        before = {entry.message_id for entry in self.person.messages}
        act()
        # Not by count: a phone forgets its oldest bubbles.
        self._newest = [entry for entry in self.person.messages if entry.message_id not in before]
        return [words(entry.body) for entry in self._newest]
