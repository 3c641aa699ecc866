"""The way of a menu to LINE: made, given its picture, put in its place."""

import sqlalchemy as sa
import structlog

from bot.menu_rows import MenuRows, is_unknown
from content.models import Asset
from core.clock import Clock
from core.db import Database
from line import rich_menus
from line.answers import Accepted, Failure, Missing
from line.menu_calls import Aliases, MenuCalls, MenuId, Menus
from line.outcomes import Refused
from line.rich_menus import MenuStatus, MenuTask

_HAS_PICTURE = "already been uploaded"

log = structlog.get_logger()


class MenuSteps:
    """Each step makes its calls, then writes down what came of them; any of them may be done twice."""

    def __init__(self, database: Database, menus: MenuCalls, clock: Clock, rows: MenuRows) -> None:
        self._database = database
        self._menus = menus
        self._clock = clock
        self._rows = rows

    def create(self, task: MenuTask) -> None:
        """Make the menu, or take up the one that an earlier try made without our hearing of it."""
        made = self._find_orphan(task) if task.attempts > 1 else None
        if made is None:
            if self._rows.must_wait(task, "richmenu/create"):
                return
            made = self._menus.create(task.body)
        if not isinstance(made, MenuId):
            self._rows.failed(task, made)
            return
        log.info("menu.created", menu=task.name, line_menu=made.line_menu_id)
        self._rows.created(task, made.line_menu_id)

    def _find_orphan(self, task: MenuTask) -> MenuId | Failure | None:
        there = self._menus.all()
        if not isinstance(there, Menus):
            return there
        with self._database.read() as session:
            known = rich_menus.known_ids(session, task.channel_id)
        name = task.body["name"]
        return next((MenuId(id_) for id_, n in there.found if n == name and id_ not in known), None)

    def upload(self, task: MenuTask, line_menu_id: str) -> None:
        """Give the menu its picture."""
        with self._database.read() as session:
            picture = session.execute(
                sa.select(Asset.data, Asset.content_type).where(
                    Asset.channel_id == task.channel_id, Asset.sha256 == task.picture_sha256
                )
            ).one_or_none()
        if picture is None:
            self._rows.failed(task, Refused("its picture is not among the published files"))
            return
        answer = self._menus.upload(line_menu_id, picture.data, content_type=picture.content_type)
        had_it = isinstance(answer, Refused) and _HAS_PICTURE in answer.reason  # an earlier, unheard try
        if isinstance(answer, Accepted) or had_it:
            self._rows.move(task, MenuStatus.READY, due_at=self._clock())
        else:
            self._rows.failed(task, answer)

    def put_in_place(self, task: MenuTask, line_menu_id: str) -> None:
        """Point the alias of its name at the menu, and make it everybody's if it is the default one."""
        answer = self._point_alias(task.alias, line_menu_id)
        if not isinstance(answer, Accepted):
            self._rows.failed(task, answer)
            return
        error = None
        if task.is_default:
            default = self._menus.set_default(line_menu_id)
            if isinstance(default, Refused) and not is_unknown(default):
                # As when a default menu is set in LINE's own web tool. Linked to people, it works all the same.
                error = default.reason
            elif not isinstance(default, Accepted):
                self._rows.failed(task, default)
                return
        self._rows.finished(task, error=error)
        log.info("menu.ready", menu=task.name, line_menu=line_menu_id, error=error)

    def _point_alias(self, alias: str, line_menu_id: str) -> Accepted | Failure:
        there = self._menus.aliases()
        if not isinstance(there, Aliases):
            return there
        if there.found.get(alias) == line_menu_id:
            return Accepted()
        if alias in there.found:
            answer = self._menus.update_alias(alias, line_menu_id)
            if not isinstance(answer, Missing):
                return answer
        return self._menus.create_alias(alias, line_menu_id)
