"""The segments that a person is in, each with the facts that put them there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from console.customer import Reader
from console.fact_words import fact_words
from console.leaf_words import leaf_words
from console.rule_names import Labels
from console.sources import label_of
from console.words import _
from contacts.models import Contact
from segmentation import audience, people
from segmentation.models import Targeting
from segmentation.people import CarriedTag, KnownField, LastSeen
from segmentation.reading import rules_of
from segmentation.rules import Leaf
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
    told = (_tell(one, reader, labels) for one in _deciding(reason))
    return list({one.words: one for one in told if one is not None}.values())


def _deciding(reason: Reason) -> Iterator[Reason]:
    """Yield the leaves that made the whole hold."""
    if not reason.holds:
        return
    if isinstance(reason.rule, Leaf):
        yield reason
    for inner in reason.reasons:
        yield from _deciding(inner)


def _tell(reason: Reason, reader: Reader, labels: Mapping[str, str]) -> Because | None:
    match reason.fact:
        case CarriedTag() as tag:
            words = labels.get(tag.name, tag.name)
            return Because(words, label_of(tag.source, reader.title), tag.set_at)
        case KnownField() as known:
            return Because(f"{known.name}: {known.value}", label_of(known.source, reader.title), known.set_at)
        case LastSeen() as seen:
            return Because(_("was here"), "", seen.at)
        case None:
            return None
        case _:
            assert isinstance(reason.rule, Leaf)
            names = Labels(tags={}, pick=reader.pick, title=reader.title, staff={})
            words = leaf_words(reason.rule, names)
            return Because(words, fact_words(reason.rule, reason, names), None)
