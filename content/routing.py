"""Which queue a ticket goes to, as `routing.yaml` says it."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from content.steps import Names
from content.text import Frozen, Text

Plain = bool | int | float | str


class FieldTest(Frozen):
    """What must be true of one field; all that is given. A plain value stands for `{is: value}`."""

    is_: Plain | None = Field(default=None, alias="is")
    between: tuple[int | float | str, int | float | str] | None = None
    """Both ends included; dates and times as ISO text."""
    known: bool | None = None

    @model_validator(mode="after")
    def _tests_something(self) -> "FieldTest":
        if self.is_ is None and self.between is None and self.known is None:
            raise ValueError("a field is tested by a value, by `between` or by `known`")
        return self


def _as_test(value: Any) -> Any:
    return value if isinstance(value, dict | FieldTest) or value is None else {"is": value}


class RoutingWhen(Frozen):
    """Conditions on the contact whose ticket it is; all that are given must hold."""

    tags: Names = ()
    without_tags: Names = ()
    fields: dict[
        str, Annotated[FieldTest, BeforeValidator(_as_test, json_schema_input_type=FieldTest | Plain)]
    ] = Field(default_factory=dict)
    segment: str | None = None
    language: Names = ()
    """One of these; of the playbook's languages the one the contact reads."""


class RoutingRule(Frozen):
    id: str = ""
    """What `why` calls it; its place in the list when left out."""
    when: RoutingWhen = RoutingWhen()
    queue: str


class QueueSpec(Frozen):
    """Where tickets wait for one of those who serve it."""

    id: str
    label: Text


class AskSatisfaction(Frozen):
    """Whether the customer is asked how it was when a ticket is solved."""

    ask: bool = True
    push: bool = True
    """Also where no free reply is open, as a push that costs; else only where it is free."""


GENERAL = QueueSpec(id="general", label={"zh-TW": "一般", "ja": "総合", "en": "General"})
"""The queue of a playbook that declares none: no ticket is lost for want of one."""


class Routing(Frozen):
    """Queues, and rules from top to bottom: the first that holds names the queue."""

    queues: tuple[QueueSpec, ...] = (GENERAL,)
    rules: tuple[RoutingRule, ...] = ()
    default: str = GENERAL.id
    """The queue of a ticket that no rule takes."""
    satisfaction: AskSatisfaction = AskSatisfaction()
