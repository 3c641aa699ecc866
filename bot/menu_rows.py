"""Writing down what a step of a menu came to, each time in one short transaction."""

from datetime import datetime, timedelta

import structlog

from bot.retries import FIRST, pause
from core.clock import Clock
from core.db import Database
from line import rich_menus
from line.answers import Failure, Missing
from line.governor import GO, Governor
from line.outcomes import Refused
from line.rich_menus import MenuStatus, MenuTask

_MENU_UNKNOWN = "richmenu not found"
_ALIAS_TAKEN = "conflict richmenu alias id"

log = structlog.get_logger()


class MenuRows:
    """Settles leased rows of `line_menus`."""

    def __init__(self, database: Database, clock: Clock, governor: Governor) -> None:
        self._database = database
        self._clock = clock
        self._governor = governor

    def must_wait(self, task: MenuTask, endpoint: str) -> bool:
        """Take leave for one call, or put the row back until there is leave."""
        wait = self._governor.wait(task.channel_id, endpoint)
        if wait > GO:
            self.postpone(task, wait)
        return wait > GO

    def created(self, task: MenuTask, line_menu_id: str) -> None:
        with self._database.write() as session:
            rich_menus.created(session, task, line_menu_id, now=self._clock())

    def finished(self, task: MenuTask, *, error: str | None = None) -> None:
        with self._database.write() as session:
            rich_menus.finished(session, task, error=error, now=self._clock())

    def move(
        self,
        task: MenuTask,
        status: MenuStatus,
        *,
        due_at: datetime | None = None,
        error: str | None = None,
    ) -> None:
        with self._database.write() as session:
            rich_menus.move(session, task, status, due_at=due_at, error=error)

    def postpone(self, task: MenuTask, wait: timedelta, *, reason: str | None = None) -> None:
        """Try the step again later; without a reason it was no attempt."""
        with self._database.write() as session:
            rich_menus.postpone(session, task, until=self._clock() + wait, reason=reason)

    def failed(self, task: MenuTask, failure: Failure) -> None:
        """Try again what may work later, and give up what LINE refuses for good."""
        log.warning("menu.step_failed", menu=task.name, status=task.status.value, reason=failure.reason)
        if not isinstance(failure, Refused):
            self.postpone(task, pause(failure, attempts=task.attempts), reason=failure.reason)
        elif is_unknown(failure) and task.line_menu_id is not None:
            with self._database.write() as session:
                rich_menus.lost(session, task.channel_id, task.line_menu_id, now=self._clock())
        elif _ALIAS_TAKEN in failure.reason:
            # LINE's own cache: it said a moment before that there was none.
            self.postpone(task, FIRST, reason=failure.reason)
        else:
            self.move(task, MenuStatus.FAILED, error=failure.reason)


def is_unknown(failure: Refused) -> bool:
    """Say whether LINE refused because it does not have the menu: somebody deleted it there."""
    return isinstance(failure, Missing) or _MENU_UNKNOWN in failure.reason
