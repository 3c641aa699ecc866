"""What every test would compile anew for its own application and database, compiled once in each process."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from core.db import Database


class _Templates(BytecodeCache):
    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        kept = self._kept.get(bucket.key + bucket.checksum)
        if kept is not None:
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key + bucket.checksum] = bucket.bytecode_to_string()


_TEMPLATES = _Templates()


def compiled_once(app: Flask) -> Flask:
    """Let the application share its templates with the others of its kind, whose environments are alike."""
    app.jinja_env.bytecode_cache = _TEMPLATES
    return app


class _Address(Rule):
    """A rule of an address that shares the code that writes such addresses with all rules that read alike."""

    _kept: dict[object, Callable[..., tuple[str, str]]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: FBT002 - werkzeug's own
        key = (self.rule, tuple(self._trace), repr(self.defaults), append_unknown)
        if key not in self._kept:
            self._kept[key] = super()._compile_builder(append_unknown)
        return self._kept[key]


def compile_addresses_once() -> None:
    """Have every application of this process share the code of its addresses."""
    Flask.url_rule_class = _Address


_DIALECTS: dict[str, sa.Dialect] = {}
_STATEMENTS: LRUCache[Any, Any] = LRUCache(5_000)


def knowing_statements(database: Database) -> Database:
    """Let the database share its compiled statements with the others of its engine, which is one server or library.

    Who listens to it does so by `tests.listening`: what listens to one dialect listens to all of them.
    """
    engine = database.engine
    if engine.dialect.name not in _DIALECTS:
        first = Database.connect(engine.url.render_as_string(hide_password=False)).engine
        first.connect().close()  # by which the dialect learns what it talks to
        first.dispose()
        _DIALECTS[engine.dialect.name] = first.dialect
    engine.dialect = _DIALECTS[engine.dialect.name]
    engine.update_execution_options(compiled_cache=_STATEMENTS)
    return database
