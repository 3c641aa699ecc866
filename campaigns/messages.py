"""What a campaign says: stored, tried out before anybody gets it, and written for one person or for all."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson

from campaigns.models import Campaign
from content import hours
from content.dates import moment_line
from content.model import CampaignMessage
from content.revisions import Published, buttons_in
from content.saying import FLEX_WORDS_LIMIT, say, show
from content.steps import Button
from content.text import pick, speak
from content.voice import PERSONAL, Voice
from core.errors import InvalidInput
from line.limits import check_messages
from line.messages import MessageRefused, Reply
from line.units import utf16_len

OWNER = "campaign"
"""Buttons of a campaign carry `campaign.<public id>` in their postbacks."""


def to_json(message: CampaignMessage) -> dict[str, Any]:
    """Return a message as its column holds it."""
    dumped: dict[str, Any] = message.model_dump(mode="json", by_alias=True, exclude_none=True)
    return dumped


def message_of(campaign: Campaign) -> CampaignMessage:
    """Return what a campaign says; those read lately are kept."""
    return _read(orjson.dumps(campaign.content))


@lru_cache(maxsize=200)
def _read(stored: bytes) -> CampaignMessage:
    return CampaignMessage.model_validate(orjson.loads(stored))


def owner_of(public_id: str) -> str:
    return f"{OWNER}.{public_id}"


def buttons(message: CampaignMessage) -> Iterator[Button]:
    """Yield the buttons of the message itself, those behind buttons included."""
    yield from buttons_in(message.steps)


def compose(message: CampaignMessage, voice: Voice, *, owner: str, carried: Iterable[str] = ()) -> Reply:
    """Write the message in one voice.

    :param carried: the tags of whoever gets it, for cards that must fit.
    :raises MessageRefused: LINE would refuse what came of it.
    """
    messages: Reply = ()
    for step in message.steps:
        if step.say is not None:
            messages += say(voice, step.say, owner=owner)
        elif step.show is not None:
            messages += show(voice, step.show, carried=carried, owner=owner)
    return messages


def for_everybody(published: Published, language: str, now: datetime) -> Mapping[str, object]:
    """Return the variables that are the same for all who read a language."""
    content, zone = published.content, published.zone
    opening = hours.opens_at(content.hours, now, zone)
    return {
        "account": content.name,
        "privacy_url": content.privacy_url,
        "language": language,
        "time_zone": content.time_zone,
        "is_open": hours.is_open(content.hours, now, zone),
        "opens_at": "" if opening is None else moment_line(opening, now.astimezone(zone), language),
        "hours_today": hours.describe_day(content.hours, now.astimezone(zone).date(), language),
    }


def language_for(published: Published, told: str | None) -> str:
    """Return which of the playbook's languages suits somebody whose LINE speaks `told`."""
    return speak(told, published.content.languages, published.content.default_language)


def personal_names(
    message: CampaignMessage, published: Published, *, base_url: str, now: datetime
) -> frozenset[str]:
    """Return which personal things the texts ask for, in any language; empty: everybody gets the same.

    Found by writing the message for nobody and seeing what its templates want to be given:
    Liquid tells that of a text as a whole, whatever branches would be taken.
    """
    asked: set[str] = set()
    for language in published.content.languages:
        listening = _Listening(for_everybody(published, language, now), asked)
        compose(message, Voice(published, language, base_url, listening), owner=OWNER)
    if any(step.show is not None and step.show.fitting for step in message.steps):
        asked.add("tags")
    return frozenset(asked & PERSONAL)


class _Listening(Mapping[str, object]):
    """Variables that remember which of them were asked for; of a person nothing is known."""

    def __init__(self, known: Mapping[str, object], asked: set[str]) -> None:
        self._known = known
        self._asked = asked

    def __getitem__(self, name: str) -> object:
        self._asked.add(name)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


_SOMEBODY: Mapping[str, object] = {
    "name": "Mina",
    "contact": {"display_name": "Mina"},
    "fields": {},
    "tags": [],
}
"""Whom a message is tried on: of most people little more is known."""


def check(message: CampaignMessage, published: Published, *, base_url: str, now: datetime) -> None:
    """Refuse a message that could not be sent, by writing it once in every language.

    :raises InvalidInput: with what is wrong, for whoever wrote it.
    """
    if not message.steps:
        raise InvalidInput({"message": "is empty; say something"})
    if any(step.say is None and step.show is None for step in message.steps):
        raise InvalidInput({"message": "says and shows; put anything else behind a button"})
    for language in published.content.languages:
        reasons = list(_too_long(message, published, language))
        bodies = _tried(message, published, language, base_url, now, reasons)
        if bodies is not None and not reasons:
            reasons += [str(fault) for fault in check_messages(bodies)]
        if reasons:
            raise InvalidInput({"message": f"{language}: {reasons[0]}"})


def _too_long(message: CampaignMessage, published: Published, language: str) -> Iterator[str]:
    """Yield what is wrong with texts that would be cut where they stand above buttons."""
    for step in message.steps:
        if step.say is not None and step.say.buttons and step.say.style != "quick_replies":
            units = utf16_len(pick(step.say.text, language, published.content.default_language))
            if units > FLEX_WORDS_LIMIT:
                yield f"has {units} characters; above buttons it may have {FLEX_WORDS_LIMIT}"


def _tried(
    message: CampaignMessage,
    published: Published,
    language: str,
    base_url: str,
    now: datetime,
    reasons: list[str],
) -> list[Mapping[str, Any]] | None:
    def tell(why: str) -> None:
        reasons.append(f"the placeholders cannot be filled in: {why}")

    voice = Voice(
        published, language, base_url, {**for_everybody(published, language, now), **_SOMEBODY}, tell
    )
    try:
        return [one.body for one in compose(message, voice, owner=owner_of("x" * 12))]
    except MessageRefused as refused:
        reasons.append(str(refused))
        return None
