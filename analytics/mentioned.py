"""Which of the names in a rule there are: whoever misspells one would count nobody, and under a `not` everybody."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaigns.models import Campaign
from contacts.models import Contact, ContactField, EntrySource
from content.model import Card
from content.revisions import Published
from facts import rfm
from facts.event_types import EventType
from facts.events import BUILT_IN
from questionnaires.definition import Question, Questionnaire
from questionnaires.versions import Versions
from segmentation import scores
from segmentation.consent import PREFIX, tag_for
from segmentation.leaf import Noun
from segmentation.models import Segment, Tag
from segmentation.rules import FaultyRule, Rule
from segmentation.segments import Segments
from tickets import queues

MOST_CODES = 500
"""Of those that nothing but contacts knows."""


@dataclass(frozen=True, slots=True)
class Account:
    """Where names are looked up."""

    session: Session
    channel_id: int
    segments: Segments
    published: Published | None
    versions: Versions

    def questionnaires(self) -> Iterator[Questionnaire]:
        """Yield them as they are published."""
        for version in self.published.version_ids.values() if self.published is not None else ():
            yield self.versions.get(self.session, version).definition


def known_names(account: Account, rule: Rule) -> Mapping[str, frozenset[str]]:
    """Return by noun those of the names in a rule that there are, by one small query for each noun in it."""
    mentioned: dict[Noun, set[str]] = {}
    for _path, mention in account.segments.mentions(rule):
        mentioned.setdefault(mention.noun, set()).add(mention.name)
    return {noun: frozenset(_LOOK_UP[noun](account, names)) & names for noun, names in mentioned.items()}


def asked_fields(account: Account) -> frozenset[str]:
    """Return the fields that questionnaires fill, whether or not anybody has answered yet."""
    return frozenset(
        name
        for one in account.questionnaires()
        for question in one.questions
        for name in written_by(question)
    )


def written_by(question: Question) -> Iterable[str]:
    """Yield the fields that a question's answers go to."""
    yield from (name for choice in question.choices for name in choice.fields)
    if question.field is not None:
        yield question.field


def _tags(account: Account, names: set[str]) -> set[str]:
    known = sa.select(Tag.name).where(Tag.channel_id == account.channel_id, Tag.name.in_(names))
    return set(account.session.scalars(known))


def _topics(account: Account, names: set[str]) -> set[str]:
    """Return the tags, and what buttons say they are about without setting it."""
    buttons = account.published.buttons.values() if account.published is not None else ()
    return _tags(account, names).union(*(button.about for button in buttons))


def _consents(account: Account, names: set[str]) -> set[str]:
    return {tag.removeprefix(PREFIX) for tag in _tags(account, {tag_for(name) for name in names})}


def _segments(account: Account, names: set[str]) -> set[str]:
    known = sa.select(Segment.key).where(
        Segment.channel_id == account.channel_id, Segment.key.in_(names), Segment.retired_at.is_(None)
    )
    return set(account.session.scalars(known))


def _fields(account: Account, names: set[str]) -> frozenset[str]:
    asked = asked_fields(account)
    # One row of each is enough; of some names there are millions.
    ours = sa.select(ContactField.id).join(Contact).where(Contact.channel_id == account.channel_id).limit(1)
    told = (
        name
        for name in names - asked
        if account.session.scalar(ours.where(ContactField.name == name)) is not None
    )
    return asked | frozenset(told)


def _events(account: Account, names: set[str]) -> set[str]:
    """Return what has happened before, what turns record, and what the playbook's own rules wait for."""
    known = sa.select(EventType.name).where(
        EventType.channel_id == account.channel_id, EventType.name.in_(names)
    )
    found = {*BUILT_IN, *account.session.scalars(known)}
    return found if names <= found else found | _awaited(account)


