"""Whom a request means: somebody by our own id, by LINE's, or by the shop's number for them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

import sqlalchemy as sa
from pydantic import ConfigDict, model_validator
from sqlalchemy.orm import Session

from api.shapes import Key, PublicId, Strict, UserId
from contacts.models import Contact
from core.errors import Conflict, NotFound
from facts import customers

Kind = Literal["contact_id", "line_user_id", "customer_id"]
KINDS: tuple[Kind, ...] = ("contact_id", "line_user_id", "customer_id")


@dataclass(frozen=True, slots=True)
class Name:
    """One way to name somebody."""

    kind: Kind
    value: str


class Named(Strict):
    """Names somebody in exactly one way."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": [kind], "properties": {kind: {"type": "string"}}} for kind in KINDS]
        }
    )

    contact_id: PublicId | None = None
    line_user_id: UserId | None = None
    customer_id: Key | None = None

    @model_validator(mode="after")
    def _in_one_way(self) -> Self:
        if sum(getattr(self, kind) is not None for kind in KINDS) != 1:
            raise ValueError(f"name the person in exactly one way: {', '.join(KINDS)}")
        return self

    @property
    def person(self) -> Name:
        """Whom it names."""
        return next(Name(kind, value) for kind in KINDS if (value := getattr(self, kind)) is not None)


def resolve(session: Session, channel_id: int, names: Iterable[Name]) -> Mapping[Name, int]:
    """Return the contacts' ids of those who are known; who was erased is not."""
    by_kind: dict[Kind, set[str]] = defaultdict(set)
    for name in names:
        by_kind[name.kind].add(name.value)
    found: dict[Name, int] = {}
    for kind, column in _COLUMNS.items():
        if values := by_kind[kind]:
            rows = session.execute(
                sa.select(column, Contact.id).where(
                    Contact.channel_id == channel_id, column.in_(values), Contact.erased_at.is_(None)
                )
            )
            found |= {Name(kind, value): id_ for value, id_ in rows}
    if keys := by_kind["customer_id"]:
        tied = customers.contact_ids(session, channel_id, keys)
        found |= {Name("customer_id", key): id_ for key, id_ in tied.items()}
    return found


_COLUMNS: Mapping[Kind, Any] = {"contact_id": Contact.public_id, "line_user_id": Contact.line_user_id}


def get(session: Session, channel_id: int, public_id: str) -> Contact:
    """Return a contact by our own id, erased or not.

    :raises NotFound: there is none.
    """
    return _one(session, sa.select(Contact).where(_is(channel_id, public_id)))


def get_changeable(session: Session, channel_id: int, public_id: str) -> Contact:
    """Return a contact by our own id, locked against turns.

    :raises NotFound: there is none.
    :raises Conflict: they were erased.
    """
    contact = _one(
        session, sa.select(Contact).where(_is(channel_id, public_id)).with_for_update(key_share=True)
    )
    if contact.erased_at is not None:
        raise Conflict("this person's data were erased")
    return contact


def _is(channel_id: int, public_id: str) -> sa.ColumnElement[bool]:
    return sa.and_(Contact.channel_id == channel_id, Contact.public_id == public_id)


def _one(session: Session, wanted: sa.Select[Any]) -> Contact:
    found: Sequence[Contact] = session.scalars(wanted).all()
    if not found:
        raise NotFound("there is no such person")
    return found[0]
