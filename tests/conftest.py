"""What every test may ask for."""

import gc
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from bot import logs
from config import Settings
from core.db import Database
from tests import databases
from tests.compiled import compile_addresses_once, knowing_statements

ROOT = Path(__file__).parent.parent
DEV_ONLY = {"hypothesis", "jsonschema", "playwright", "schemathesis"}

if find_spec("hypothesis") is not None:
    from hypothesis import settings

    # For every change a handful; `script/test --hypothesis-profile=thorough` before a release.
    settings.register_profile("everyday", max_examples=25)
    settings.register_profile("thorough", max_examples=2_000, deadline=None)
    settings.load_profile("everyday")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Know the `timeout` setting of pyproject.toml also where pytest-timeout is missing."""
    if find_spec("pytest_timeout") is None:
        parser.addini("timeout", "seconds a test may take; kept by pytest-timeout")


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module:
    return _Module.from_parent(parent, path=module_path)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what mostly waits: one process waits while the others work, and nobody is waited for in the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish() -> None:
    """Look through thousands of tests and modules for garbage no more, which took a tenth of the run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def pytest_unconfigure() -> None:
    databases.stop_server()


class _Module(pytest.Module):
    """A test file that is skipped, with its reason, where a package of requirements/dev.txt is missing."""

    def collect(self) -> list[pytest.Item | pytest.Collector]:
        try:
            return list(super().collect())
        except self.CollectError as error:
            missing = getattr(error.__cause__, "name", None)
            if missing in DEV_ONLY:
                pytest.skip(f"needs {missing}, which script/test installs", allow_module_level=True)
            raise


@pytest.fixture(scope="session", autouse=True)
def nobodys_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep the run away from the developer's own settings, `.env` and `var/`, in child processes too.

    Tests and what they start work in an empty folder, which is lent, and find our modules by PYTHONPATH.
    """
    folder = tmp_path_factory.mktemp("cwd")
    with pytest.MonkeyPatch.context() as patch:
        for name, field in Settings.model_fields.items():
            for variable in getattr(field.validation_alias, "choices", [name.upper()]):
                patch.delenv(str(variable), raising=False)
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.chdir(folder)
        yield folder


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[databases.SqliteTemplate]:
    template = databases.SqliteTemplate(tmp_path_factory.mktemp("sqlite"))
    yield template
    template.close()


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[databases.PostgresTemplate]:
    databases.skip_unless_available("postgresql")
    template = databases.PostgresTemplate()
    yield template
    template.close()


@pytest.fixture(params=databases.ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    """Run the test once per database engine."""
    name = str(request.param)
    databases.skip_unless_available(name)
    return name


@pytest.fixture
def database_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated database that is this test's own, also for other processes."""
    if engine_name == "sqlite":
        with request.getfixturevalue("sqlite_template").copied(tmp_path) as url:
            yield url
    else:
        with request.getfixturevalue("postgres_template").copied() as url:
            yield url


@pytest.fixture
def empty_database_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without tables, for tests of the migrations themselves."""
    if engine_name == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        with request.getfixturevalue("postgres_template").empty() as url:
            yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated database that is this test's own."""
    opened = knowing_statements(Database.connect(database_url))
    yield opened
    opened.dispose()


@pytest.fixture(scope="session", autouse=True)
def known_addresses() -> None:
    compile_addresses_once()


@pytest.fixture(scope="session", autouse=True)
def quiet_logs() -> None:
    """Log as the program does, where pytest shows it for failures."""
    logs.configure("WARNING", sys.stderr)


@pytest.fixture
def shop(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The whole program in this process, serving a simulated LINE."""
    from tests.shop import Shop

    # On a clock that stands still the governor lets nobody go, however long one asks.
    monkeypatch.setattr("bot.bulk_sender.ROUND_S", 0.2)
    opened = Shop(database, media_dir=tmp_path / "media")
    yield opened
    opened.closes()
