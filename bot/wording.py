"""Who is in a segment or has so many points, and why, in the words of the console, for whoever asks elsewhere."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy.orm import Session

from api import Told
from contacts.models import Contact
from content.revisions import Revisions
from questionnaires.versions import Versions
from segmentation.history import Stay
from segmentation.models import Score, Segment
from segmentation.rules import AnyOf
from segmentation.segments import Segments
from segmentation.why import Tally, as_data, facts_of
from staff.models import StaffUser

if TYPE_CHECKING:
    from console.customer import Reader
    from console.open_ticket import Desk
    from console.rule_words import Node

ENGLISH = "en"
LANGUAGES = (ENGLISH, "zh-TW", "ja")
"""In which the console speaks; the first is for who asks for none of them."""


@dataclass(frozen=True)
class Speaks:
    """In which language and by which clock something is told."""

    language: str
    zone: ZoneInfo
    now: datetime


class Wording:
    """Explains; the console's pages and catalogues are loaded when it is first asked."""

    def __init__(self, segments: Segments, revisions: Revisions) -> None:
        self._segments = segments
        self._revisions = revisions
        self._versions = Versions()

    def __call__(
        self,
        session: Session,
        segment: Segment,
        contact: Contact,
        *,
        reader: StaffUser | None,
        language: str,
        zone: ZoneInfo,
        now: datetime,
    ) -> Told:
        """Say of each line of the segment's rule whether it holds, and by which fact."""
        from console import segment_page

        speaks = Speaks(language, zone, now)
        with self._speaking(session, segment.channel_id, speaks, reader) as (desk, words):
            return _told(segment_page.verdict(desk, segment, contact, words).node)

    def in_segment(self, session: Session, segment: Segment, speaks: Speaks, *, holds: bool) -> str:
        """Say in one line whether somebody is in a segment."""
        from console import standing

        with self._speaking(session, segment.channel_id, speaks, None) as (_desk, words):
            return standing.in_segment(segment, words, holds=holds)

    def at_a_moment(self, session: Session, segment: Segment, stay: Stay | None, speaks: Speaks) -> str:
        """Say in one line whether somebody was in a segment, since when, until when, and why."""
        from console import standing

        with self._speaking(session, segment.channel_id, speaks, None) as (desk, words):
            return standing.at_a_moment(desk, segment, stay, words)

    def points_of(self, session: Session, score: Score, points: int, speaks: Speaks) -> str:
        """Say in one line how many points somebody has."""
        from console import standing

        with self._speaking(session, score.channel_id, speaks, None) as (_desk, words):
            return standing.points_of(score, points, words)

    def of_score(self, session: Session, channel_id: int, tally: Tally, speaks: Speaks) -> Sequence[Told]:
        """Say of each condition of a score what it gives, whether it holds, and by which fact."""
        from console.rule_labels import labels_of
        from console.rule_words import tree, with_points

        with self._speaking(session, channel_id, speaks, None) as (desk, words):
            rules = AnyOf(tuple(one.reason.rule for one in tally.gives))
            seen = [fact for one in tally.gives for fact in facts_of(one.reason)]
            sources = [source for fact in seen if isinstance(source := getattr(fact, "source", None), str)]
            labels = labels_of(desk, rules, words, sources, seen)
            return [
                _told(with_points(tree(one.reason.rule, labels, one.reason), one.points))
                for one in tally.gives
            ]

    @contextmanager
    def _speaking(
        self, session: Session, channel_id: int, speaks: Speaks, reader: StaffUser | None
    ) -> "Iterator[tuple[Desk, Reader]]":
        """Be in a language for as long as something is put into words."""
        from flask import g

        from console.customer import Reader
        from console.open_ticket import Desk, titles_of

        nobody: Any = None  # a verdict asks nothing of who reads it
        desk = Desk(
            session=session,
            user=reader or nobody,
            channel_id=channel_id,
            published=self._revisions.live(session, channel_id),
            versions=self._versions,
            segments=self._segments,
            language=speaks.language,
            zone=speaks.zone,
            now=speaks.now,
        )
        with self.speaking(speaks.language):
            g.now, g.zone = speaks.now, speaks.zone
            yield desk, Reader(speaks.language, desk.default_language, titles_of(desk))

    @contextmanager
    def speaking(self, language: str) -> Iterator[None]:
        """Be in a language for as long as anything of the console's is put into words."""
        from flask_babel import force_locale

        from console.languages import LANGUAGES as SPOKEN

        with self._speaker.app_context(), force_locale(SPOKEN[language].locale):
            yield

    def nearest(self, language: str) -> str:
        """Return the language in which it can explain that is nearest to one of a playbook."""
        short = language.lower().partition("-")[0]
        fitting = [one for one in LANGUAGES if one.lower() == language.lower()]
        fitting += [one for one in LANGUAGES if one.lower().partition("-")[0] == short]
        return fitting[0] if fitting else LANGUAGES[0]

    @cached_property
    def _speaker(self) -> Flask:
        """An application that serves nothing: Babel finds its catalogues by one."""
        from flask_babel import Babel

        from console.languages import TRANSLATIONS

        app = Flask("words", static_folder=None)
        Babel(app, default_locale="en", default_translation_directories=str(TRANSLATIONS))
        return app


def _told(node: "Node") -> Told:
    says: Any = node.kind
    saw = None if node.saw is None else as_data(node.saw)
    inside = tuple(map(_told, node.inner))
    return Told(says, node.words, bool(node.holds), node.fact, inside, saw, node.proof)