def _awaited(account: Account) -> set[str]:
    """Return the events in the rules of the playbook, which declares them before the first has come."""
    if account.published is None:
        return set()
    content = account.published.content
    written = [one.rule for one in content.segments]
    written += [part.when for one in content.scores for part in one.conditions]
    found = set()
    for one in written:
        with suppress(FaultyRule):  # of a language that was spoken when it was published
            mentions = account.segments.mentions(account.segments.parse(one))
            found |= {mention.name for _path, mention in mentions if mention.noun == "event"}
    return found


def _campaigns(account: Account, names: set[str]) -> set[str]:
    """Return those of campaigns.yaml, and those made in the console, which are named by the ids in their addresses."""
    known = sa.select(Campaign.key, Campaign.public_id).where(
        Campaign.channel_id == account.channel_id,
        sa.or_(Campaign.key.in_(names), Campaign.public_id.in_(names)),
    )
    return {id_ for ids in account.session.execute(known) for id_ in ids if id_ is not None}


def _properties(_account: Account, names: set[str]) -> set[str]:
    """Return those of events from outside, of which one may always be still to come: `analytics/untold.py`."""
    return {name for name in names if not set(name.partition("/")[0].split(",")) <= {*BUILT_IN}}


def _questions(account: Account, _names: set[str]) -> set[str]:
    there = [(one.key, question.id) for one in account.questionnaires() for question in one.questions]
    return {f"{of}/{question}" for key, question in there for of in (key, "")}


def _choices(account: Account, _names: set[str]) -> set[str]:
    cards = [card.id for card in _cards(account)]
    there = [
        (one.key, question.id, choice)
        for one in account.questionnaires()
        for question in one.questions
        for choice in [*(choice.id for choice in question.choices), *(cards if question.cards else ())]
    ]
    return {
        f"{of}/{asked}/{choice}"
        for key, question, choice in there
        for of in (key, "")
        for asked in (question, "")
    }


def _cards(account: Account) -> Sequence[Card]:
    return account.published.content.cards if account.published is not None else ()


def entry_codes(account: Account) -> Sequence[str]:
    """Return the codes of entry links that are registered, have a greeting of their own, or brought somebody."""
    registered = sa.select(EntrySource.code).where(EntrySource.channel_id == account.channel_id)
    greetings = account.published.content.greetings if account.published is not None else ()
    greeted = {code for one in greetings for code in one.when.entry}
    return sorted({*account.session.scalars(registered), *greeted, *_came_by(account)})


def _came_by(account: Account) -> Iterator[str]:
    """Yield the codes by which people came, also where no greeting knows them any more.

    By jumping from code to code along the index: there are millions of people and a few dozen codes.
    """
    code = Contact.entry_source
    here = sa.and_(Contact.channel_id == account.channel_id, code.is_not(None))
    first = sa.select(sa.func.min(code).label("code")).where(here).cte("codes", recursive=True)
    after = sa.select(sa.func.min(code)).where(here, code > first.c.code).scalar_subquery()
    codes = first.union_all(sa.select(after).where(first.c.code.is_not(None)))
    found = sa.select(codes.c.code).where(codes.c.code.is_not(None)).limit(MOST_CODES)
    yield from account.session.scalars(found)


_LOOK_UP: Mapping[Noun, Callable[[Account, set[str]], AbstractSet[str]]] = {
    "tag": _tags,
    "topic": _topics,
    "field": _fields,
    "consent": _consents,
    "event": _events,
    "questionnaire": lambda account, _names: {one.key for one in account.questionnaires()},
    "question": _questions,
    "choice": _choices,
    "card": lambda account, _names: {one.id for one in _cards(account)},
    "segment": _segments,
    "score": lambda account, _names: {one.key for one in scores.current(account.session, account.channel_id)},
    "queue": lambda account, _names: {one.key for one in queues.live(account.session, account.channel_id)},
    "campaign": _campaigns,
    "group": lambda account, _names: {one.key for one in rfm.groups(account.session, account.channel_id)},
    "entry": lambda account, _names: {*entry_codes(account)},
    "property": _properties,
    # Old messages stay tappable: one that nobody knows is doubted, by `analytics/untold.py`, and not refused.
    "button": lambda _account, names: names,
    "owner": lambda _account, names: names,
}
"""By noun."""
