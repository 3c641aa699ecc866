"""Requests about many things at once: each is read, written or refused by itself, page by page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session

from api.access import opened
from api.limits import WRITTEN_AT_ONCE
from api.problems import FieldFault, faults_of
from core.errors import InvalidInput

Thing = TypeVar("Thing", bound=BaseModel)
Told = TypeVar("Told")


@dataclass(frozen=True, slots=True)
class Item(Generic[Thing]):
    """One thing of a request, read or refused."""

    key: str | None
    thing: Thing | None
    faults: InvalidInput | None = None

    @property
    def errors(self) -> list[FieldFault]:
        """Return the faults as answers list them."""
        found = {} if self.faults is None else self.faults.fields
        return [FieldFault(field=name, detail=why) for name, why in found.items()]


def read_item(given: Any, model: type[Thing], key: str) -> Item[Thing]:
    """Read one of many; what it says about its own faults goes into its own place.

    :param key: the field by which the sender knows it again.
    """
    try:
        thing = given if isinstance(given, model) else model.model_validate(given)
    except ValidationError as error:
        told = given.get(key) if isinstance(given, dict) else None
        return Item(told if isinstance(told, str) else None, None, faults_of(error))
    return Item(getattr(thing, key), thing)


def in_pages(
    items: Sequence[Item[Thing]], write: Callable[[Session, Sequence[Item[Thing]]], Sequence[Told]]
) -> list[Told]:
    """Write some after the others, each page in a transaction of its own; return what became of all."""
    done: list[Told] = []
    for start in range(0, len(items), WRITTEN_AT_ONCE):
        with opened() as session:
            done += write(session, items[start : start + WRITTEN_AT_ONCE])
    return done
