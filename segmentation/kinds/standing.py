"""Leaves about the contact itself: following, coming back, seen, language, entry."""

from collections.abc import Callable, Iterable
from typing import Annotated, Any

import sqlalchemy as sa
from pydantic import AfterValidator, StrictBool, TypeAdapter

from contacts.models import Contact, Following
from line.channels import Channel
from segmentation.carrying import among
from segmentation.days import At
from segmentation.joining import Listed, Meant, none_of
from segmentation.kinds.forms import Few, Several, When, fell_out
from segmentation.leaf import LeafKind, Mention
from segmentation.people import CameBy, Person, Speaks

_FLAG = TypeAdapter(StrictBool)


def _of_any_channel(*where: sa.ColumnElement[bool]) -> sa.Select[int]:
    # The channels, so that an index which begins with them serves: there are one or two.
    return sa.select(Contact.id).where(Contact.channel_id.in_(sa.select(Channel.id)), *where)


def _told(*where: sa.ColumnElement[bool]) -> Listed:
    """Return conditions on Contact as a list that an index of the channel tells."""

    def each(id_: sa.SQLColumnExpression[int]) -> sa.ColumnElement[bool]:
        return sa.select(Contact.id).where(Contact.id == id_, *where).correlate_except(Contact).exists()

    return Listed(_of_any_channel(*where), each)


def _stands(following: Following) -> Meant:
    if following is not Following.FOLLOWING:
        return _told(Contact.following == following)
    # Most follow: who does not is told sooner.
    others = [other for other in Following if other is not following]
    return none_of(_told(Contact.following.in_(others)))


def _standing(key: str, meant: Meant, holds: Callable[[Person], bool]) -> LeafKind[bool]:
    """Return the leaf `KEY: true` or `KEY: false`."""
    return LeafKind[bool](
        key,
        _FLAG,
        sql=lambda wanted, _at: meant if wanted else none_of(meant),
        holds=lambda wanted, person, _at: holds(person) == wanted,
        fact=lambda _wanted, person, _at: person.follows,
        reads=lambda _wanted: ["following"],
    )


FOLLOWING = _standing(
    "following",
    _stands(Following.FOLLOWING),
    lambda person: person.follows.following is Following.FOLLOWING,
)
BLOCKED = _standing(
    "blocked",
    _stands(Following.BLOCKED),
    lambda person: person.follows.following is Following.BLOCKED,
)
RETURNING = _standing("returning", Contact.times_followed >= 2, lambda person: person.follows.times >= 2)


SEEN = LeafKind[When](
    "seen",
    TypeAdapter(When),
    sql=lambda when, at: _told(when.sql(Contact.last_seen_at, at)),
    holds=lambda when, person, at: when.holds(person.last_seen.at, at),
    fact=lambda _when, person, _at: person.last_seen,
    reads=lambda _when: ["seen"],
    crossing=lambda when, since, at: [_of_any_channel(fell_out(Contact.last_seen_at, when.span, since, at))],
)


def _followed(when: When, at: At) -> Meant:
    since = Contact.following_since_at
    return _told(Contact.following == Following.FOLLOWING, since.is_not(None), when.sql(since, at))


FOLLOWED = LeafKind[When](
    "followed",
    TypeAdapter(When),
    sql=_followed,
    holds=lambda when, person, at: (
        person.follows.following is Following.FOLLOWING and when.holds(person.follows.since, at)
    ),
    fact=lambda _when, person, _at: person.follows,
    reads=lambda _when: ["following"],
    crossing=lambda when, since, at: [
        _of_any_channel(fell_out(Contact.following_since_at, when.span, since, at))
    ],
)


def _tags(languages: tuple[str, ...]) -> tuple[str, ...]:
    """Write language tags as LINE does: `ZH-tw` is `zh-TW`."""
    return tuple(
        "-".join(_part(place, part) for place, part in enumerate(tag.split("-"))) for tag in languages
    )


def _part(place: int, part: str) -> str:
    if place == 0:
        return part.lower()
    return part.title() if len(part) == 4 else part.upper()


def _speaks(languages: Iterable[str], _at: At) -> sa.ColumnElement[bool]:
    told = sa.func.coalesce(Contact.language, "")
    return sa.or_(
        *(sa.or_(told == tag, sa.func.substr(told, 1, len(tag) + 1) == f"{tag}-") for tag in languages)
    )


LANGUAGE = LeafKind[tuple[str, ...]](
    "language",
    TypeAdapter(Annotated[Few, AfterValidator(_tags)]),
    sql=_speaks,
    holds=lambda languages, person, _at: any(
        person.language == tag or (person.language or "").startswith(f"{tag}-") for tag in languages
    ),
    fact=lambda _languages, person, _at: None if person.language is None else Speaks(person.language),
    reads=lambda _languages: ["language"],
)

ENTRY: LeafKind[Any] = LeafKind[tuple[str, ...]](
    "entry",
    TypeAdapter(Several),
    sql=lambda codes, _at: _told(among(Contact.entry_source, codes)),
    holds=lambda codes, person, _at: person.entry in codes,
    fact=lambda _codes, person, _at: None if person.entry is None else CameBy(person.entry),
    reads=lambda _codes: ["entry"],
    mentions=lambda codes: [Mention("entry", code) for code in codes],
)
