"""Taking a page of a file's rows in: whom they are about, and what of them is new."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from bot.import_tags import Consent, take_tags, take_told
from contacts import bulk_fields, imported, many
from contacts import service as contacts
from contacts.fields import Value
from contacts.imported import News
from facts import customers, event_types
from facts.events import Tracked, track
from facts.orders import record_orders
from facts.rows_lines import CustomerLine, EventLine, Line, OrderLine, Person, Refused, TagLine
from segmentation.bulk_tags import Changed, Say, Verb
from segmentation.consent import tag_for
from segmentation.people import FACTS_OF_NEW


@dataclass(frozen=True, slots=True)
class Import:
    """What all rows of one file have in common."""

    channel_id: int
    source: str
    """`import:FILE`."""
    purpose: str
    """What a marketing consent is for: the tag `consent:PURPOSE`."""
    erasure_key: bytes

    @property
    def consent_tag(self) -> str:
        return tag_for(self.purpose)


@dataclass
class Taken:
    """What became of some rows."""

    counts: Counter[str] = field(default_factory=Counter)
    """How many were `new`, `changed`, `same`, and whatever else there is to tell."""
    refused: list[Refused] = field(default_factory=list)
    facts: set[str] = field(default_factory=set)
    """What changed of anybody, as rules name what they read."""

    def add(self, more: "Taken") -> None:
        """Count what became of further rows."""
        self.counts.update(more.counts)
        self.refused += more.refused
        self.facts |= more.facts


def take(session: Session, job: Import, lines: Sequence[Line], *, now: datetime) -> Taken:
    """Write what rows of one kind say; a later row about the same goes before an earlier one."""
    taken = Taken()
    known = _people(session, job, lines, taken, now=now)
    if known.new:
        taken.facts |= FACTS_OF_NEW
    if taken.refused:
        lines = [line for line in lines if known.knows(line.who)]
    orders = [line for line in lines if isinstance(line, OrderLine)]
    events = [line for line in lines if isinstance(line, EventLine)]
    told = [line for line in lines if isinstance(line, CustomerLine)]
    tags = [line for line in lines if isinstance(line, TagLine)]
    if orders:
        _orders(session, job, orders, known, taken, now=now)
    if events:
        _events(session, job, events, known, taken, now=now)
    if told:
        _customers(session, job, told, known, taken, now=now)
    if tags:
        words = [
            Say(Verb.SET, contact_id, name, job.source, line.expires_at)
            for line in tags
            if (contact_id := known.contact(line.who)) is not None
            for name in line.tags
        ]
        changed = take_tags(session, job.channel_id, words, now=now)
        concerned = _tell(session, job, taken, {}, changed, now=now)
        _count(taken, [known.contact(line.who) for line in tags], concerned)
    return taken


def _tell(
    session: Session,
    job: Import,
    taken: Taken,
    fields: Mapping[tuple[int, str], Value],
    tags: Changed,
    *,
    now: datetime,
) -> Collection[int]:
    """Tell the stories of those of whom something has changed, and return who they are."""
    news: defaultdict[int, News] = defaultdict(News)
    for (contact_id, name), value in fields.items():
        news[contact_id].fields[name] = value
    for contact_id, name in tags.put_on:
        news[contact_id].put_on.append(name)
    for contact_id, name in tags.taken_off:
        news[contact_id].taken_off.append(name)
    imported.tell(session.connection(), job.channel_id, news, source=job.source, now=now)
    taken.facts |= {f"field:{name}" for name in {name for _id, name in fields}}
    tagged = {*tags.put_on, *tags.taken_off, *tags.refreshed}
    taken.facts |= {f"tag:{name}" for name in {name for _id, name in tagged}}
    return {*news, *(contact_id for contact_id, _name in tagged)}


def _count(
    taken: Taken, rows: Sequence[int | None], concerned: Collection[int], new: Collection[int] = ()
) -> None:
    """Count rows about contacts by whether anything of them is new."""
    for contact_id in rows:
        kind = "new" if contact_id in new else "changed" if contact_id in concerned else "same"
        taken.counts[kind] += 1


@dataclass(frozen=True)
class Known:
    """Who the people of a page are."""

    new: Collection[int]
    """Contacts that were made for this page."""
    by_user: Mapping[str, int]
    by_customer: Mapping[str, int]
    gone: Collection[str]
    """LINE user ids of people who were erased."""
    strangers: Collection[str]
    """Customers whose LINE user id nobody has told."""

    def contact(self, who: Person) -> int | None:
        if who.line_user_id is not None:
            return self.by_user.get(who.line_user_id)
        return self.by_customer.get(who.customer_key or "")

    def knows(self, who: Person) -> bool:
        return who.line_user_id not in self.gone and not (
            who.line_user_id is None and who.customer_key in self.strangers
        )


def _people(session: Session, job: Import, lines: Sequence[Line], taken: Taken, *, now: datetime) -> Known:
    """Find the contacts of a page, and make those that are new; whoever was erased stays away."""
    seen: dict[str, datetime | None] = {}
    keys = set()
    for line in lines:
        who = line.who
        if who.line_user_id is not None:
            at, before = _seen_at(line), seen.get(who.line_user_id)
            seen[who.line_user_id] = max(at, before) if at and before else at or before
        # Orders find their people by themselves.
        elif who.customer_key is not None and not isinstance(line, OrderLine):
            keys.add(who.customer_key)
    gone = erased_of(session, job.channel_id, seen, key=job.erasure_key) if seen else ()
    there = many.ids_of(session, job.channel_id, seen) if seen else {}
    unknown = {one: at for one, at in seen.items() if one not in there and one not in gone}
    new = many.meet_new(session, job.channel_id, unknown, now=now)
    by_customer = customers.contact_ids(session, job.channel_id, keys) if keys else {}
    must_be_known = bool(lines) and isinstance(lines[0], EventLine | TagLine)
    strangers = {key for key in keys if key not in by_customer} if must_be_known else set()
    known = Known(new.made, {**there, **new.ids}, by_customer, gone, strangers)
    if not gone and not strangers:
        return known
    for line in lines:
        if line.who.line_user_id in gone:
            reason = "is about somebody who was erased at their own wish"
            taken.refused.append(Refused(line.raw.number, reason, line.raw.cells))
        elif not known.knows(line.who):
            reason = f"customer_id {line.who.customer_key} has no LINE user id yet: import contacts first"
            taken.refused.append(Refused(line.raw.number, reason, line.raw.cells))
    return known


def _seen_at(line: Line) -> datetime | None:
    match line:
        case CustomerLine():
            return line.registered_at
        case OrderLine():
            return line.order.ordered_at
        case EventLine():
            return line.at
        case TagLine():
            return None


def erased_of(session: Session, channel_id: int, user_ids: Collection[str], *, key: bytes) -> Collection[str]:
    """Return those who were erased and did not come back by themselves."""
    if not many.is_anybody_erased(session, channel_id):
        return ()
    back = many.ids_of(session, channel_id, user_ids)
    hashes = {contacts.hash_user_id(key, one): one for one in user_ids if one not in back}
    return {hashes[found] for found in many.erased_at(session, channel_id, hashes)}


def _orders(
    session: Session, job: Import, lines: Sequence[OrderLine], known: Known, taken: Taken, *, now: datetime
) -> None:
    rows = [
        line.order
        if line.who.line_user_id is None
        else line.order._replace(contact_id=known.contact(line.who))
        for line in lines
    ]
    outcomes = record_orders(session, job.channel_id, rows, source=job.source, now=now)
    taken.counts.update(outcomes.values())
    taken.counts["same"] += len(rows) - len(outcomes)
    if any(outcome != "same" for outcome in outcomes.values()):
        taken.facts.add("orders")


def _events(
    session: Session, job: Import, lines: Sequence[EventLine], known: Known, taken: Taken, *, now: datetime
) -> None:
    allowed = event_types.admitted(session, job.channel_id, {line.name for line in lines})
    rows = []
    for line in lines:
        contact_id = known.contact(line.who)
        if line.name not in allowed:
            reason = f"event_type {line.name} would be one too many: there may be {event_types.MOST_TYPES:,}"
            taken.refused.append(Refused(line.raw.number, reason, line.raw.cells))
        elif contact_id is not None:
            key = f"import/{line.key}"
            rows.append(Tracked(contact_id, line.name, line.at, line.properties, key))
    new = track(session, job.channel_id, rows, source=job.source, now=now)
    taken.counts["new"] += new
    taken.counts["same"] += len(rows) - new
    if new:
        taken.facts |= {f"event:{row.name}" for row in rows}


def _customers(
    session: Session,
    job: Import,
    lines: Sequence[CustomerLine],
    known: Known,
    taken: Taken,
    *,
    now: datetime,
) -> None:
    pairs: dict[str, int | None] = {}
    found: list[tuple[int | None, CustomerLine]] = []
    for line in lines:
        key, contact_id = line.who.customer_key, known.contact(line.who)
        if key is not None:
            if line.who.line_user_id is None:
                contact_id = pairs.get(key) or contact_id  # as a row before has told
            pairs[key] = contact_id
        found.append((contact_id, line))
    known_as = customers.tie(session, job.channel_id, pairs, now=now).values()
    tied = {one.contact_id for one in known_as if one.is_changed and one.contact_id is not None}
    if tied:
        taken.facts.add("orders")
    people = [(contact_id, line) for contact_id, line in found if contact_id is not None]
    taken.counts["without_line_user_id"] += len(found) - len(people)
    values = {(contact_id, name): value for contact_id, line in people for name, value in line.fields.items()}
    changed = bulk_fields.set_untold(session, values, source=job.source, now=now)
    words = [
        Say(Verb.SET, contact_id, name, job.source)
        for contact_id, line in people
        for name in line.tags
        if line.consents is None or name != job.consent_tag  # the answer beside it says more
    ]
    consents = [
        Consent(contact_id, line.consents, line.consent_at)
        for contact_id, line in people
        if line.consents is not None
    ]
    tagged = take_told(
        session,
        job.channel_id,
        words,
        consents,
        tag=job.consent_tag,
        source=job.source,
        new=known.new,
        now=now,
    )
    fields = {pair: values[pair].value for pair in changed}
    concerned = _tell(session, job, taken, fields, tagged, now=now)
    _count(taken, [contact_id for contact_id, _line in people], {*tied, *concerned}, known.new)
