"""The leaf `field`, and `device`, which is one."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from contacts.models import ContactField
from content.days import is_relative
from segmentation import comparing
from segmentation.comparing import SCORE, FieldTest
from segmentation.days import At, day_of
from segmentation.kinds.forms import Several
from segmentation.leaf import LeafKind, Mention


def _crossing(test: FieldTest, since: At, at: At) -> Iterable[sa.Select[int]]:
    # Whose day lies where a day counted from today has moved over it.
    if since.today == at.today:
        return
    days = [
        one for one in (*test.limits(), test.is_, test.is_not) if isinstance(one, str) and is_relative(one)
    ]
    for one in days:
        first, last = sorted((day_of(one, since), day_of(one, at)))
        yield sa.select(ContactField.contact_id).where(
            ContactField.name == test.name,
            ContactField.kind.in_(comparing.DAYS),
            comparing.from_to(first, last),
        )


def _mention(test: FieldTest) -> Mention:
    noun, name = ("score", test.name.removeprefix(SCORE)) if test.is_score else ("field", test.name)
    return Mention(noun, name, ("name",))  # type: ignore[arg-type]


FIELD = LeafKind[FieldTest](
    "field",
    TypeAdapter(FieldTest),
    sql=comparing.condition,
    holds=comparing.holds,
    fact=lambda test, person, _at: person.fields.get(test.name),
    reads=lambda test: [f"field:{test.name}"],
    crossing=_crossing,
    mentions=lambda test: [_mention(test)],
    never=comparing.never_holds,
)

DEVICE_FIELD = "device"
"""LINE does not tell what people hold in their hands; a page of the shop's own, or an import, does."""


def _device(names: tuple[str, ...]) -> FieldTest:
    return FieldTest(name=DEVICE_FIELD, one_of=names)


DEVICE: LeafKind[Any] = LeafKind[tuple[str, ...]](
    "device",
    TypeAdapter(Several),
    sql=lambda names, at: comparing.condition(_device(names), at),
    holds=lambda names, person, at: comparing.holds(_device(names), person, at),
    fact=lambda _names, person, _at: person.fields.get(DEVICE_FIELD),
    reads=lambda _names: [f"field:{DEVICE_FIELD}"],
)
