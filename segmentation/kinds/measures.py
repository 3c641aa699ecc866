"""How much and how often: numbers that a count, a sum or an average is held against."""

import operator
from collections.abc import Callable, Mapping
from itertools import product
from types import MappingProxyType
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import AfterValidator, Field, StrictFloat, StrictInt, model_validator
from sqlalchemy.orm import InstrumentedAttribute

from content.text import Frozen
from segmentation.carrying import told_in, told_so_often
from segmentation.joining import Meant, none_of
from segmentation.kinds.forms import SOMETHING

_MOST = 10**12
_COMPARES: Mapping[str, Callable[[Any, Any], Any]] = MappingProxyType(
    {
        "at_least": operator.ge,
        "at_most": operator.le,
        "more_than": operator.gt,
        "less_than": operator.lt,
        "exactly": operator.eq,
    }
)


def _finite(value: float) -> float:
    if not abs(value) <= _MOST:
        raise ValueError(f"must be a number between -{_MOST:,} and {_MOST:,}")
    return value


Number = Annotated[StrictInt | StrictFloat, AfterValidator(_finite)]
Share = Annotated[float, Field(gt=0, le=1, strict=True)]
"""`0.7` is seven of ten."""

TEN_THOUSAND = 10_000
"""Shares are compared in whole parts of ten thousand, which come out the same everywhere."""


def parts_of(share: float) -> int:
    return round(share * TEN_THOUSAND)


class Measure(Frozen):
    """`{at_least: 3}`, `{more_than: 1000, at_most: 5000}`: all that is said must hold."""

    model_config = SOMETHING

    at_least: Number | None = None
    at_most: Number | None = None
    more_than: Number | None = None
    less_than: Number | None = None
    exactly: Number | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Measure":
        if not self.limits():
            raise ValueError(f"say how much: one of {', '.join(f'`{one}`' for one in _COMPARES)}")
        return self

    def limits(self) -> Mapping[str, float]:
        """Return what is said, by how it is compared."""
        said = {name: getattr(self, name) for name in _COMPARES}
        return {name: limit for name, limit in said.items() if limit is not None}

    @property
    def least(self) -> int | None:
        """Return the number, one or more, from which on everything fits; None where more is said, or none needed."""
        if not isinstance(self.at_least, int) or len(self.limits()) > 1:
            return None
        return self.at_least if self.at_least >= 1 else None

    def fits(self, value: float, *, times: float = 1) -> bool:
        """Say whether a number fits the limits, each taken so many times."""
        return all(_COMPARES[name](value, limit * times) for name, limit in self.limits().items())

    def sql(self, value: sa.SQLColumnExpression[Any], *, times: Any = 1) -> sa.ColumnElement[bool]:
        """Return the same as a condition; `times` may be a column."""
        return sa.and_(*(_COMPARES[name](value, limit * times) for name, limit in self.limits().items()))

    def never(self) -> str | None:
        """Return why no number fits; None when one does."""
        limits = self.limits()
        for low, high in product(("at_least", "more_than", "exactly"), ("at_most", "less_than", "exactly")):
            if low in limits and high in limits and not _leave_room(low, limits[low], high, limits[high]):
                return f"`{high}` and `{low}` rule each other out, so nobody fits"
        return None

    def in_cents(self) -> "Measure":
        """Return the limits of an amount in hundredths, in which all amounts are stored: 0.29 is 29."""
        # Not checked again: of a million millions as many hundredths are too many for what somebody types.
        return self.model_copy(update={name: round(limit * 100) for name, limit in self.limits().items()})


def _leave_room(low: str, least: float, high: str, most: float) -> bool:
    return least < most or (least == most and low != "more_than" and high != "less_than")


def none_fits(*measures: Measure | None) -> str | None:
    """Return why one of some measures fits no number; None when each fits one."""
    return next((why for one in measures if one is not None and (why := one.never()) is not None), None)


ONCE = Measure(at_least=1)


def counted(
    contact_id: InstrumentedAttribute[Any],
    *where: sa.ColumnElement[bool],
    fits: Measure,
    value: sa.ColumnElement[Any] | None = None,
    ever: bool = False,
) -> Meant:
    """Return that a contact's rows are so many, or come to such a sum.

    Whoever has no row has none, which `at_most` and `exactly: 0` may fit.

    :param value: what comes of all the rows; without it they are counted.
    :param ever: as in `carrying.told_in`.
    """
    if value is None and (least := fits.least) is not None:
        return told_so_often(contact_id, *where, times=least, ever=ever)
    fitting = fits.sql(sa.func.count() if value is None else value)
    if fits.fits(0):
        return none_of(told_in(contact_id, *where, having=sa.not_(fitting)))
    return told_in(contact_id, *where, having=fitting)
