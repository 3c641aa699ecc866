"""The segments that a person is in, each with the facts that put them there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from console.customer import Reader
from console.sources import label_of
from console.words import _
from contacts.models import Contact
from segmentation import audience, people
from segmentation.models import Targeting
from segmentation.people import CarriedTag, Fact, Follows, KnownField, LastSeen
from segmentation.reading import rules_of
from segmentation.segments import Segments
from segmentation.why import Reason


@dataclass(frozen=True, slots=True)
class Because:
    """One fact."""

    words: str
    source: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class SegmentLine:
    public_id: str
    label: str
    because: Sequence[Because]
    positioning: str = ""
    """Why these people should care; empty where nobody said so, or where the shop does not aim at them."""


def segments_of(
    session: Session,
    segments: Segments,
    contact: Contact,
    reader: Reader,
    *,
    labels: Mapping[str, str],
    now: datetime,
    zone: ZoneInfo,
) -> Sequence[SegmentLine]:
    """Return the segments of a contact, in the playbook's order.

    :param labels: of the tags they carry, by name.
    """
    read = rules_of(session, segments, audience.current(session, contact.channel_id))
    needs = segments.needs(rule for _segment, rule in read)
    person = people.load(session, [contact.id], now=now, needs=needs)[contact.id]
    lines = []
    for one, rule in read:
        reason = segments.why(rule, person, now=now, zone=zone)
        if not reason.holds:
            continue
        lines.append(
            SegmentLine(
                one.public_id,
                reader.pick(one.labels, one.key),
                _because(reason, reader, labels),
                "" if one.targeting is Targeting.NO else reader.pick(one.positioning, ""),
            )
        )
    return lines


def _because(reason: Reason, reader: Reader, labels: Mapping[str, str]) -> Sequence[Because]:
    told = (_tell(fact, reader, labels) for fact in _facts(reason))
    return list({one.words: one for one in told if one is not None}.values())


def _facts(reason: Reason) -> Iterator[Fact]:
    """Yield what the leaves saw that made the whole hold."""
    if not reason.holds:
        return
    if reason.fact is not None:
        yield reason.fact
    for inner in reason.reasons:
        yield from _facts(inner)


def _tell(fact: Fact, reader: Reader, labels: Mapping[str, str]) -> Because | None:
    match fact:
        case CarriedTag():
            words = labels.get(fact.name, fact.name)
            return Because(words, label_of(fact.source, reader.title), fact.set_at)
        case KnownField():
            return Because(f"{fact.name}: {fact.value}", label_of(fact.source, reader.title), fact.set_at)
        case Follows():
            return Because(_("follows the account"), "", fact.since)
        case LastSeen():
            return Because(_("was here"), "", fact.at)
        case _:
            return None
