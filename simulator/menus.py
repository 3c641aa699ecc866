"""Rich menus, their pictures, aliases and links to persons."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.persons import PersonState
    from simulator.state import Line

MOST_MENUS = 1000


@dataclass(slots=True)
class RichMenu:
    """One menu; its picture cannot be replaced once it is there."""

    rich_menu_id: str
    body: dict[str, Any]
    picture: bytes = b""
    media_type: str = ""

    @property
    def as_json(self) -> dict[str, Any]:
        """Return it as the API shows it."""
        return {"richMenuId": self.rich_menu_id, **self.body}


@dataclass(slots=True)
class _Later:
    due_ms: int
    user_ids: tuple[str, ...]
    rich_menu_id: str | None


class RichMenus:
    """All menus of the account."""

    def __init__(self, line: "Line") -> None:
        self._line = line
        self.menus: dict[str, RichMenu] = {}
        self.aliases: dict[str, str] = {}
        self.default_id: str | None = None
        self.bulk_seconds = 0.0
        """How long a bulk link or unlink takes after its 202."""
        self.batches: dict[str, int] = {}
        """Accepted batches: request id to the time (ms)."""
        self._later: list[_Later] = []

    def add(self, body: dict[str, Any]) -> RichMenu:
        """Create a menu without a picture."""
        menu = RichMenu(self._line.ids.rich_menu_id(), body)
        self.menus[menu.rich_menu_id] = menu
        return menu

    def drop(self, rich_menu_id: str) -> None:
        """Delete a menu; screens lose it, aliases that point to it dangle."""
        del self.menus[rich_menu_id]
        if self.default_id == rich_menu_id:
            self.default_id = None
        self._show_all()

    def make_default(self, rich_menu_id: str | None) -> None:
        """Set or clear the menu of everybody without one of their own."""
        self.default_id = rich_menu_id
        self._show_all()

    def link(self, person: "PersonState", rich_menu_id: str | None) -> None:
        """Give a person a menu of their own, or take it away. Only friends have one."""
        if person.friendship.value != "friend":
            return
        if rich_menu_id != person.rich_menu_id:
            person.rich_menu_id = rich_menu_id
            person.is_menu_open = None
        self._line.touch(person)

    def link_later(self, user_ids: tuple[str, ...], rich_menu_id: str | None) -> None:
        """Link or unlink many, done `bulk_seconds` from now."""
        due = self._line.clock.now_ms() + int(self.bulk_seconds * 1000)
        self._later.append(_Later(due, user_ids, rich_menu_id))
        self.settle()

    def settle(self) -> None:
        """Do the bulk work that is due."""
        if not self._later:
            return
        now = self._line.clock.now_ms()
        due = [later for later in self._later if later.due_ms <= now]
        self._later = [later for later in self._later if later.due_ms > now]
        for later in due:
            for user_id in later.user_ids:
                person = self._line.find(user_id)
                if person is not None:
                    self.link(person, later.rich_menu_id)

    def own_id(self, person: "PersonState") -> str | None:
        """Return the id of a person's own menu, if it still exists."""
        self.settle()
        own = person.rich_menu_id
        return own if own is not None and own in self.menus else None

    def shown_to(self, person: "PersonState") -> RichMenu | None:
        """Return the menu on a person's screen: their own before the default; strangers see none."""
        if person.friendship.value != "friend":
            return None
        shown = self.own_id(person) or self.default_id
        return self.menus.get(shown) if shown else None

    def is_open_for(self, person: "PersonState") -> bool:
        """Tell whether the menu on a person's screen stands open."""
        menu = self.shown_to(person)
        if menu is None:
            return False
        return bool(menu.body["selected"]) if person.is_menu_open is None else person.is_menu_open

    def _show_all(self) -> None:
        with self._line.lock:
            for person in self._line.persons.values():
                person.version += 1
        self._line.show_everyone()
