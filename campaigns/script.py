"""What a campaign says to a page of people: the same to all who read a language, or to each their own words."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from campaigns import messages
from campaigns.exclusions import when_sending
from campaigns.models import Campaign, Skip
from campaigns.people import Recipient
from content.model import CampaignMessage
from content.revisions import Published
from content.voice import Voice
from line.bulk import Request
from line.limits import check_messages
from line.messages import MessageRefused

MULTICAST_LIMIT = 500
ALIKE_PAGE = 2_000
"""People who get the same, in one transaction: four requests."""
PERSONAL_PAGE = 200
"""People who get their own words, each by a request of their own."""
OPEN_ALIKE, OPEN_PERSONAL = 12, 600
"""Requests that wait to be sent at most, before more are released: so pausing works within seconds."""


@dataclass(frozen=True, slots=True)
class Script:
    """A campaign's message, ready to be said."""

    message: CampaignMessage
    published: Published
    owner: str
    base_url: str
    because: str
    """What the reasons of its requests begin with."""
    purpose: str | None
    personal: frozenset[str]
    """The personal things its texts ask for; none: everybody who reads a language gets the same."""

    @property
    def page(self) -> int:
        return PERSONAL_PAGE if self.personal else ALIKE_PAGE

    @property
    def most_open(self) -> int:
        return OPEN_PERSONAL if self.personal else OPEN_ALIKE


def script_of(campaign: Campaign, published: Published, *, base_url: str, now: datetime) -> Script:
    """Prepare a campaign for being said.

    :raises CannotBeSaid: LINE would take it for nobody.
    """
    message = messages.message_of(campaign)
    try:
        personal = messages.personal_names(message, published, base_url=base_url, now=now)
    except MessageRefused as refused:
        raise CannotBeSaid(str(refused)) from refused
    return Script(
        message=message,
        published=published,
        owner=messages.owner_of(campaign.public_id),
        base_url=base_url,
        because=f"campaign {campaign.public_id}",
        purpose=campaign.consent,
        personal=personal,
    )


class CannotBeSaid(Exception):  # noqa: N818 - the name says what is wrong with it
    """What everybody would get cannot be written any more, though it could when it was planned."""


@dataclass
class Written:
    """What is to be stored of one page."""

    requests: list[tuple[Request, list[int]]] = field(default_factory=list)
    """With the deliveries that each carries out."""
    skips: list[dict[str, Any]] = field(default_factory=list)


def written(people: Sequence[Recipient], script: Script, *, now: datetime) -> Written:
    """Write what a page of people gets, and who of them gets nothing, and why.

    :raises CannotBeSaid: there is nothing to send to anybody.
    """
    page = Written()
    staying = []
    for one in people:
        if one.skip is None:
            staying.append(one)
        else:
            page.skips.append(_skip(one, *when_sending(one.skip)))
    if script.personal:
        _write_each(staying, script, now, page)
    else:
        _write_alike(staying, script, now, page, more_may_come=len(people) == script.page)
    return page


def _write_alike(
    people: Sequence[Recipient], script: Script, now: datetime, page: Written, *, more_may_come: bool
) -> None:
    readers_of = _by_language(people, script.published)
    # LINE counts requests: who would go in a half-empty one waits for the readers of the next page.
    only_full = more_may_come and any(len(some) >= MULTICAST_LIMIT for some in readers_of.values())
    for language, readers in readers_of.items():
        bodies = _said_to_all(script, language, now)
        for chunk in _chunks(readers):
            if only_full and len(chunk) < MULTICAST_LIMIT:
                continue
            request = Request("", [one.user_id for one in chunk], bodies, is_single=False)
            page.requests.append((request, [one.delivery_id for one in chunk]))


def _said_to_all(script: Script, language: str, now: datetime) -> Sequence[Mapping[str, Any]]:
    faults: list[str] = []
    shared = messages.for_everybody(script.published, language, now)
    voice = _voice(script, language, shared, faults.append)
    try:
        bodies = [one.body for one in messages.compose(script.message, voice, owner=script.owner)]
    except MessageRefused as refused:
        raise CannotBeSaid(str(refused)) from refused
    faults += [str(fault) for fault in check_messages(bodies)]
    if faults:
        raise CannotBeSaid(faults[0])
    return bodies


def _write_each(people: Sequence[Recipient], script: Script, now: datetime, page: Written) -> None:
    shared: dict[str, Mapping[str, object]] = {}
    for one in people:
        language = messages.language_for(script.published, one.language)
        if language not in shared:
            shared[language] = messages.for_everybody(script.published, language, now)
        faults: list[str] = []
        voice = _voice(script, language, {**shared[language], **one.variables}, faults.append)
        bodies: list[Mapping[str, Any]] = []
        try:
            said = messages.compose(script.message, voice, owner=script.owner, carried=one.tags)
            bodies = [message.body for message in said]
            # The builders look at each message; only here do all of them meet a person's values.
            faults += [str(fault) for fault in check_messages(bodies)] if not faults else []
        except MessageRefused as refused:
            faults.append(str(refused))
        if faults:
            page.skips.append(_skip(one, Skip.FAULTY, faults[0]))
        else:
            page.requests.append((Request("", [one.user_id], bodies, is_single=True), [one.delivery_id]))


def _voice(
    script: Script, language: str, variables: Mapping[str, object], on_fault: Callable[[str], object]
) -> Voice:
    return Voice(script.published, language, script.base_url, variables, on_fault)


def _by_language(people: Sequence[Recipient], published: Published) -> Mapping[str, list[Recipient]]:
    known: dict[str | None, str] = {}
    found: dict[str, list[Recipient]] = {}
    for one in people:
        language = known.get(one.language)
        if language is None:
            language = known[one.language] = messages.language_for(published, one.language)
        found.setdefault(language, []).append(one)
    return found


def _chunks(people: Sequence[Recipient]) -> Iterator[Sequence[Recipient]]:
    for start in range(0, len(people), MULTICAST_LIMIT):
        yield people[start : start + MULTICAST_LIMIT]


def _skip(one: Recipient, skip: Skip, reason: str | None) -> dict[str, Any]:
    return {"delivery": one.delivery_id, "skip": skip, "why": None if reason is None else reason[:300]}
