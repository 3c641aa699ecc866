"""Tags and consents of a page of a file's rows: what stands already is not said again."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.by_engine import among
from segmentation.bulk_tags import Changed, Say, Verb, say_untold
from segmentation.models import ChangeKind, ContactTag, Tag, TagChange
from segmentation.tag_page import Pair

NOTHING = Changed((), ())
OVER = (ChangeKind.WITHDRAWN, ChangeKind.REMOVED, ChangeKind.REPLACED, ChangeKind.EXPIRED)


class Consent(NamedTuple):
    """What somebody said about being written to, and when; None: not told."""

    contact_id: int
    is_given: bool
    at: datetime | None

    def rank(self, now: datetime) -> tuple[datetime, bool]:
        """Return what the highest of several counts by; of two of one moment the refusal does."""
        return self.at or now, not self.is_given


class _Carried(NamedTuple):
    source: str
    set_at: datetime
    expires_at: datetime | None


def take_tags(session: Session, channel_id: int, words: Sequence[Say], *, now: datetime) -> Changed:
    """Say what is new; return what this changed."""
    words = _last(session, channel_id, words)
    if not words:
        return NOTHING
    ids, names = {word.contact_id for word in words}, {word.name for word in words}
    carried = _carried(session, channel_id, ids, names, now=now)
    return _said(session, channel_id, _news(words, carried), now=now)


def take_told(
    session: Session,
    channel_id: int,
    words: Sequence[Say],
    consents: Sequence[Consent],
    *,
    tag: str,
    source: str,
    new: Collection[int],
    now: datetime,
) -> Changed:
    """Say what is new, and let the tag of a purpose follow what people agreed to; return what this changed.

    What is known of a consent to be newer stands.

    :param new: contacts that were made in this transaction, of whom nothing can be known.
    """
    if any(word.name == tag for word in words):
        # Then what they agreed to has to see what the words have made of it.
        before = take_tags(session, channel_id, words, now=now)
        after = take_told(session, channel_id, (), consents, tag=tag, source=source, new=(), now=now)
        return Changed(
            [*before.put_on, *after.put_on],
            [*before.taken_off, *after.taken_off],
            [*before.refreshed, *after.refreshed],
        )
    words = _last(session, channel_id, words)
    last: dict[int, Consent] = {}
    for one in consents:
        rival = last.get(one.contact_id)
        if rival is None or one.rank(now) >= rival.rank(now):
            last[one.contact_id] = one
    if not words and not last:
        return NOTHING
    ids, names = {word.contact_id for word in words}, {word.name for word in words}
    known = (ids | last.keys()).difference(new)
    carried = _carried(session, channel_id, known, names | {tag}, now=now) if known else {}
    # Whoever carries it, or agrees without a date, needs no look at when it ended.
    doubtful = [
        id_
        for id_, one in last.items()
        if id_ in known and (id_, tag) not in carried and not (one.is_given and one.at is None)
    ]
    ended = _ended(session, channel_id, tag, doubtful) if doubtful else {}
    agreed: list[Say] = []
    for contact_id, one in last.items():
        row = carried.get((contact_id, tag))
        known_at = row.set_at if row is not None else ended.get(contact_id)
        if known_at is not None:
            known_one = Consent(contact_id, row is not None, known_at)
            is_the_same = one.at is None and one.is_given == known_one.is_given
            if is_the_same or one.rank(now) <= known_one.rank(now):
                continue
        # What was known before is said again with its newer date, and a refusal though nobody had agreed: the next
        # word is compared with it.
        verb = Verb.SET if one.is_given else Verb.REFUSE
        agreed.append(Say(verb, contact_id, tag, source, at=one.at))
    return _said(session, channel_id, [*_news(words, carried), *agreed], now=now)


def _last(session: Session, channel_id: int, words: Sequence[Say]) -> Sequence[Say]:
    """Leave out words that a later one takes the place of: about the same tag, or one of a group of single choice.

    What stands already is not said again, so a word before it would be the last one said.
    """
    if len({word.contact_id for word in words}) == len(words):
        return words
    rows = session.connection().execute(_GROUPS, {"channel": channel_id, "names": [w.name for w in words]})
    groups = {name: f"group {group}" for name, group in rows}
    last = {(word.contact_id, groups.get(word.name, f"tag {word.name}")): word for word in words}
    return list(last.values())


_GROUPS = sa.select(Tag.name, Tag.group).where(
    Tag.channel_id == sa.bindparam("channel"),
    among(Tag.name, "names"),
    Tag.is_single,
    Tag.group.is_not(None),
)


def _news(words: Sequence[Say], carried: Mapping[Pair, _Carried]) -> Sequence[Say]:
    return [
        word
        for word in words
        if (row := carried.get(word.pair)) is None
        or row.source != word.source
        or (word.expires_at is not None and row.expires_at != word.expires_at)
    ]


def _said(session: Session, channel_id: int, words: Sequence[Say], *, now: datetime) -> Changed:
    return say_untold(session, channel_id, words, now=now) if words else NOTHING


def _carried(
    session: Session, channel_id: int, ids: Collection[int], names: Collection[str], *, now: datetime
) -> Mapping[Pair, _Carried]:
    """Return what people carry of some tags."""
    given = {"channel": channel_id, "ids": list(ids), "names": list(names), "now": now}
    rows = session.connection().execute(_CARRIED, given).all()
    return {(id_, name): _Carried(source, since, until) for id_, name, source, since, until in rows}


# Built once, for an import asks it for every page.
_CARRIED = (
    sa.select(ContactTag.contact_id, Tag.name, ContactTag.source, ContactTag.set_at, ContactTag.expires_at)
    .join(Tag, Tag.id == ContactTag.tag_id)
    .where(
        among(ContactTag.contact_id, "ids"),
        Tag.channel_id == sa.bindparam("channel"),
        among(Tag.name, "names"),
        sa.or_(
            ContactTag.expires_at.is_(None),
            ContactTag.expires_at > sa.bindparam("now", type_=ContactTag.expires_at.type),
        ),
    )
)


def _ended(
    session: Session, channel_id: int, tag: str, contact_ids: Collection[int]
) -> Mapping[int, datetime]:
    """Return when people last lost the tag, by whatever."""
    given = {"channel": channel_id, "name": tag, "ids": list(contact_ids)}
    return {id_: at for id_, at in session.connection().execute(_ENDED, given)}  # noqa: C416 - dict() knows no rows


_ENDED = (
    sa.select(TagChange.contact_id, sa.func.max(TagChange.at))
    .join(Tag, Tag.id == TagChange.tag_id)
    .where(
        among(TagChange.contact_id, "ids"),
        Tag.channel_id == sa.bindparam("channel"),
        Tag.name == sa.bindparam("name"),
        TagChange.kind.in_(OVER),
    )
    .group_by(TagChange.contact_id)
)
