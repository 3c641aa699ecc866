"""Whether conditions of the playbook hold for somebody at a moment."""

from collections.abc import Set as AbstractSet
from typing import Protocol

from content.model import When


class Circumstances(Protocol):
    """What conditions ask about; in a turn, or of many people at once."""

    @property
    def is_open(self) -> bool: ...
    @property
    def carried(self) -> AbstractSet[str]:
        """The tags carried now."""

    @property
    def language(self) -> str: ...
    @property
    def is_returning(self) -> bool: ...
    @property
    def entry_code(self) -> str | None: ...
    def has_confirmed(self, questionnaire: str) -> bool: ...


def hold(when: When, here: Circumstances) -> bool:
    """Say whether all conditions that are given hold."""
    carried = here.carried
    checks = (
        when.hours is None or (when.hours == "open") == here.is_open,
        carried >= frozenset(when.tags),
        carried.isdisjoint(when.without_tags),
        not when.language or here.language in when.language,
        when.friend is None or (when.friend == "returning") == here.is_returning,
        not when.entry or here.entry_code in when.entry,
        when.completed is None or here.has_confirmed(when.completed),
    )
    return all(checks)
