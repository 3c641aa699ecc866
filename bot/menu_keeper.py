"""Which rich menu people should have, kept right when no turn of theirs changes it.

A turn settles its own contact's. This is for tags that end, come from files, programs, segments or are
taken back, for the shop's opening and closing, and for a playbook that says something else than the one
before.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.segment_desk import Desk
from contacts import menus
from contacts.models import Contact
from content import hours
from content.revisions import Published
from content.text import speak
from core.by_engine import among
from handlers.rich_menu import wish
from questionnaires.models import Run, RunStatus
from segmentation.models import ContactTag, Tag
from segmentation.tags import live
from segmentation.touches import Touched

PAGE = 1_000
"""People looked at in one query; those whose menu changes are written in one transaction."""


@dataclass(frozen=True, slots=True)
class _Person:
    """Somebody as conditions see them when nothing happens."""

    id: int
    kept: str | None
    wanted: str | None
    is_open: bool
    carried: frozenset[str]
    language: str
    is_returning: bool
    confirmed: frozenset[str]
    entry_code: str | None = None

    def has_confirmed(self, questionnaire: str) -> bool:
        return questionnaire in self.confirmed


class MenuKeeper:
    """The menus of all channels, as whoever keeps the segments sees to them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._sweep: tuple[menus.Sweep, int] | None = None
        """What is under way, and the contact it has come to."""

    @property
    def is_under_way(self) -> bool:
        return self._sweep is not None

    def drop(self) -> None:
        """Forget what is under way; it begins again, and what is written is no difference any more."""
        self._sweep = None

    def touched(self, page: Sequence[Touched], channel_id: int, published: Published | None) -> None:
        """Look at those about whom a tag has changed upon which a menu depends."""
        if published is None or not published.menu_tags:
            return
        facts = {f"tag:{name}" for name in published.menu_tags}
        ids = sorted({one.contact_id for one in page if one.fact in facts})
        if ids:
            self._settle(ids, channel_id, published, self._desk.clock())

    def go_on(self) -> int:
        """Look at a page of everybody where that is due; return how many people it were."""
        with self._desk.database.read() as session:
            due = menus.due_sweep(session)
            if due is None:
                self._sweep = None
                return 0
            after = self._sweep[1] if self._sweep is not None and self._sweep[0] == due else 0
            _lineup, published = self._desk.look_up(session, due.channel_id)
            ids = session.scalars(_PAGE, {"channel": due.channel_id, "after": after, "limit": PAGE}).all()
            # By the clock of whoever asked, if ours is behind it: else a shop that just closed would be open here.
            now = max(self._desk.clock(), due.asked_at)
            wishes = {} if published is None else self._changed(session, ids, published, now)
        if not ids:
            with self._desk.database.write() as session:
                self._desk.fence(session)
                menus.finish_sweep(session, due)
            self._sweep = None
            return 1
        changed = sorted(id_ for several in wishes.values() for id_ in several)
        if changed and published is not None:
            self._settle(changed, due.channel_id, published, now)
        self._sweep = due, ids[-1]
        return len(ids)

    def _settle(self, ids: Sequence[int], channel_id: int, published: Published, now: datetime) -> None:
        with self._desk.database.write() as session:
            self._desk.fence(session)
            # Locked first: a turn that is being written settles its contact's menu by itself.
            session.connection().execute(_LOCK, {"ids": list(ids)})
            for name, several in self._changed(session, ids, published, now).items():
                menus.want(session, several, name, now=self._desk.clock())

    def _changed(
        self, session: Session, ids: Sequence[int], published: Published, now: datetime
    ) -> Mapping[str | None, Sequence[int]]:
        """Return who should want another menu than they do, by what they should want."""
        found: defaultdict[str | None, list[int]] = defaultdict(list)
        for person in _people(session, ids, published, now=now):
            name = wish(published.content, person.kept, person)
            if name != person.wanted:
                found[name].append(person.id)
        return found


def _people(session: Session, ids: Sequence[int], published: Published, *, now: datetime) -> list[_Person]:
    """Load what the conditions of menus ask, in two or three statements."""
    content = published.content
    connection = session.connection()
    rows = connection.execute(_PEOPLE, {"ids": list(ids)}).all()
    carried = _by_contact(
        session, _CARRIED, {"ids": list(ids), "names": sorted(published.menu_tags), "now": now}
    )
    asked = {menu.when.completed for menu in content.rich_menus if menu.when.completed is not None}
    confirmed = _by_contact(session, _CONFIRMED, {"ids": list(ids), "names": sorted(asked)}) if asked else {}
    is_open = hours.is_open(content.hours, now, published.zone)
    return [
        _Person(
            id=row.id,
            kept=row.menu_kept,
            wanted=row.menu_wanted,
            is_open=is_open,
            carried=frozenset(carried.get(row.id, ())),
            language=speak(row.language, content.languages, content.default_language),
            is_returning=row.times_followed > 1,
            confirmed=frozenset(confirmed.get(row.id, ())),
        )
        for row in rows
    ]


def _by_contact(
    session: Session, query: sa.Select[int, str], given: Mapping[str, object]
) -> Mapping[int, set[str]]:
    found: defaultdict[int, set[str]] = defaultdict(set)
    for id_, name in session.connection().execute(query, given):
        found[id_].add(name)
    return found


_PAGE = (
    sa.select(Contact.id)
    .where(
        Contact.channel_id == sa.bindparam("channel"),
        Contact.id > sa.bindparam("after"),
        Contact.erased_at.is_(None),
    )
    .order_by(Contact.id)
    .limit(sa.bindparam("limit"))
)
_LOCK = (
    sa.select(Contact.id).where(among(Contact.id, "ids")).order_by(Contact.id).with_for_update(key_share=True)
)
_PEOPLE = sa.select(
    Contact.id, Contact.menu_kept, Contact.menu_wanted, Contact.language, Contact.times_followed
).where(among(Contact.id, "ids"), Contact.erased_at.is_(None))
_CARRIED = (
    sa.select(ContactTag.contact_id, Tag.name)
    .join(Tag, Tag.id == ContactTag.tag_id)
    .where(
        among(ContactTag.contact_id, "ids"),
        among(Tag.name, "names"),
        live(sa.bindparam("now", type_=ContactTag.expires_at.type)),
    )
)
_CONFIRMED = sa.select(Run.contact_id, Run.questionnaire).where(
    among(Run.contact_id, "ids"), among(Run.questionnaire, "names"), Run.status == RunStatus.CONFIRMED
)
