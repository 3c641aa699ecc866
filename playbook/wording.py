"""pydantic's errors in the words of somebody who writes YAML."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from playbook.faults import suggestion
from playbook.locate import Path

_MEMBERS = {"int", "float", "str", "bool"}
"""What pydantic appends to the path for the members of a union."""

_MAPS = {"answers", "fields", "keywords", "phrases", "rule"}

_SENTENCES = {
    "string_type": "must be text; put quotes around it",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must be text, or texts by language",
    "model_type": "must be a map of `key: value`",
    "model_attributes_type": "must be a map of `key: value`",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "date_type": "must be a date like 2027-03-01",
    "date_parsing": "must be a date like 2027-03-01",
    "date_from_datetime_parsing": "must be a date like 2027-03-01",
    "date_from_datetime_inexact": "must be a date like 2027-03-01",
    "time_delta_type": "must be a duration like 30m, 12h or 90d",
    "time_delta_parsing": "must be a duration like 30m, 12h or 90d",
    "too_long": "must have {max_length} items, not {actual_length}",
}


def in_plain_words(detail: ErrorDetails, model: Any) -> tuple[Path, str]:
    """Return where in the file an error belongs, and what is wrong there and what would be right."""
    where: Path = detail["loc"]
    kind = detail["type"]
    if where and where[-1] in _MEMBERS:
        return where[:-1], f"{_name(where[:-1])} must be a number or text"
    if kind == "missing":
        short = where and isinstance(where[-1], int)
        return where[:-1], f"{_name(where[:-1])} has too few items" if short else f"{where[-1]} is missing"
    return where, _sentence(kind, where, detail, model)


def _sentence(kind: str, where: Path, detail: ErrorDetails, model: Any) -> str:
    value, context = detail["input"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        key = str(where[-1])
        return f"unknown key {key!r}{suggestion(key, _keys(model, where[:-1]))}"
    if value is None:
        return f"{_name(where)} is empty; write something after it or take it out"
    if kind == "literal_error":
        allowed = str(context.get("expected", "")).replace("'", "")
        return f"{_name(where)} must be {allowed}, not {_shown(value)}"
    if kind == "value_error":
        return detail["msg"].removeprefix("Value error, ")
    if kind == "dict_type" and where and where[-1] in _MAPS:
        kind = "model_type"
    sentence = _SENTENCES.get(kind)
    if sentence is None:
        return f"{_name(where)}: {detail['msg'][:1].lower()}{detail['msg'][1:]}"
    bounds = {key: int(one) if one == int(one) else one for key, one in _numbers(context).items()}
    return f"{_name(where)} {sentence.format(**{**context, **bounds})}, not {_shown(value)}"


def _numbers(context: Mapping[str, object]) -> dict[str, float]:
    """Return what is measured against; written without a point where there is nothing behind it."""
    return {key: one for key, one in context.items() if isinstance(one, float)}


def _name(where: Path) -> str:
    """Return the nearest key above, as the author knows it."""
    return next((str(part) for part in reversed(where) if isinstance(part, str) and part), "this")


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "a map"
    if isinstance(value, list | tuple):
        return "a list"
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
    return repr(text if len(text) <= 40 else text[:39] + "…")


def _keys(model: Any, where: Path) -> Iterable[str]:
    """Return the keys that the model knows at `where`."""
    for candidate in _models(model):
        found = candidate
        for part in where:
            if isinstance(part, int) or part not in _by_key(found):
                continue
            inner = list(_models(_by_key(found)[part]))
            if not inner:
                return ()
            found = inner[0]
        return _by_key(found)
    return ()


def _by_key(model: type[BaseModel]) -> dict[str, Any]:
    hints = get_type_hints(model, include_extras=True)
    return {info.alias or name: hints[name] for name, info in model.model_fields.items()}


def _models(annotation: Any) -> Iterable[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        return
    inner = get_args(annotation)[:1] if get_origin(annotation) is Annotated else get_args(annotation)
    for argument in inner:
        yield from _models(argument)
