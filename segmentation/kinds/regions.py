"""The leaf `region`: where somebody lives, by the fields `prefecture` and `city`, however it was written."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter, model_validator

from contacts.models import ContactField, FieldKind
from content.text import Frozen
from segmentation.carrying import among, told_in
from segmentation.comparing import column_for
from segmentation.days import At
from segmentation.joining import Meant, all_of
from segmentation.kinds.forms import SOMETHING, Several
from segmentation.leaf import LeafKind, Mention
from segmentation.people import Fact, KnownField, Person

_ENDINGS = ("市", "縣", "県", "都", "府")


class RegionTest(Frozen):
    """`{prefecture: [台北, 新北, 基隆]}`, `{city: 信義區}`; both must hold where both are said.

    臺 is 台, and 台北 is 台北市: a name may leave out 市, 縣, 県, 都 or 府, here and in what is known.
    """

    model_config = SOMETHING

    prefecture: Several | None = None
    city: Several | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "RegionTest":
        if self.prefecture is None and self.city is None:
            raise ValueError("say a `prefecture` or a `city`")
        return self

    def asked(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield the field and every writing that fits."""
        for name, wanted in (("prefecture", self.prefecture), ("city", self.city)):
            if wanted is not None:
                yield name, tuple(dict.fromkeys(one for name in wanted for one in _writings(name)))


def folded(name: str) -> str:
    """Return a name with 台 for 臺."""
    return name.replace("臺", "台")


def _writings(name: str) -> Iterator[str]:
    name = folded(name.strip())
    yield name
    if len(name) > 2 and name.endswith(_ENDINGS):
        yield name[:-1]
    else:
        yield from (name + ending for ending in _ENDINGS)


def _sql(test: RegionTest, _at: At) -> Meant:
    is_text = ContactField.kind == FieldKind.TEXT
    return all_of(
        *(
            told_in(
                ContactField.contact_id,
                ContactField.name == name,
                is_text,
                among(sa.func.replace(column_for(wanted), "臺", "台"), wanted),
            )
            for name, wanted in test.asked()
        )
    )


def _holds(test: RegionTest, person: Person, _at: At) -> bool:
    return all(_fits(person.fields.get(name), wanted) for name, wanted in test.asked())


def _fits(known: KnownField | None, wanted: tuple[str, ...]) -> bool:
    return known is not None and known.kind is FieldKind.TEXT and folded(known.text or "") in wanted


def _seen(test: RegionTest, person: Person, _at: At) -> Fact | None:
    told = [(person.fields.get(name), wanted) for name, wanted in test.asked()]
    return next((known for known, wanted in told if not _fits(known, wanted)), told[-1][0])


REGION: LeafKind[Any] = LeafKind[RegionTest](
    "region",
    TypeAdapter(RegionTest),
    sql=_sql,
    holds=_holds,
    fact=_seen,
    reads=lambda test: [f"field:{name}" for name, _wanted in test.asked()],
    mentions=lambda test: [Mention("field", name, (name,)) for name, _wanted in test.asked()],
)
