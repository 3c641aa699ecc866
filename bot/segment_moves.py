"""What comes of somebody entering a segment or leaving it: their history, the tag it gives, its steps.

All of it in the transaction that writes the membership, so that each entering brings it about once.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from contacts.models import Contact
from content.model import Segment as WrittenSegment
from content.revisions import Published
from content.steps import Step
from content.text import speak
from segmentation import memberships, people
from segmentation.bulk_tags import Changed, Say, Verb, say_many
from segmentation.current import Lineup
from segmentation.memberships import UNTOLD, Move
from segmentation.sweeps import DueSweep
from segmentation.touches import touch_many
from tickets import service as tickets
from tickets.routing import RoutingFacts, route

TICKETS_PAGE = 50
"""Of a segment that calls a person for whoever enters it."""


class Mover:
    """Writes moves."""

    def source(self, key: str) -> str:
        """Return who stands by what a segment says in tags."""
        return f"segment:{key}"

    def page_size(self, due: DueSweep, published: Published | None, *, bulk: int, usual: int) -> int:
        """Return how many moves of a sweep one transaction takes."""
        written = _written(published).get(due.key)
        steps = (*written.on_enter, *written.on_leave) if written is not None else ()
        if any(step.hand_over for step in steps):
            return TICKETS_PAGE
        return usual if steps or due.gives_tag is not None else bulk

    def write(
        self,
        session: Session,
        channel_id: int,
        moves: Sequence[Move],
        published: Published | None,
        lineup: Lineup,
        *,
        now: datetime,
        sweep: DueSweep | None = None,
    ) -> None:
        """Write that people enter and leave, and what comes of it; their contacts are locked.

        :param sweep: that which found them, also of a segment that is not in the line-up any more.
        """
        if not moves:
            return
        memberships.write(session, channel_id, moves, now=now)
        gives = {one.id: one.gives_tag for one in lineup.kept}
        if sweep is not None:
            gives[sweep.segment_id] = sweep.gives_tag
        written = _written(published)
        words: list[Say] = []
        calls: list[Move] = []
        for move in moves:
            source = self.source(move.key)
            tag = gives.get(move.segment_id)
            if tag is not None:
                words.append(Say(Verb.SET if move.enters else Verb.WITHDRAW, move.contact_id, tag, source))
            for step in _steps(written.get(move.key), move):
                words += [Say(Verb.SET, move.contact_id, name, source) for name in step.tag or ()]
                words += [Say(Verb.REMOVE, move.contact_id, name, source) for name in step.untag or ()]
                if step.hand_over:
                    calls.append(move)
        keys = {move.contact_id: move.event_key for move in moves}
        if words:
            said = say_many(session, channel_id, words, now=now, event_keys=keys)
            self._touch(session, said, lineup, published, keys, now=now)
        if calls and published is not None:
            self._call(session, calls, published, lineup, now=now)

    def say(
        self,
        session: Session,
        due: DueSweep,
        pairs: Sequence[tuple[int, str]],
        lineup: Lineup,
        published: Published | None,
        *,
        puts_on: bool,
        now: datetime,
    ) -> None:
        """Put the segment's tag on some people, or take its word about others back."""
        verb = Verb.SET if puts_on else Verb.WITHDRAW
        words = [Say(verb, *pair, self.source(due.key)) for pair in pairs]
        said = say_many(session, due.channel_id, words, now=now)
        self._touch(session, said, lineup, published, {}, now=now)

    def _touch(
        self,
        session: Session,
        said: Changed,
        lineup: Lineup,
        published: Published | None,
        keys: Mapping[int, str | None],
        *,
        now: datetime,
    ) -> None:
        """A tag is a fact itself, and other segments or menus may read it."""
        of_menus = published.menu_tags if published is not None else frozenset()
        facts = [
            (id_, fact)
            for id_, name in (*said.put_on, *said.taken_off, *said.refreshed)
            if (fact := f"tag:{name}") in lineup.readers or name in of_menus
        ]
        touch_many(session, facts, at=now, event_keys=keys)

    def _call(
        self, session: Session, calls: Iterable[Move], published: Published, lineup: Lineup, *, now: datetime
    ) -> None:
        """Open a ticket for each; the bot goes on answering, for they have not asked for anybody."""
        calls = list(calls)
        ids = sorted({move.contact_id for move in calls})
        known = people.load(session, ids, now=now)
        inside = memberships.open_of(session, ids, [one.id for one in lineup.kept])
        keys = {(id_, one.key) for one in lineup.kept for id_ in ids if (id_, one.id) in inside}
        content = published.content
        for move in calls:
            person = known[move.contact_id]
            facts = RoutingFacts(
                tags=frozenset(person.tags),
                fields={name: field.value for name, field in person.fields.items()},
                language=speak(person.language, content.languages, content.default_language),
                in_segment=lambda key, id_=move.contact_id: (id_, key) in keys,  # type: ignore[misc]
            )
            tickets.open_or_note(
                session,
                session.get_one(Contact, move.contact_id),
                reason=self.source(move.key),
                decision=route(content.routing, facts),
                event_key=move.event_key,
                now=now,
            )


def _written(published: Published | None) -> Mapping[str, WrittenSegment]:
    return {} if published is None else {one.id: one for one in published.content.segments}


def _steps(written: WrittenSegment | None, move: Move) -> Iterable[Step]:
    """Return the steps for a move; whom a new or changed rule finds has done nothing, unless it says so."""
    if written is None or (move.because in UNTOLD and not (move.enters and written.from_start)):
        return ()
    return written.on_enter if move.enters else written.on_leave
