"""The leaves `tag` and `consent`: what a contact carries now, since when, until when, and who says so."""

from collections.abc import Iterable
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import AfterValidator, BeforeValidator, Field, StrictStr, TypeAdapter

from content.comparing import storable
from content.text import Frozen
from segmentation import consent
from segmentation.carrying import carries, known_by, told_in
from segmentation.days import At
from segmentation.joining import Meant
from segmentation.kinds.forms import Past, fell_out
from segmentation.leaf import LeafKind, Mention
from segmentation.models import ContactTag, Tag
from segmentation.people import CarriedTag, Person
from segmentation.tags import live

TagName = Annotated[StrictStr, Field(min_length=1, max_length=80), AfterValidator(storable)]
Purpose = Annotated[StrictStr, Field(min_length=1, max_length=60), AfterValidator(storable)]


class TagTest(Frozen):
    """`vip`, or `{name: vip, set_within: 30d, set_by: "staff:", expires_within: 7d}`; all that is said must hold."""

    name: TagName
    set_within: Past | None = None
    """It was put on, or confirmed, in this time."""
    set_by: Annotated[str, Field(min_length=1, max_length=160), AfterValidator(storable)] | None = None
    """How its source begins: `staff:`, `question:find_home/`, `import:`."""
    expires_within: Past | None = None
    """It ends in this time from now."""


def _in_full(raw: Any) -> Any:
    return raw if isinstance(raw, dict | TagTest) else {"name": raw}


def _sql(test: TagTest, at: At) -> Meant:
    more = []
    if test.set_within is not None:
        more.append(ContactTag.set_at >= at.now - test.set_within)
    if test.set_by is not None:
        # Not LIKE, which SQLite reads without regard to case.
        more.append(sa.func.substr(ContactTag.source, 1, len(test.set_by)) == test.set_by)
    if test.expires_within is not None:
        more.append(ContactTag.expires_at <= at.now + test.expires_within)
    ours = known_by(ContactTag.tag_id, _ids(test.name))
    return told_in(ContactTag.contact_id, ours, live(at.now), *more)


def _holds(test: TagTest, person: Person, at: At) -> bool:
    tag = person.tags.get(test.name)
    if tag is None or (tag.expires_at is not None and tag.expires_at <= at.now):
        return False
    if test.set_within is not None and tag.set_at < at.now - test.set_within:
        return False
    if test.set_by is not None and not tag.source.startswith(test.set_by):
        return False
    return test.expires_within is None or (
        tag.expires_at is not None and tag.expires_at <= at.now + test.expires_within
    )


def _carried(name: str, person: Person, at: At) -> CarriedTag | None:
    tag = person.tags.get(name)
    return None if tag is None or (tag.expires_at is not None and tag.expires_at <= at.now) else tag


def _crossing(test: TagTest, since: At, at: At) -> Iterable[sa.Select[int]]:
    # `+ 0`: by the tag there are as many rows as carry it, by the end only those that ended meanwhile.
    ours = (ContactTag.tag_id + 0).in_(_ids(test.name))
    ends = ContactTag.expires_at
    yield sa.select(ContactTag.contact_id).where(ours, ends > since.now, ends <= at.now)
    if test.expires_within is not None:
        first, last = since.now + test.expires_within, at.now + test.expires_within
        yield sa.select(ContactTag.contact_id).where(ours, ends > first, ends <= last)
    if test.set_within is not None:
        carried = known_by(ContactTag.tag_id, _ids(test.name))
        fell = fell_out(ContactTag.set_at, test.set_within, since, at)
        yield sa.select(ContactTag.contact_id).where(carried, fell)


def _ids(name: str) -> sa.Select[int]:
    """A contact's tags are all of its own channel, so the name is enough."""
    return sa.select(Tag.id).where(Tag.name == name)


TAG = LeafKind[TagTest](
    "tag",
    TypeAdapter(Annotated[TagTest, BeforeValidator(_in_full, json_schema_input_type=TagName | TagTest)]),
    sql=_sql,
    holds=_holds,
    fact=lambda test, person, at: _carried(test.name, person, at),
    reads=lambda test: [f"tag:{test.name}"],
    crossing=_crossing,
    mentions=lambda test: [Mention("tag", test.name)],
)

CONSENT = LeafKind[str](
    "consent",
    TypeAdapter(Purpose),
    sql=lambda purpose, at: carries(consent.tag_for(purpose), at),
    holds=lambda purpose, person, at: _carried(consent.tag_for(purpose), person, at) is not None,
    fact=lambda purpose, person, at: _carried(consent.tag_for(purpose), person, at),
    reads=lambda purpose: [f"tag:{consent.tag_for(purpose)}"],
    crossing=lambda purpose, since, at: _crossing(TagTest(name=consent.tag_for(purpose)), since, at),
    mentions=lambda purpose: [Mention("consent", purpose)],
)
