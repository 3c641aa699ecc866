"""The way of a menu out of LINE: nobody wants it, nobody is linked to it, then it is deleted."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import structlog
from sqlalchemy.orm import Session

from bot.menu_rows import MenuRows
from bot.retries import LONGEST
from contacts import menus as contact_menus
from core.clock import Clock
from core.db import Database
from line import rich_menus
from line.answers import Accepted, Failure, Missing
from line.menu_calls import MenuCalls
from line.outcomes import Refused
from line.rich_menus import MenuStatus, MenuTask

LOOK_AGAIN = timedelta(minutes=1)
MOST_LOOKS = 10
"""How often a menu waits for people whom LINE does not let us link to another."""

log = structlog.get_logger()


class MenuRemoval:
    """Takes retired menus away without anybody's seeing an empty place."""

    def __init__(self, database: Database, menus: MenuCalls, clock: Clock, rows: MenuRows) -> None:
        self._database = database
        self._menus = menus
        self._clock = clock
        self._rows = rows

    def remove(self, task: MenuTask) -> None:
        """Do the next of what has to happen before a menu is deleted, or delete it."""
        line_menu_id = task.line_menu_id
        if line_menu_id is None:
            self._rows.move(task, MenuStatus.DELETED)
            return
        with self._database.read() as session:
            live = rich_menus.live_menus(session, task.channel_id)
        is_replaced = task.name in live
        if not is_replaced:
            self._forget_wishes(task)
        if self._is_still_shown(task, line_menu_id):
            self._rows.postpone(task, LOOK_AGAIN, reason="people are still linked to it")
            return
        if not is_replaced and self._rows.must_wait(task, "richmenu/alias/delete"):
            return
        if self._rows.must_wait(task, "richmenu/delete"):
            return
        leaves_no_default = task.is_default and not any(menu.is_default for menu in live.values())
        refusal = self._delete(
            task, line_menu_id, with_alias=not is_replaced, clear_default=leaves_no_default
        )
        if refusal is None:
            self._in_pages(
                lambda s: contact_menus.find_linked(s, task.channel_id, line_menu_id),
                lambda s, ids: contact_menus.forget_link(s, ids, line_menu_id),
            )
            self._rows.move(task, MenuStatus.DELETED)
            log.info("menu.deleted", menu=task.name, line_menu=line_menu_id)
        elif isinstance(refusal, Refused):
            self._rows.postpone(task, LONGEST, reason=refusal.reason)
        else:
            self._rows.failed(task, refusal)

    def _forget_wishes(self, task: MenuTask) -> None:
        self._in_pages(
            lambda s: contact_menus.find_wanting(s, task.channel_id, task.name),
            lambda s, ids: contact_menus.forget_wish(s, ids, task.name, now=self._clock()),
        )

    def _is_still_shown(self, task: MenuTask, line_menu_id: str) -> bool:
        """Have those who are linked to the menu linked anew; say whether they must be waited for."""
        self._in_pages(
            lambda s: contact_menus.find_unmoved(s, task.channel_id, line_menu_id),
            lambda s, ids: contact_menus.make_due(s, ids, now=self._clock()),
        )
        with self._database.read() as session:
            is_shown = contact_menus.is_shown(session, task.channel_id, line_menu_id)
        return is_shown and task.attempts <= MOST_LOOKS

    def _delete(
        self, task: MenuTask, line_menu_id: str, *, with_alias: bool, clear_default: bool
    ) -> Failure | None:
        """Delete at LINE; what is gone already counts as deleted."""
        calls: list[Callable[[], Accepted | Failure]] = []
        if with_alias:
            calls.append(lambda: self._menus.delete_alias(task.alias))
        if clear_default:
            calls.append(self._menus.clear_default)
        calls.append(lambda: self._menus.delete(line_menu_id))
        for call in calls:
            answer = call()
            if not isinstance(answer, Accepted | Missing):
                return answer
        return None

    def _in_pages(
        self,
        find: Callable[[Session], Sequence[int]],
        change: Callable[[Session, Sequence[int]], None],
    ) -> None:
        """Change all that is found, looking without a lock and writing in short transactions."""
        while True:
            with self._database.read() as session:
                ids = find(session)
            if not ids:
                return
            with self._database.write() as session:
                change(session, ids)
