"""Everything one turn may use: the contact, what is published, and the clock reading it was given."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Self

from sqlalchemy.orm import Session

from contacts.fields import FieldBook
from contacts.models import Contact
from contacts.service import is_returning
from content import hours
from content.dates import moment_line
from content.model import When
from content.phrases import KEYWORDS
from content.revisions import Published
from content.text import Text, speak
from content.voice import NOTHING, Voice
from handlers.conditions import hold
from handlers.glance import Glance
from questionnaires.service import RunBook
from questionnaires.state import Facts
from questionnaires.versions import Versions
from segmentation.comparing import SCORE
from segmentation.current import Mark
from segmentation.people import of_turn
from segmentation.references import Others, others_in, scores_of
from segmentation.segments import Segments
from segmentation.tags import TagBook
from tickets.models import Ticket
from tickets.service import unsolved_of

Write = Callable[[Session], object]
"""A change by statement, to be made inside the turn's transaction."""


@dataclass
class Turn:
    """One event of one contact, decided at one moment."""

    session: Session
    contact: Contact
    now: datetime
    event_key: str
    published: Published
    versions: Versions
    tags: TagBook
    fields: FieldBook
    runs: RunBook
    base_url: str
    """Where LINE finds the pictures."""
    has_reply_uses: bool = True
    """Whether a rule that counts how often it speaks may have spoken to this contact."""
    entry_code: str | None = None
    """The code of an entry link that this turn brought."""
    segments: Segments = field(default_factory=Segments)
    segments_mark: Mark | None = None
    """Which segments there were when the turn began, where that was asked."""
    decisions: list[str] = field(default_factory=list)
    """Why things went as they did, for the log: rule ids and the like, never what anybody wrote."""
    calls: list[str] = field(default_factory=list)
    """Reasons for which this turn called a person, as `Ticket.reason` writes them."""
    is_withdrawn: bool = False
    """The contact asked for the bot instead of a person."""
    touched: list[str] = field(default_factory=list)
    """Facts that this turn changes by statement, as leaves of rules call them."""
    writes: list[Write] = field(default_factory=list)
    """What else is to be done inside the turn's transaction, after everything the turn changed is written."""

    @classmethod
    def begin(  # noqa: PLR0913 - a turn has as many sides
        cls,
        session: Session,
        contact: Contact,
        published: Published,
        seen: Glance,
        *,
        versions: Versions,
        segments: Segments,
        base_url: str,
        event_key: str,
        now: datetime,
    ) -> Self:
        """Open the contact's books for one event.

        :param seen: what there is in them.
        """
        return cls(
            session=session,
            contact=contact,
            now=now,
            event_key=event_key,
            published=published,
            versions=versions,
            tags=TagBook(session, contact, event_key=event_key, now=now, has_any=seen.has_tags),
            fields=FieldBook(session, contact, event_key=event_key, now=now, has_any=seen.has_fields),
            runs=RunBook(
                session,
                contact,
                versions,
                published,
                event_key=event_key,
                now=now,
                has_open=seen.has_open_runs,
            ),
            has_reply_uses=seen.has_reply_uses,
            base_url=base_url,
            segments=segments,
            segments_mark=seen.segments,
        )

    def go_on(self, *, event_key: str, now: datetime) -> Self:
        """Open the contact's next turn in the same transaction, with the books as this one leaves them.

        Only where nobody else has changed anything of theirs meanwhile.
        """
        for book in (self.tags, self.fields, self.runs):
            book.go_on(event_key=event_key, now=now)
        return replace(
            self,
            event_key=event_key,
            now=now,
            has_reply_uses=True,
            entry_code=None,
            is_withdrawn=False,
            decisions=[],
            calls=[],
            touched=[],
            writes=[],
        )

    @cached_property
    def others(self) -> Others:
        """What a published rule may name: the other published ones, and scores with the points that staff gave."""
        content = self.published.content
        scores = scores_of(self.session, self.contact.channel_id) if content.scores else {}
        return {**others_in(content.segments, ()), **scores}

    @cached_property
    def language(self) -> str:
        """Which of the playbook's languages this contact reads."""
        content = self.published.content
        return speak(self.contact.language, content.languages, content.default_language)

    @cached_property
    def is_open(self) -> bool:
        return hours.is_open(self.published.content.hours, self.now, self.published.zone)

    @cached_property
    def voice(self) -> Voice:
        """What it takes to say something to this contact."""
        return Voice(self.published, self.language, self.base_url, _Variables(self))

    def words(self, text: Text, more: Mapping[str, object] = NOTHING) -> str:
        """Return the text in the contact's language with its placeholders filled."""
        return self.voice.words(text, more)

    def phrase(self, key: str, **more: object) -> str:
        """Return a sentence of the program, in the playbook's wording where it has one."""
        return self.voice.phrase(key, **more)

    def keywords(self, name: str) -> tuple[str, ...]:
        """Return what customers may type for the menu, a person, the bot."""
        return (*KEYWORDS.get(name, ()), *self.published.content.keywords.get(name, ()))

    @property
    def facts(self) -> Facts:
        """Return what a step of a questionnaire may know."""
        content = self.published.content
        return Facts(
            now=self.now,
            zone=self.published.zone,
            tags=self.tags.names(),
            hours=content.hours,
            region=content.region,
            language=self.language,
            keywords=self.published.button_words,
        )

    def hours_today(self) -> str:
        today = self.now.astimezone(self.published.zone).date()
        return hours.describe_day(self.published.content.hours, today, self.language)

    def opening_words(self) -> str:
        """Return the next opening the way one says it: 今天 10:00, 明天 10:00; empty when none is near."""
        zone = self.published.zone
        opening = hours.opens_at(self.published.content.hours, self.now, zone)
        return "" if opening is None else moment_line(opening, self.now.astimezone(zone), self.language)

    def holds(self, when: When) -> bool:
        """Say whether conditions hold for this contact at this moment."""
        return hold(when, self)

    @property
    def carried(self) -> frozenset[str]:
        """The tags carried now."""
        return self.tags.names()

    @property
    def is_returning(self) -> bool:
        return is_returning(self.contact)

    def has_confirmed(self, questionnaire: str) -> bool:
        return self.runs.last_confirmed(questionnaire) is not None

    @cached_property
    def ticket(self) -> Ticket | None:
        """The contact's ticket that is not solved, as it was when the turn began."""
        return unsolved_of(self.session, self.contact.id) if self.contact.is_stored else None

    @property
    def bot_is_silent(self) -> bool:
        """Say whether a person has the floor.

        A call that nobody answers lapses after the playbook's time, and the bot helps again. Once a person
        has answered, the floor is theirs until the ticket is solved or the contact asks for the bot.
        """
        wanted = self.contact.human_wanted_at
        if wanted is None:
            return False
        if self.now < wanted + self.published.content.resume_bot_after:
            return True
        return self.ticket is not None and self.ticket.last_answered_at is not None


