"""Bringing the menus at LINE in line with what is published."""

import sqlalchemy as sa
import structlog

from bot.menu_removal import MenuRemoval
from bot.menu_rows import MenuRows
from bot.menu_steps import MenuSteps
from bot.menus import wanted_menus
from content.revisions import Revisions
from core.clock import Clock
from core.db import Database
from line import rich_menus
from line.channels import Channel
from line.governor import Governor
from line.menu_calls import MenuCalls
from line.rich_menus import MenuStatus, MenuTask

STEPS = 4
"""Steps of menus in one round."""

log = structlog.get_logger()


class MenuPublisher:
    """Writes down which menus a new revision wants, and walks each row one step at a time."""

    def __init__(self, database: Database, menus: MenuCalls, clock: Clock, governor: Governor) -> None:
        self._database = database
        self._clock = clock
        rows = MenuRows(database, clock, governor)
        self._steps = MenuSteps(database, menus, clock, rows)
        self._removal = MenuRemoval(database, menus, clock, rows)
        self._revisions = Revisions()
        self._synced: dict[int, int] = {}
        """Channel to the revision that this process has written down."""

    def step(self) -> int:
        """Look for a new revision, then take a few steps; return how many."""
        self._sync()
        for done in range(STEPS):
            task = self._claim()
            if task is None:
                return done
            self._take(task)
        return STEPS

    def _sync(self) -> None:
        with self._database.read() as session:
            live = {
                channel_id: self._revisions.live(session, channel_id)
                for channel_id in session.scalars(sa.select(Channel.id)).all()
            }
        for channel_id, published in live.items():
            if published is None or self._synced.get(channel_id) == published.number:
                continue
            wanted = wanted_menus(published)
            with self._database.write() as session:
                newest = self._revisions.live(session, channel_id)
                if newest is None or newest.number != published.number:
                    continue  # somebody published just now: the next round sees it
                changed = rich_menus.sync(session, channel_id, wanted, now=self._clock())
            self._synced[channel_id] = published.number
            log.info("menus.synced", channel=channel_id, revision=published.number, changed=changed)

    def _claim(self) -> MenuTask | None:
        now = self._clock()
        with self._database.read() as session:
            if not rich_menus.some_due(session, now=now):
                return None
        with self._database.write() as session:
            return rich_menus.claim(session, now=now)

    def _take(self, task: MenuTask) -> None:
        match task.status:
            case MenuStatus.WANTED:
                self._steps.create(task)
            case MenuStatus.CREATED if task.line_menu_id is not None:
                self._steps.upload(task, task.line_menu_id)
            case MenuStatus.READY if task.line_menu_id is not None:
                self._steps.put_in_place(task, task.line_menu_id)
            case MenuStatus.RETIRED:
                self._removal.remove(task)
            case _:
                raise ValueError(f"a menu that is {task.status} without an id at LINE has no next step")
