"""What the inputs of the rule builder offer: tags, fields, events, segments and more, as they are called here."""

from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from analytics.mentioned import entry_codes, written_by
from campaigns.models import Campaign
from console.campaign_page import purposes
from console.customer import Reader
from console.event_words import EVENTS, event_name
from console.languages import LANGUAGES
from console.open_ticket import Desk
from console.property_choices import Option, of_orders, properties, values
from console.words import _
from console.words_known import DEVICES, month_name
from contacts.models import ContactField, FieldKind
from facts import event_types, rfm
from questionnaires.definition import Question, Questionnaire
from segmentation import audience, scores
from segmentation.comparing import SCORE
from segmentation.models import Tag
from tickets import queues

MOST_TAGS = 3000
MOST_FIELDS = 300
MOST_CAMPAIGNS = 200

KINDS: Mapping[FieldKind, str] = {
    FieldKind.TEXT: "text",
    FieldKind.NUMBER: "number",
    FieldKind.DATE: "day",
    FieldKind.DATETIME: "day",
    FieldKind.TIME: "text",
    FieldKind.FLAG: "flag",
}


def choices(desk: Desk, reader: Reader) -> Mapping[str, Sequence[Option]]:
    """Return all choices by source, by a handful of queries."""
    definitions = definitions_of(desk)
    fields = [*_scores(desk, reader), *_fields(desk, definitions, reader)]
    found: dict[str, Sequence[Option]] = {
        "tags": list(_tags(desk, reader)),
        "tag_sources": [
            {"value": "staff:", "label": _("staff")},
            {"value": "question:", "label": _("an answer")},
            {"value": "rule:", "label": _("a rule or a tap")},
            {"value": "import:", "label": _("an import")},
            {"value": "segment:", "label": _("a segment")},
        ],
        "fields": fields,
        "field_values": [{**value, "of": one["value"]} for one in fields for value in one["values"]],
        "events": list(_events(desk)),
        "properties": list(properties(desk.session, desk.channel_id)),
        "segments": [
            {"value": one.key, "label": reader.pick(one.labels, one.key)}
            for one in audience.current(desk.session, desk.channel_id)
        ],
        "queues": [
            {"value": one.key, "label": reader.pick(one.labels, one.key)}
            for one in queues.live(desk.session, desk.channel_id)
        ],
        "campaigns": list(_campaigns(desk)),
        "questionnaires": [
            {"value": one.key, "label": reader.pick(one.title, one.key)} for one in definitions
        ],
        "questions": list(_questions(definitions, reader)),
        "answers": list(_answers(desk, definitions, reader)),
        "entries": [{"value": code, "label": code} for code in entry_codes(desk.account)],
        "languages": [{"value": tag, "label": name} for tag, name in _languages(desk)],
        "purposes": [{"value": purpose, "label": label} for purpose, label in purposes(desk)],
        "hours": [{"value": hour, "label": f"{hour}:00–{hour}:59"} for hour in range(24)],
        "months": _months(),
        "rfm_groups": [
            {"value": one.key, "label": reader.pick(one.labels, one.key)}
            for one in rfm.groups(desk.session, desk.channel_id)
        ],
        "devices": [{"value": device, "label": name} for device, name in DEVICES.items()],
    }
    return {**found, **values(desk, reader, found), **of_orders(desk.session, desk.channel_id)}


def _tags(desk: Desk, reader: Reader) -> Iterator[Option]:
    groups: dict[str, str] = {}
    if desk.published is not None:
        groups = {one.id: reader.pick(one.label, one.id) for one in desk.published.content.tag_groups}
    rows = desk.session.scalars(
        sa.select(Tag)
        .where(Tag.channel_id == desk.channel_id, Tag.retired_at.is_(None))
        .order_by(Tag.group, Tag.name)
        .limit(MOST_TAGS)
    )
    for tag in rows:
        yield {
            "value": tag.name,
            "label": reader.pick(tag.labels, tag.name),
            "group": groups.get(tag.group or "", tag.group or ""),
            "colour": tag.colour,
        }


def definitions_of(desk: Desk) -> Sequence[Questionnaire]:
    """Return the questionnaires as they are published."""
    if desk.published is None:
        return []
    ids = desk.published.version_ids
    return [desk.versions.get(desk.session, ids[key]).definition for key in sorted(ids)]


def fields_of(desk: Desk, reader: Reader) -> Sequence[tuple[str, str]]:
    """Return the names of what people tell us about themselves, each with a hint of what it is, if one is known."""
    found = _fields(desk, definitions_of(desk), reader)
    return [(str(one["value"]), str(one["hint"])) for one in found]


