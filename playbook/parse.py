"""Trees into models, one item at a time, so that one bad rule does not hide the faults of its neighbours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from playbook.faults import Faults
from playbook.locate import Path, line_of
from playbook.source import Node
from playbook.wording import in_plain_words

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Part(Generic[Model]):
    """What one file says, as far as it could be understood."""

    file: str
    node: Node
    value: Model
    kept: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """By list: where in the file the items that were understood stand."""

    @property
    def is_whole(self) -> bool:
        return not any(list(places) != list(range(self._written(name))) for name, places in self.kept.items())

    def line(self, path: Path) -> int:
        """Return the line of something in `value`."""
        if len(path) >= 2 and isinstance(path[0], str) and isinstance(path[1], int) and path[0] in self.kept:
            path = (path[0], self.kept[path[0]][path[1]], *path[2:])
        return line_of(self.node, path)

    def blame(self, faults: Faults, path: Path, what: str) -> None:
        """Note a fault of something in `value`."""
        faults.add(self.file, self.line(path), what)

    def _written(self, name: str) -> int:
        node = self.node.get(name)
        return len(node.items()) if node is not None else 0


def parse(
    node: Node,
    file: str,
    model: type[Model],
    faults: Faults,
    *,
    lists: Mapping[str, Any],
    given: Mapping[str, Any] | None = None,
) -> Part[Model] | None:
    """Read a file's tree as `model`; None, with the reasons in `faults`, when its frame is broken.

    :param lists: the fields whose items are judged one by one, with the type of an item.
    :param given: what the file's name says, added to its content.
    """
    raw: dict[str, Any] = node.plain()
    for key in given or {}:
        if key in raw:
            faults.add(file, line_of(node, (key,)), f"unknown key {key!r}; the file's name says it")
    raw |= given or {}
    kept: dict[str, list[int]] = {}
    for name, item_type in lists.items():
        items = raw.get(name)
        if isinstance(items, list):
            kept[name], raw[name] = _items(items, name, item_type, node, file, faults)
    try:
        return Part(file, node, model.model_validate(raw), kept)
    except ValidationError as error:
        _report(error, (), model, node, file, faults)
        return None


def _items(
    items: list[Any], name: str, item_type: Any, node: Node, file: str, faults: Faults
) -> tuple[list[int], list[Any]]:
    adapter: TypeAdapter[Any] = TypeAdapter(item_type)
    places, understood = [], []
    for place, item in enumerate(items):
        try:
            understood.append(adapter.validate_python(item))
            places.append(place)
        except ValidationError as error:
            _report(error, (name, place), item_type, node, file, faults)
    return places, understood


def _report(error: ValidationError, above: Path, model: Any, node: Node, file: str, faults: Faults) -> None:
    for detail in error.errors(include_url=False):
        where, what = in_plain_words(detail, model)
        faults.add(file, line_of(node, (*above, *where)), what)
