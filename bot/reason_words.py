"""Why somebody is in a segment, in the words of the console, for whoever asks outside a request."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from flask import Flask, g
from flask_babel import force_locale
from sqlalchemy.orm import Session

from bot.segmenting import SEGMENTS
from console.customer import Reader
from console.languages import DEFAULT, find_language, install_languages
from console.open_ticket import Desk, titles_of
from console.rule_words import Node
from console.segment_page import verdict
from console.words import _
from contacts.models import Contact
from content.revisions import Published
from playbook.transcripts import Reason
from questionnaires.versions import Versions
from segmentation import audience


class ReasonWords:
    """Tells reasons in the default language of what is published, as far as the console speaks it."""

    def __init__(self) -> None:
        self._app = Flask("reasons")
        install_languages(self._app)
        self._versions = Versions()

    def of(
        self, session: Session, published: Published, contact: Contact, segment: str, *, now: datetime
    ) -> Sequence[Reason]:
        """Return every condition of a segment with what it sees of somebody, in the rule's order.

        :raises NotFound: there is no such segment.
        """
        content = published.content
        language = find_language(content.default_language) or DEFAULT
        with self._app.app_context(), force_locale(language.locale):
            g.zone, g.now = published.zone, now
            desk = Desk(
                session=session,
                user=g.get("user"),
                channel_id=contact.channel_id,
                published=published,
                versions=self._versions,
                segments=SEGMENTS,
                language=content.default_language,
                zone=published.zone,
                now=now,
            )
            reader = Reader(desk.language, desk.default_language, titles_of(desk))
            found = audience.get(session, contact.channel_id, segment)
            return list(_reasons(verdict(desk, found, contact, reader).node))


def _reasons(node: Node, *, is_denied: bool = False) -> Iterator[Reason]:
    is_leaf = node.kind == "leaf"  # what is inside one gives points, and is so whatever is said of their sum
    for inner in node.inner:
        yield from _reasons(inner, is_denied=not is_leaf and is_denied != (node.kind == "not"))
    if is_leaf or not node.inner:
        told = f"{node.words} ({node.fact})" if node.fact else node.words
        words = _("not: %(what)s", what=told) if is_denied else told
        yield Reason(bool(node.holds) is not is_denied, words)
