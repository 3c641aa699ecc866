"""The live revision, read once per process and kept: a published revision never changes."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from content.model import Content
from content.models import Revision
from content.steps import Button, Steps

BUTTON_WORDS = ("back", "cancel", "done", "skip", "confirm", "change", "restart")
"""Buttons below questions and summaries that may be typed as well."""


@dataclass(frozen=True)
class Published:
    """One revision, ready for use."""

    id: int
    number: int
    content: Content
    version_ids: Mapping[str, int]
    """Questionnaire key to the id of the version that new runs take."""
    assets: Mapping[str, str]
    """File name in the playbook to SHA-256."""

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.content.time_zone)

    @cached_property
    def button_words(self) -> Mapping[str, tuple[str, ...]]:
        """What stands for a button when typed: the playbook's further words, and its own labels."""
        keywords, phrases = self.content.keywords, self.content.phrases
        return {
            action: (*keywords.get(action, ()), *phrases.get(action, {}).values()) for action in BUTTON_WORDS
        }

    @cached_property
    def menu_tags(self) -> frozenset[str]:
        """The tags upon which it depends which rich menu somebody should have."""
        whens = [menu.when for menu in self.content.rich_menus]
        return frozenset(name for when in whens for name in (*when.tags, *when.without_tags))

    @property
    def menus_follow_hours(self) -> bool:
        """Whether it depends on business hours which rich menu somebody should have."""
        return any(menu.when.hours is not None for menu in self.content.rich_menus)

    @cached_property
    def buttons(self) -> Mapping[tuple[str, str], Button]:
        """Every button by its owner and its name in postbacks."""
        return buttons_of(self.content)


def buttons_of(content: Content) -> Mapping[tuple[str, str], Button]:
    """Return every button by its owner and its name in postbacks."""
    owners: list[tuple[str, Iterator[Button]]] = [
        *((f"greeting.{g.id}", buttons_in(g.then)) for g in content.greetings),
        *((f"rule.{r.id}", buttons_in(r.then)) for r in content.auto_replies),
        ("fallback.first", buttons_in(content.fallback.first)),
        ("fallback.second", buttons_in(content.fallback.second)),
        ("cards", _deep(content.card_buttons)),
        *((f"card.{card.id}", _deep(card.buttons)) for card in content.cards),
        *((f"menu.{menu.key}", _deep(menu.areas)) for menu in content.rich_menus),
    ]
    return {(owner, button_name(b)): b for owner, found in owners for b in found}


def button_name(button: Button) -> str:
    """Return what names a button in postbacks: its id, else a hash of what it is and does.

    Old messages stay tappable for ever; a button that was reworded since must not be taken for another.
    """
    return button.id or hashlib.blake2s(button.model_dump_json().encode(), digest_size=4).hexdigest()


def buttons_in(steps: Steps) -> Iterator[Button]:
    """Yield every button of the steps, those behind buttons included."""
    for step in steps:
        if step.say is not None:
            yield from _deep(step.say.buttons)


def _deep(buttons: tuple[Button, ...]) -> Iterator[Button]:
    for button in buttons:
        yield button
        yield from buttons_in(button.do)


def newest_of(channel_id: sa.ColumnElement[int]) -> sa.ScalarSelect[int]:
    """Return the id of what is published, as a column for whoever asks something anyway."""
    newest = sa.select(Revision.id).where(Revision.channel_id == channel_id).order_by(Revision.number.desc())
    return newest.limit(1).scalar_subquery()


# Built once, and executed beneath the session, it takes a sixth of the time.
_NEWEST = sa.select(newest_of(sa.bindparam("channel")))


class Revisions:
    """Finds the live revision of a channel; keeps the ones it has read."""

    def __init__(self) -> None:
        self._known: dict[int, Published] = {}

    def live(self, session: Session, channel_id: int) -> Published | None:
        """Return what is published now; None before the first playbook is applied."""
        newest = session.connection().scalar(_NEWEST, {"channel": channel_id})
        return None if newest is None else self.get(session, newest)

    def get(self, session: Session, revision_id: int) -> Published:
        """Return what one revision published."""
        if revision_id not in self._known:
            row = session.get_one(Revision, revision_id)
            self._known[revision_id] = Published(
                id=row.id,
                number=row.number,
                content=Content.model_validate(row.content),
                version_ids={key: int(id_) for key, id_ in row.questionnaires.items()},
                assets={name: str(sha256) for name, sha256 in row.assets.items()},
            )
        return self._known[revision_id]
