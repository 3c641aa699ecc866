"""The conditions of a rule in words, one function for each kind of leaf."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from campaigns.leaves import CampaignTest
from console.rule_names import Labels
from console.value_words import in_the_last, one_of, with_more, within
from console.words import _
from console.words_did import DID
from console.words_known import KNOWN
from segmentation.kinds.forms import When
from segmentation.kinds.tags import TagTest
from segmentation.rules import Leaf
from tickets.leaves import TicketTest


def leaf_words(leaf: Leaf, labels: Labels) -> str:
    """Return what a leaf asks."""
    told = WORDS.get(leaf.kind)
    if told is None:
        return f"{leaf.kind}: {orjson.dumps(leaf.asks, default=str).decode()}"
    return " ".join(told(leaf.asks, labels).split())


def leaf_colour(leaf: Leaf, labels: Labels) -> str | None:
    """Return the colour of the tag that a leaf asks about."""
    found = labels.tags.get(leaf.asks.name) if isinstance(leaf.asks, TagTest) else None
    return found.colour if found is not None else None


def _seen(when: When, _labels: Labels) -> str:
    if when.within is not None:
        return _("was here in the last %(duration)s", duration=within(when.within))
    return _("was not here in the last %(duration)s", duration=within(when.span))


def _followed(when: When, _labels: Labels) -> str:
    if when.within is not None:
        return _("became a friend in the last %(duration)s", duration=within(when.within))
    return _("has been a friend for more than %(duration)s", duration=within(when.span))


def _yes_no(yes: Callable[[], str], no: Callable[[], str]) -> Callable[[Any, Labels], str]:
    return lambda wanted, _labels: yes() if wanted else no()


def _ticket(test: TicketTest, labels: Labels) -> str:
    if test.solved_within is not None:
        told = _("had a case solved in the last %(duration)s", duration=within(test.solved_within))
    else:
        told = {
            "unsolved": _("has an open case"),
            "open": _("has a case that waits for us"),
            "waiting": _("has a case that waits for them"),
            "none": _("has no open case"),
        }[test.state or "none"]
    queues = [labels.queues.get(key, key) for key in test.queue or ()]
    return with_more(told, [_("in the queue %(queues)s", queues=one_of(queues))] if queues else [])


def _campaign(test: CampaignTest, labels: Labels) -> str:
    said = {"received": _("got a campaign %(within)s"), "tapped": _("tapped on a campaign %(within)s")}
    told = said[test.did] % {"within": in_the_last(test.within)}
    names = [labels.campaigns.get(key, key) for key in test.id or ()]
    return with_more(" ".join(told.split()), [one_of(names)] if names else [])


_ACCOUNT: Mapping[str, Callable[[Any, Labels], str]] = {
    "seen": _seen,
    "followed": _followed,
    "following": _yes_no(lambda: _("follows the account"), lambda: _("does not follow the account")),
    "blocked": _yes_no(lambda: _("has blocked the account"), lambda: _("has not blocked the account")),
    "returning": _yes_no(
        lambda: _("has added the account again"), lambda: _("has not added the account again")
    ),
    "language": lambda tags, _labels: _("speaks %(languages)s", languages=one_of(tags)),
    "ticket": _ticket,
    "campaign": _campaign,
    "entry": lambda codes, _labels: _("came by %(codes)s", codes=one_of(codes)),
}

WORDS: Mapping[str, Callable[[Any, Labels], str]] = {**KNOWN, **DID, **_ACCOUNT}
"""By kind of leaf."""
