"""Every model and every text inside a part of the content, each with its path."""

from collections.abc import Iterator
from functools import cache
from typing import Any, get_args, get_type_hints

from content.text import Frozen, Text
from playbook.locate import Path


def models(root: Frozen, path: Path = ()) -> Iterator[tuple[Path, Frozen]]:
    """Yield `root` and all models inside it, in the order written."""
    yield path, root
    for name, key in _keys(type(root)):
        yield from _inside(getattr(root, name), (*path, key))


def texts(root: Frozen) -> Iterator[tuple[Path, Frozen, str, Text]]:
    """Yield path, owner, field and words of every text that customers or staff may read."""
    for path, model in models(root):
        single, many = _text_fields(type(model))
        for name in single:
            if (words := getattr(model, name)) is not None:
                yield (*path, name), model, name, words
        for name in many:
            for key, words in getattr(model, name).items():
                yield (*path, name, key), model, name, words


def _inside(value: Any, path: Path) -> Iterator[tuple[Path, Frozen]]:
    if isinstance(value, Frozen):
        yield from models(value, path)
    elif isinstance(value, tuple):
        for place, item in enumerate(value):
            yield from _inside(item, (*path, place))


@cache
def _keys(model: type[Frozen]) -> tuple[tuple[str, str], ...]:
    return tuple((name, info.alias or name) for name, info in model.model_fields.items())


@cache
def _text_fields(model: type[Frozen]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the fields that hold a text, and those that hold texts by key."""
    hints = get_type_hints(model, include_extras=True)
    single = tuple(
        name for name in model.model_fields if hints[name] == Text or Text in get_args(hints[name])
    )
    many = tuple(name for name in model.model_fields if hints[name] == dict[str, Text])
    return tuple(name for name in single if name not in many), many
