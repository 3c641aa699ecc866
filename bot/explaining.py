"""What would answer a text, and why: the decision of a turn that is never taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy.orm import Session

from bot.segmenting import SEGMENTS
from contacts.fields import FieldBook
from contacts.models import Contact
from content.model import AutoReply
from content.revisions import Revisions
from core.errors import NotFound
from handlers import auto_reply, questionnaire
from handlers.auto_reply import Verdict
from handlers.routes import ROUTES
from handlers.turn import Turn
from line.events import Event, parse_event
from questionnaires.heard import Heard
from questionnaires.service import RunBook
from questionnaires.versions import Versions
from segmentation.tags import TagBook

BEFORE_RULES = {
    "enter": "the entry code that it is",
    "show_as_card": "the menu, which this word asks for",
    "_call_person": "the handoff: this word asks for a person",
    "_back_to_bot": "the handoff: this word gives the conversation back to the bot",
    "_take_text": "the questionnaire that is under way",
    "pair": "the pairing of a staff user's phone: this is an open code",
}
"""What takes a text before any rule sees it, by the name of its handler."""


@dataclass(frozen=True, slots=True)
class Explanation:
    answered_by: str
    """A rule's id, or in words what goes before the rules or comes after them."""
    verdicts: Sequence[Verdict]
    """Every rule in order, whoever answers."""


def explain(session: Session, contact: Contact, text: str, *, base_url: str, now: datetime) -> Explanation:
    """Say what would answer this text from this contact at this moment. Only reads.

    :raises NotFound: no playbook is published.
    """
    published = Revisions().live(session, contact.channel_id)
    if published is None:
        raise NotFound("no playbook is published yet: run `python -m bot playbook apply DIR`")
    versions = Versions()
    turn = Turn(
        session=session,
        contact=contact,
        now=now,
        event_key="",
        published=published,
        versions=versions,
        tags=TagBook(session, contact, event_key=None, now=now),
        fields=FieldBook(session, contact, event_key=None, now=now),
        runs=RunBook(session, contact, versions, published, event_key="", now=now),
        base_url=base_url,
        segments=SEGMENTS,
    )
    verdicts = auto_reply.explain(text, turn)
    return Explanation(_answered_by(text, turn, verdicts), verdicts)


def _answered_by(text: str, turn: Turn, verdicts: Sequence[Verdict]) -> str:
    event = _as_event(text, turn.contact, turn.now)
    route = next(route for route in ROUTES if isinstance(event, route.kind) and route.when(event, turn))
    if route.handler is auto_reply.answer_always:
        always = {rule.id for rule in turn.published.content.auto_replies if rule.always}
        return next(verdict.rule for verdict in verdicts if verdict.wins and verdict.rule in always)
    if route.handler is auto_reply.answer:
        if turn.bot_is_silent:
            return (
                f"nobody: a person has had the floor since {turn.contact.human_wanted_at:%Y-%m-%d %H:%M} UTC"
            )
        rules = turn.published.content.auto_replies
        return _among(rules, text, turn, verdicts) or "the fallback: no rule wins"
    before = BEFORE_RULES[route.handler.__name__]
    if route.handler.__name__ != "_take_text":
        return before
    match questionnaire.hear(turn, text):
        case Heard.NO_ANSWER:
            return _among(auto_reply.knowing(turn), text, turn, verdicts) or before
        case Heard.ANY_WORDS:
            return _among(auto_reply.knowing_whole(text, turn), text, turn, verdicts) or before
        case Heard.ANSWER:
            return before


def _among(rules: Sequence[AutoReply], text: str, turn: Turn, verdicts: Sequence[Verdict]) -> str | None:
    """Return which of these rules answers, or that a person is called; None where neither is."""
    winners = {verdict.rule for verdict in verdicts if verdict.wins}
    winner = next((rule for rule in rules if rule.id in winners), None)
    if auto_reply.calls_person(text, turn, winner):
        return "the handoff: this sentence only wishes for a person"
    return None if winner is None else winner.id


def _as_event(text: str, contact: Contact, now: datetime) -> Event:
    return parse_event(
        orjson.dumps(
            {
                "type": "message",
                "mode": "active",
                "timestamp": int(now.timestamp() * 1000),
                "source": {"type": "user", "userId": contact.line_user_id},
                "message": {"type": "text", "id": "0", "text": text},
            }
        ),
        received_at=now,
    )