def _fields(desk: Desk, definitions: Sequence[Questionnaire], reader: Reader) -> Iterator[Option]:
    asked: dict[str, list[Question]] = {}
    for question in (question for one in definitions for question in one.questions):
        for name in written_by(question):
            asked.setdefault(name, []).append(question)
    seen = {name: KINDS[kind] for name, kind in _seen_fields(desk.session)}
    for name in sorted(seen.keys() | asked.keys()):
        questions = asked.get(name, [])
        values = {value: label for question in questions for value, label in _values(question, name, reader)}
        yield {
            "value": name,
            "label": name,
            "hint": next((reader.pick(one.short or {}, "") for one in questions if one.field == name), ""),
            "kind": seen.get(name) or _asked_kind(questions, name),
            "values": [{"value": value, "label": label} for value, label in values.items()],
        }


def _scores(desk: Desk, reader: Reader) -> Iterator[Option]:
    """Yield the scores: fields that are worked out."""
    for one in scores.current(desk.session, desk.channel_id):
        yield {
            "value": f"{SCORE}{one.key}",
            "label": reader.pick(one.labels, one.key),
            "hint": _("a score"),
            "kind": "number",
            "values": [],
        }


def _asked_kind(questions: Sequence[Question], name: str) -> str:
    by_kind = {"number": "number", "date": "day", "datetime": "day"}
    asks = [one for one in questions if one.field == name]
    picks = {choice.pick for one in asks for choice in one.choices}
    if picks & {"date", "datetime"}:
        return "day"
    return next((by_kind[one.kind] for one in asks if one.kind in by_kind), "text")


def _values(question: Question, name: str, reader: Reader) -> Iterator[tuple[str, str]]:
    for choice in question.choices:
        value = choice.fields.get(name)
        if isinstance(value, str):
            yield value, reader.pick(choice.label, value)


def _seen_fields(session: Session) -> Iterator[tuple[str, FieldKind]]:
    """Yield every name with the kind of one value, by jumping from name to name along the index.

    There are millions of values and a few dozen names.
    """
    first = sa.select(sa.func.min(ContactField.name).label("name")).cte("names", recursive=True)
    following = (
        sa.select(sa.func.min(ContactField.name)).where(ContactField.name > first.c.name).scalar_subquery()
    )
    names = first.union_all(sa.select(following).where(first.c.name.is_not(None)))
    kind = sa.select(ContactField.kind).where(ContactField.name == names.c.name).limit(1).scalar_subquery()
    rows = session.execute(
        sa.select(names.c.name, kind.label("kind")).where(names.c.name.is_not(None)).limit(MOST_FIELDS)
    )
    yield from ((row.name, row.kind) for row in rows)


def _events(desk: Desk) -> Iterator[Option]:
    stored = event_types.names_of(desk.session, desk.channel_id).values()
    for name in dict.fromkeys([*EVENTS, *stored]):
        label = event_name(name)
        yield {"value": name, "label": label, "hint": name if label != name else ""}


def _campaigns(desk: Desk) -> Iterator[Option]:
    """Yield the campaigns by the ids that rules name them by; of a weekly one none of its occurrences."""
    rows = desk.session.execute(
        sa.select(Campaign.key, Campaign.public_id, Campaign.name)
        .where(Campaign.channel_id == desk.channel_id, Campaign.plan_id.is_(None))
        .order_by(Campaign.id.desc())
        .limit(MOST_CAMPAIGNS)
    )
    for key, public_id, name in rows:
        yield {"value": key or public_id, "label": name}


def _questions(definitions: Sequence[Questionnaire], reader: Reader) -> Iterator[Option]:
    for one in definitions:
        for question in one.questions:
            label = reader.pick(question.short or question.ask, question.id)
            yield {"value": question.id, "label": label, "of": one.key}


def _answers(desk: Desk, definitions: Sequence[Questionnaire], reader: Reader) -> Iterator[Option]:
    cards = desk.published.content.cards if desk.published is not None else ()
    for one in definitions:
        for question in one.questions:
            for choice in question.choices:
                label = reader.pick(choice.label, choice.id)
                yield {"value": choice.id, "label": label, "of": question.id, "with": one.key}
            for card in cards if question.cards else ():
                label = reader.pick(card.title, card.id)
                yield {"value": card.id, "label": label, "of": question.id, "with": one.key}


def _languages(desk: Desk) -> Iterator[tuple[str, str]]:
    tags = desk.published.content.languages if desk.published is not None else ()
    for tag in dict.fromkeys([*tags, *LANGUAGES, "ko", "th", "zh-CN", "vi", "id"]):
        known = LANGUAGES.get(tag)
        yield tag, known.name if known is not None else tag


def _months() -> list[Option]:
    names: Sequence[int | str] = ("this_month", "next_month", "last_month", *range(1, 13))
    return [{"value": month, "label": month_name(month)} for month in names]
