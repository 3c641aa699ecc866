"""What the things that rules name are called here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from console.sources import label_of
from segmentation.comparing import SCORE
from segmentation.consent import tag_for
from segmentation.models import Tag


@dataclass(frozen=True, slots=True)
class Labels:
    """What the things that rules name are called here."""

    tags: Mapping[str, Tag]
    pick: Callable[[Any, str], str]
    title: Callable[[str], str]
    """Of a questionnaire."""
    staff: Mapping[str, str]
    """Names by login."""
    segments: Mapping[str, str] = field(default_factory=dict)
    scores: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    queues: Mapping[str, str] = field(default_factory=dict)
    campaigns: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    """Of customers."""
    answers: Mapping[str, str] = field(default_factory=dict)
    """Of questions (`find_home/area`) and their choices (`find_home/area/taipei`)."""

    cards: Mapping[str, str] = field(default_factory=dict)

    def tag(self, name: str) -> str:
        found = self.tags.get(name)
        return self.pick(found.labels, name) if found is not None else name

    def purpose(self, name: str) -> str:
        """Return what people agree to: what the tag of the consent is called."""
        found = self.tags.get(tag_for(name))
        return self.pick(found.labels, name) if found is not None else name

    def segment(self, key: str) -> str:
        return self.segments.get(key, key)

    def field(self, name: str) -> str:
        """Return what a field is called: a score by its label, others by the question that fills them, else its name."""
        if name.startswith(SCORE):
            return self.scores.get(name.removeprefix(SCORE), name)
        return self.fields.get(name, name)

    def answer(self, path: str) -> str:
        return self.answers.get(path) or path.rpartition("/")[2]

    def source(self, source: str) -> str:
        kind, _colon, login = source.partition(":")
        return self.staff.get(login, login) if kind == "staff" else label_of(source, self.title)
