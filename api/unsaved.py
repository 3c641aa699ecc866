"""Rules that are sent along instead of being kept: read, and refused where they name what is not there."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask import g
from sqlalchemy.orm import Session

from analytics.mentioned import Account, known_names
from api.parts import Parts
from core.errors import InvalidInput
from segmentation.references import others_of
from segmentation.rules import Rule


def read(session: Session, parts: Parts, written: Mapping[str, Any]) -> Rule:
    """Read a rule. One that names what is not there would count nobody without a word, and under a `not` everybody.

    :raises InvalidInput: with every fault in it, by its place.
    """
    rule = parts.segments.parse(written)
    if faults := dict(_unknown(session, parts, rule)):
        raise InvalidInput(faults)
    return parts.segments.resolve(rule, others_of(session, g.channel_id))


def _unknown(session: Session, parts: Parts, rule: Rule) -> Iterator[tuple[str, str]]:
    known = known_names(Account(session, g.channel_id, parts.segments, g.published, parts.versions), rule)
    for path, mention in parts.segments.mentions(rule):
        if mention.name not in known[mention.noun]:
            yield (
                ".".join(map(str, ("rule", *path))),
                f"there is no {mention.noun} {mention.name.lstrip('/')}",
            )
