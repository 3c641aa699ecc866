"""What leaves have in common in how they are written: names, lists of names, and times."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticKnownError

from content.comparing import LIST_LIMIT, says_one_of, storable
from content.model import Duration
from content.text import Frozen
from segmentation.days import At

PAST_LIMIT = timedelta(days=3660)
FEW_LIMIT = 100
"""Where each name costs a condition or a parameter of its own, and where nobody has more of them."""
LETTERS = 160
_SPAN = re.compile(r"[0-9]{1,12}[dhms]")


def _with_unit(value: Any) -> Any:
    # Pydantic takes a bare number for seconds, and `30` is meant as days.
    if isinstance(value, timedelta) or (isinstance(value, str) and _SPAN.fullmatch(value)):
        return value
    raise PydanticKnownError("time_delta_parsing", {"error": "a number and one of d, h, m and s"})


def _sensible(within: timedelta) -> timedelta:
    if not timedelta(0) < within <= PAST_LIMIT:
        raise ValueError(f"how far back must be between 1s and {PAST_LIMIT.days}d")
    return within


SOMETHING = ConfigDict(json_schema_extra={"minProperties": 1})
"""For forms that a validator refuses when they say nothing: their JSON Schema must not take them either."""


Past = Annotated[Duration, BeforeValidator(_with_unit), AfterValidator(_sensible)]
"""How far back: `30d` is 30 × 24 hours."""


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else (value,)


Name = Annotated[str, Field(min_length=1, max_length=LETTERS), AfterValidator(storable)]
_NAME = {"type": "string", "minLength": 1, "maxLength": LETTERS}


def _listed(most: int) -> WithJsonSchema:
    return WithJsonSchema(
        {"anyOf": [_NAME, {"type": "array", "items": _NAME, "minItems": 1, "maxItems": most}]}
    )


Several = Annotated[
    tuple[Name, ...],
    BeforeValidator(_as_list),
    Field(min_length=1, max_length=LIST_LIMIT),
    _listed(LIST_LIMIT),
]
"""One name, or a list of which one has to fit."""
Few = Annotated[
    tuple[Name, ...],
    BeforeValidator(_as_list),
    Field(min_length=1, max_length=FEW_LIMIT),
    _listed(FEW_LIMIT),
]
"""The same of what there are only some."""


class When(Frozen):
    """`{within: 30d}`: in the 30 × 24 hours before now. `{not_within: 30d}`: it was, and longer ago than that."""

    model_config = says_one_of("within", "not_within")

    within: Past | None = None
    not_within: Past | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> "When":
        if (self.within is None) == (self.not_within is None):
            raise ValueError("say either `within` or `not_within`, such as 30d")
        return self

    @property
    def span(self) -> timedelta:
        span = self.within or self.not_within
        assert span is not None
        return span

    def sql(self, moment: sa.SQLColumnExpression[Any], at: At) -> sa.ColumnElement[bool]:
        """Return the condition on a column that is never NULL."""
        edge = at.now - self.span
        return moment >= edge if self.within is not None else moment < edge

    def holds(self, moment: datetime | None, at: At) -> bool:
        """Say the same of one moment; what never was is neither."""
        if moment is None:
            return False
        return (moment >= at.now - self.span) == (self.within is not None)


def fell_out(
    moment: sa.SQLColumnExpression[Any], span: timedelta, since: At, at: At
) -> sa.ColumnElement[bool]:
    """Return the condition that a moment was within a span before `since`, and is not before `at`."""
    return sa.and_(moment >= since.now - span, moment < at.now - span)
