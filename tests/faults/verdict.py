"""What must be true after a kill test: of the events, of what LINE got, and of every single person."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts.models import Contact
from contacts.timeline import EntryKind, TimelineEntry
from core.db import Database
from line.inbox import EventStatus, WebhookEvent
from line.outbox import Outgoing, SendStatus
from questionnaires.models import Answer, Run, RunStatus
from segmentation.models import ContactTag
from simulator.ledger import Sent
from simulator.seen import words
from tests.faults.customer import Customer

CAME = (EntryKind.RECEIVED, EntryKind.TAPPED, EntryKind.FOLLOWED)
"""What an event of theirs leaves in the story of a person, each one line."""


@dataclass
class Stored:
    """What the database has of one person."""

    runs: list[RunStatus] = field(default_factory=list)
    answers: list[tuple[str, object]] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything there is to judge by, read when all is quiet."""

    events: Sequence[WebhookEvent]
    came: Counter[str]
    """Lines of the timeline by the event they tell of."""
    rows: Sequence[Outgoing]
    people: Mapping[str, Stored]
    ledger: Sequence[Sent]

    @classmethod
    def read(cls, database: Database, ledger: Sequence[Sent]) -> "Facts":
        with database.read() as session:
            came = sa.select(TimelineEntry.event_key).where(TimelineEntry.kind.in_(CAME))
            return cls(
                events=session.scalars(sa.select(WebhookEvent)).all(),
                came=Counter(str(key) for key in session.scalars(came)),
                rows=session.scalars(sa.select(Outgoing).order_by(Outgoing.id)).all(),
                people=_people(session),
                ledger=ledger,
            )


def _people(session: Session) -> Mapping[str, Stored]:
    people: defaultdict[str, Stored] = defaultdict(Stored)
    mine = Contact.line_user_id
    for user, status in session.execute(sa.select(mine, Run.status).join(Run.contact).order_by(Run.id)):
        people[user].runs.append(status)
    given = sa.select(mine, Answer.question, Answer.value).join(Answer.run).join(Run.contact)
    for user, question, value in session.execute(given.order_by(Answer.id)):
        people[user].answers.append((question, value))
    carried = sa.select(ContactTag).join(Contact, Contact.id == ContactTag.contact_id).add_columns(mine)
    for tag, user in session.execute(carried):
        people[user].tags.add(tag.tag.name)
    return people


def judge_events(facts: Facts, accepted: set[str]) -> Iterator[str]:
    """Each event that was answered 200 is there, and each that is there was handled, once."""
    yield from (
        f"event {key} was answered 200 and is not there"
        for key in accepted - {event.event_key for event in facts.events}
    )
    for event in facts.events:
        times = facts.came[event.event_key]
        if event.status is not EventStatus.HANDLED or times != 1:
            yield f"event {event.event_key} is {event.status}, and was handled {times} times"


def judge_sends(facts: Facts) -> Iterator[str]:
    """LINE got the answer to each event at most once, and the newest answer to everybody."""
    key_of = {_identity(row): row.event_key for row in facts.rows}
    got = Counter(key_of.get(_spent(sent)) for sent in facts.ledger)
    yield from (f"LINE got {times} answers to event {key}" for key, times in got.items() if times > 1)
    if got[None]:
        yield f"LINE got {got[None]} requests that no row tells of"
    newest = {row.lane_key: row.id for row in facts.rows if got[row.event_key]}
    for row in facts.rows:
        match row.status:
            case SendStatus.SENT | SendStatus.PUSHED:
                is_right = got[row.event_key] == 1
            case SendStatus.TOO_LATE:
                is_right = got[row.event_key] == 0 and row.id < newest.get(row.lane_key, 0)
            case SendStatus.UNKNOWN:
                is_right = row.id <= newest.get(row.lane_key, 0)
            case _:
                is_right = False
        if not is_right:
            yield f"outbox row {row.id} is {row.status}, and LINE got it {got[row.event_key]} times"


def _spent(sent: Sent) -> str:
    return str(sent.reply_token or sent.retry_key)


def _identity(row: Outgoing) -> str:
    """Return what LINE knows a request by."""
    return row.retry_key or str(_body(row)["replyToken"])


def _body(row: Outgoing) -> Any:
    return orjson.loads(row.body or b"{}")


def judge_people(facts: Facts, pioneers: Sequence[Customer], everybody: Sequence[Customer]) -> Iterator[str]:
    """Everybody ends as the one who told the same story before the first kill."""
    model = {pioneer.story: pioneer for pioneer in pioneers}
    shown: defaultdict[str | None, list[str]] = defaultdict(list)
    got = {_spent(sent) for sent in facts.ledger}
    for row in facts.rows:
        if _identity(row) in got:
            shown[row.lane_key] += [words(message) for message in _body(row)["messages"]]
    for customer in (*pioneers, *everybody):
        person, pioneer = customer.person, model[customer.story]
        stored, wanted = facts.people.get(person.user_id), facts.people.get(pioneer.person.user_id)
        if stored is None or wanted is None or stored.runs != [RunStatus.CONFIRMED]:
            yield f"{person.name} has the runs {stored and stored.runs}, after {customer.tapped!r}"
        elif (stored.answers, stored.tags) != (wanted.answers, wanted.tags):
            yield f"{person.name} answered {stored.answers} and carries {sorted(stored.tags)}"
        if person.sees != shown[person.user_id]:
            yield f"{person.name} does not see what LINE got, in the order of the turns"
        if not customer.repeats and _screen(customer) != _screen(pioneer):
            yield f"{person.name} was patient, and sees {_screen(customer)}"


def _screen(customer: Customer) -> list[str]:
    return [said.replace(customer.person.name, "NAME") for said in customer.person.sees]