class _Variables(Mapping[str, object]):
    """The names that texts may use, by what they stand for at this moment; worked out when asked for."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn

    def __getitem__(self, name: str) -> object:
        return _MEANINGS[name](self._turn)

    def __iter__(self) -> Iterator[str]:
        return iter(_MEANINGS)

    def __len__(self) -> int:
        return len(_MEANINGS)


_MEANINGS: Mapping[str, Callable[[Turn], object]] = MappingProxyType(
    {
        "name": lambda turn: turn.contact.display_name or None,
        "contact": lambda turn: {"display_name": turn.contact.display_name or None},
        "language": lambda turn: turn.language,
        "time_zone": lambda turn: turn.published.content.time_zone,
        "account": lambda turn: turn.published.content.name,
        "privacy_url": lambda turn: turn.published.content.privacy_url,
        "tags": lambda turn: sorted(turn.tags.names()),
        "fields": lambda turn: dict(turn.fields.values()),
        "scores": lambda turn: _Scores(turn),  # noqa: PLW0108 - defined below
        "is_open": lambda turn: turn.is_open,
        "opens_at": Turn.opening_words,
        "hours_today": Turn.hours_today,
        "last": lambda turn: _LastRuns(turn),  # noqa: PLW0108 - defined below
        "answers": lambda turn: turn.runs.answer_labels(turn.language),
    }
)


class _Scores(Mapping[str, int]):
    """`scores.heat` in a text: how many points they have by now, worked out when asked for."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn

    def __getitem__(self, key: str) -> int:
        turn = self._turn
        score = turn.segments.score(f"{SCORE}{key}", turn.others)
        person = of_turn(turn.contact, turn.tags, turn.fields, now=turn.now)
        return turn.segments.points(score, person, now=turn.now, zone=turn.published.zone).points

    def __iter__(self) -> Iterator[str]:
        return iter([one.id for one in self._turn.published.content.scores])

    def __len__(self) -> int:
        return len(self._turn.published.content.scores)


class _LastRuns(Mapping[str, str]):
    """`last.find_home` in a text: the answers of the last confirmed run in one line, read when asked for."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn

    def __getitem__(self, key: str) -> str:
        summary = self._turn.runs.last_summary(key, self._turn.language)
        if summary is None:
            raise KeyError(key)
        return summary

    def __iter__(self) -> Iterator[str]:
        return iter(self._turn.published.version_ids)

    def __len__(self) -> int:
        return len(self._turn.published.version_ids)


FOLLOW_ENTRY_WINDOW = timedelta(minutes=10)
"""A code that arrives this soon after the follow says where the friend came from."""
