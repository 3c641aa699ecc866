"""One answer to one question, as it is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

Value = int | float | str


@dataclass(frozen=True, slots=True)
class Answer:
    """What was chosen, or the value that was typed, picked or sent. Neither: the question was skipped."""

    choices: tuple[str, ...] = ()
    """Choice ids in the order of the question."""
    value: Value | None = None
    """A text as cleaned, `2027-03-01`, `14:30`, `2027-03-01T14:30` (wall clock of the account's zone),
    +886912345678, a number, LINE's message id of a photo, `25.0330,121.5654` of a place."""
    shown: str | None = None
    """Only where the value does not tell: title and address of a place."""
    on: str | None = field(default=None, compare=False)
    """Of a date: the day in the account's zone on which it was said. Whatever is compared with it
    counts from that day, so that what an answer led to does not change overnight."""

    @property
    def is_skipped(self) -> bool:
        return not self.choices and self.value is None

    def to_json(self) -> dict[str, Any]:
        data: dict[str, Any] = {}
        if self.choices:
            data["choices"] = list(self.choices)
        if self.value is not None:
            data["value"] = self.value
        if self.shown is not None:
            data["shown"] = self.shown
        if self.on is not None:
            data["on"] = self.on
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(tuple(data.get("choices", ())), data.get("value"), data.get("shown"), data.get("on"))
