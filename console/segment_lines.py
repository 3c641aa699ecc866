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
from console.score_names import scores_called
from console.sources import label_of
from console.words import _
from contacts.models import Contact
from segmentation import audience, people
from segmentation.models import Targeting
from segmentation.people import CarriedTag, KnownField, LastSeen
from segmentation.reading import rules_of
from segmentation.rules import Leaf, ScoreFits
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
    found = [(one, segments.why(rule, person, now=now, zone=zone)) for one, rule in read]
    held = [(one, list(_deciding(reason))) for one, reason in found if reason.holds]
    is_scored = any(isinstance(leaf.rule, ScoreFits) for _one, leaves in held for leaf in leaves)
    names = Labels(
        tags={},
        pick=reader.pick,
        title=reader.title,
        staff={},
        scores=scores_called(session, contact.channel_id, reader) if is_scored else {},
    )
    return [
        SegmentLine(
            one.public_id,
            reader.pick(one.labels, one.key),
            _because(leaves, reader, labels, names),
            "" if one.targeting is Targeting.NO else reader.pick(one.positioning, ""),
        )
        for one, leaves in held
    ]


def _because(
    deciding: Sequence[Reason], reader: Reader, labels: Mapping[str, str], names: Labels
) -> Sequence[Because]:
    told = (_tell(one, reader, labels, names) for one in deciding)
    return list({one.words: one for one in told if one is not None}.values())


def _deciding(reason: Reason) -> Iterator[Reason]:
    """Yield the leaves that made the whole hold; of a score itself, not what gives its points."""
    if not reason.holds:
        return
    if isinstance(reason.rule, Leaf | ScoreFits):
        yield reason
        return
    for inner in reason.reasons:
        yield from _deciding(inner)


def _tell(reason: Reason, reader: Reader, labels: Mapping[str, str], names: Labels) -> Because | None:
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
            leaf = reason.rule.leaf if isinstance(reason.rule, ScoreFits) else reason.rule
            assert isinstance(leaf, Leaf)
            return Because(leaf_words(leaf, names), fact_words(leaf, reason, names), None)
