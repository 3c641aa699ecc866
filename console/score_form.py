"""The points of a score as somebody types them, each beside its condition."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from console.value_words import number
from console.words import _
from content.model import POINTS_LIMIT
from core.errors import InvalidInput

TYPED_CHARS = 20
_WHOLE = re.compile(r"[+-]?[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class ScoreForm:
    """What stands in the fields, also what is none."""

    typed: Sequence[str]
    version: str = ""
    """When the score was last changed, as of when the form was opened."""

    def points(self) -> Sequence[int]:
        """Return what was typed.

        :raises InvalidInput: with every fault by its field, such as `points.0`.
        """
        read = [_read(one) for one in self.typed]
        if faults := {f"points.{place}": _wanted() for place, one in enumerate(read) if one is None}:
            raise InvalidInput(faults)
        return [one for one in read if one is not None]


def read_form(sent: Mapping[str, str], conditions: int) -> ScoreForm:
    """Return what somebody typed."""
    typed = [" ".join(sent.get(f"points.{place}", "").split())[:TYPED_CHARS] for place in range(conditions)]
    return ScoreForm(typed, sent.get("version", ""))


def _read(typed: str) -> int | None:
    plain = unicodedata.normalize("NFKC", typed).replace("−", "-").replace(",", "").replace(" ", "")
    if _WHOLE.fullmatch(plain) is None or abs(int(plain)) > POINTS_LIMIT:
        return None
    return int(plain)


def _wanted() -> str:
    most = number(POINTS_LIMIT)
    return _("Write a whole number from %(low)s to %(high)s.", low=f"−{most}", high=most)
