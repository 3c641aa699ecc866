"""Why somebody is in a segment, in the words of the console, for whoever asks through the REST interface or a command."""

from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask
from sqlalchemy.orm import Session

from api import Told
from contacts.models import Contact
from content.revisions import Revisions
from questionnaires.versions import Versions
from segmentation.models import Segment
from segmentation.segments import Segments
from segmentation.why import as_data
from staff.models import StaffUser

LANGUAGES = ("en", "zh-TW", "ja")
"""In which the console speaks; the first is for who asks for none of them."""


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
        from flask_babel import force_locale

        from console import segment_page
        from console.customer import Reader
        from console.languages import LANGUAGES as SPOKEN
        from console.open_ticket import Desk, titles_of
        from console.rule_words import Node

        def told(node: Node) -> Told:
            says: Any = node.kind
            saw = None if node.saw is None else as_data(node.saw)
            inside = tuple(map(told, node.inner))
            return Told(says, node.words, bool(node.holds), node.fact, inside, saw, node.proof)

        nobody: Any = None  # a verdict asks nothing of who reads it

        desk = Desk(
            session=session,
            user=reader or nobody,
            channel_id=segment.channel_id,
            published=self._revisions.live(session, segment.channel_id),
            versions=self._versions,
            segments=self._segments,
            language=language,
            zone=zone,
            now=now,
        )
        with self._speaker.app_context(), force_locale(SPOKEN[language].locale):
            from flask import g

            g.now, g.zone = now, zone
            words = Reader(language, desk.default_language, titles_of(desk))
            return told(segment_page.verdict(desk, segment, contact, words).node)

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
