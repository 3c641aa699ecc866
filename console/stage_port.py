"""The simulated phones, as the stage needs them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that the customer of a scene does."""

    words: str
    """The label they tap, or what they type; of `adds`, `order` and `event` nothing."""
    kind: str
    """`adds`, `scans`, `taps`, `types`, `picks`, `sends`, `menu`; `order`, `event`: another system tells of them."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A transcript of the playbook."""

    key: str
    name: str
    language: str
    acts: Sequence[Act]
    waits: timedelta = timedelta()
    """So much time passes in it by itself; then no phone can play it, for the clock goes as it goes."""

    @property
    def is_playable(self) -> bool:
        return not self.waits


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person with a simulated phone."""

    user_id: str
    name: str


class Phones(Protocol):
    """People with simulated phones, and the scenes they can play."""

    def people(self) -> Sequence[Somebody]:
        """Return whom one can be."""

    def scenes(self) -> Sequence[Scene]:
        """Return all transcripts of the playbook, those with the most to see first."""

    def enter(self, scene_key: str) -> Somebody:
        """Let a new person come who will play a scene, with the past that it tells of.

        :raises NotFound: there is no such scene, or it cannot be played.
        """

    def play(self, user_id: str, scene_key: str, number: int) -> None:
        """Let a person do one act of a scene.

        :raises NotFound: there is no such act.
        :raises Conflict: their phone does not allow it now.
        """
