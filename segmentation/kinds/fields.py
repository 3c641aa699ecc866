"""The leaf `field`, and `device`, which is one."""

from typing import Any

from pydantic import TypeAdapter

from segmentation import comparing
from segmentation.comparing import FieldTest
from segmentation.kinds.forms import Several
from segmentation.leaf import LeafKind, Mention

FIELD = LeafKind[FieldTest](
    "field",
    TypeAdapter(FieldTest),
    sql=comparing.condition,
    holds=comparing.holds,
    fact=lambda test, person, _at: person.fields.get(test.name),
    reads=lambda test: [f"field:{test.name}"],
    crossing=comparing.crossing,
    mentions=lambda test: [Mention("field", test.name, ("name",))],
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
