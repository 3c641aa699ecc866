"""Giving each contact the rich menu they should have: one by one, or in bulk where many wait for the same."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

import structlog

from bot.menu_rows import is_unknown
from bot.retries import pause
from contacts import menus as contact_menus
from contacts.menus import DueLink
from core.clock import Clock
from core.db import Database
from line import rich_menus
from line.answers import Accepted, Failure
from line.governor import GO, Governor
from line.menu_calls import MOST_USERS, MenuCalls
from line.outcomes import Later, Refused
from line.rich_menus import MenuStatus

BULK_ABOVE = 20
BULK, ONE = "richmenu/bulk", "richmenu/link"
"""What the governor counts: at closing time everybody's menu may change at once."""
SOON = timedelta(seconds=5)
"""When to look again for a menu that is on its way to LINE."""
MUCH_LATER = timedelta(minutes=10)
"""When to look again for a menu that LINE has refused."""

log = structlog.get_logger()


class MenuLinker:
    """Works off the contacts whose linked menu is not the wanted one."""

    def __init__(self, database: Database, menus: MenuCalls, clock: Clock, governor: Governor) -> None:
        self._database = database
        self._menus = menus
        self._clock = clock
        self._governor = governor

    def step(self) -> int:
        """Link or unlink at most 500 contacts; return how many were due."""
        now = self._clock()
        with self._database.read() as session:
            if not contact_menus.some_due(session, now=now):
                return 0
        with self._database.write() as session:
            due = contact_menus.claim(session, limit=MOST_USERS, now=now)
        groups: defaultdict[tuple[int, str | None], list[DueLink]] = defaultdict(list)
        for link in due:
            groups[link.channel_id, link.wanted].append(link)
        for (channel_id, wanted), links in groups.items():
            self._bring_in_line(channel_id, wanted, links)
        return len(due)

    def _bring_in_line(self, channel_id: int, wanted: str | None, links: Sequence[DueLink]) -> None:
        line_menu_id = None
        if wanted is not None:
            with self._database.read() as session:
                menu = rich_menus.live_menus(session, channel_id).get(wanted)
            if menu is None or menu.status is not MenuStatus.READY:
                # One that is in no table yet was published a moment ago: a wish for one that is gone is forgotten.
                is_refused = menu is not None and menu.status is MenuStatus.FAILED
                self._postpone(links, MUCH_LATER if is_refused else SOON)
                return
            line_menu_id = menu.line_menu_id
        if len(links) > BULK_ABOVE:
            wait = self._governor.wait(channel_id, BULK)
            if wait > GO:
                self._postpone(links, wait)
                return
            answer = self._link_many([link.line_user_id for link in links], line_menu_id)
            self._heed(channel_id, BULK, answer)
            if not isinstance(answer, Refused) or is_unknown(answer):
                self._settle(links, line_menu_id, answer)
                return
            # One person whom LINE does not like spoils it for all: they are found one by one.
            log.warning("menu.bulk_refused", channel=channel_id, reason=answer.reason)
            self._postpone(links[BULK_ABOVE:], SOON)
        few = links[:BULK_ABOVE]
        granted, wait = self._governor.leave(channel_id, ONE, len(few))
        self._postpone(few[granted:], max(wait, SOON))
        for link in few[:granted]:
            answer = self._link_one(link.line_user_id, line_menu_id)
            self._settle([link], line_menu_id, answer)
            self._heed(channel_id, ONE, answer)
            if not isinstance(answer, Accepted | Refused):
                return  # the others come when their lease runs out

    def _heed(self, channel_id: int, endpoint: str, answer: Accepted | Failure) -> None:
        if isinstance(answer, Later):
            self._governor.heed(channel_id, endpoint, answer)

    def _link_many(self, user_ids: Sequence[str], line_menu_id: str | None) -> Accepted | Failure:
        if line_menu_id is None:
            return self._menus.bulk_unlink(user_ids)
        return self._menus.bulk_link(user_ids, line_menu_id)

    def _link_one(self, user_id: str, line_menu_id: str | None) -> Accepted | Failure:
        if line_menu_id is None:
            return self._menus.unlink(user_id)
        return self._menus.link(user_id, line_menu_id)

    def _settle(self, links: Sequence[DueLink], line_menu_id: str | None, answer: Accepted | Failure) -> None:
        if isinstance(answer, Accepted):
            with self._database.write() as session:
                contact_menus.linked(session, links, line_menu_id, now=self._clock())
            return
        log.warning("menu.not_linked", people=len(links), reason=answer.reason)
        if not isinstance(answer, Refused):
            self._postpone(links, max(SOON, pause(answer, attempts=1)))
        elif line_menu_id is not None and is_unknown(answer):
            with self._database.write() as session:
                rich_menus.lost(session, links[0].channel_id, line_menu_id, now=self._clock())
            self._postpone(links, SOON)
        else:
            # Whoever LINE does not link stays as they are until something about them changes.
            with self._database.write() as session:
                contact_menus.postpone(session, links, until=None)

    def _postpone(self, links: Sequence[DueLink], wait: timedelta) -> None:
        with self._database.write() as session:
            contact_menus.postpone(session, links, until=self._clock() + wait)
