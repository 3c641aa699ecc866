"""The whole program in one process, for stories: a simulated LINE, the web application, a worker."""

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr

from bot.app import create_app, end_streams
from bot.chores import Chores
from bot.demo.elsewhere import Books
from bot.demo.phones import Scenes, Stage
from bot.demo.phones import Simulator as Phones
from bot.dispatch import Dispatcher
from bot.jobs import JOBS
from bot.late import Late
from bot.worker import Worker
from config import Settings
from contacts.models import Contact
from core.db import Database
from core.leases import Owner, new_owner
from line.channels import ensure_channel
from line.governor import Governor
from line.messenger import LineMessenger
from line.signature import sign
from playbook.apply import apply
from playbook.check import check
from playbook.schema import Playbook
from simulator.person import Person
from simulator.server import TEST_SECRET, TEST_TOKEN, Simulator
from tests.compiled import compiled_once

EXAMPLES = Path(__file__).parent.parent / "examples"
ERASURE_KEY = b"k" * 40
TAIPEI = ZoneInfo("Asia/Taipei")
MONDAY_AT_TWO = datetime(2027, 2, 22, 14, tzinfo=TAIPEI)
"""When every shop opens, so that no test depends on the hour it is run at."""


@cache
def _checked(folder: Path) -> Playbook:
    checked = check(folder)
    assert checked.playbook is not None, checked.faults
    return checked.playbook


SCENES = Scenes(lambda folder: _checked(folder).transcripts, lambda: EXAMPLES / "rental")
"""What can be played on the stage."""


class InlineExecutor(Executor):
    """Runs what is submitted at once, so that a step of the worker ends with everything said."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 - it belongs to the future
            future.set_exception(error)
        return future


class Shop:
    """A shop that serves customers. Everything moves when `works` is called, on one thread, on the shop's clock."""

    def __init__(self, database: Database, *, media_dir: Path, **line_settings: Any) -> None:
        self.database = database
        self.media_dir = media_dir
        self.simulator = Simulator(deliver=self._deliver, background=False, rate_scale=None, **line_settings)
        self.simulator.start()
        self.clock = self.simulator.clock
        self.clock.set(MONDAY_AT_TWO)
        self.settings = Settings(
            line_channel_secret=SecretStr(TEST_SECRET),
            line_channel_access_token=SecretStr(TEST_TOKEN),
            line_api_base=self.simulator.url,
            base_url="http://127.0.0.1:8000",
            secret_key=SecretStr("k" * 40),
            database_url="sqlite:///:memory:",
            media_dir=media_dir,
        )
        phones = Stage(Phones(self.simulator.url), SCENES, Books(database, self.now))
        self.app = create_app(self.settings, database, self.now, phones=phones, settle=compiled_once)
        self.web: FlaskClient = self.app.test_client()
        with database.write() as session:
            self.channel_id = ensure_channel(session, now=self.now()).id
        self.messenger = LineMessenger(
            access_token=TEST_TOKEN, api_base=self.simulator.url, data_api_base=self.simulator.url
        )
        self.worker = self.hires()
        self.chores = Chores(
            database, self.messenger, self.now, media_dir=media_dir, governor=Governor(database, self.now)
        )

    @property
    def console(self) -> Flask:
        """The staff's pages alone."""
        behind: Late = self.app.extensions["console"]
        return behind.whole()

    def now(self) -> datetime:
        return self.clock.now().astimezone(UTC)

    def hires(self, owner: Owner | None = None) -> Worker:
        """Return a further worker process's worth of work, not yet started."""
        return Worker(
            self.database,
            self.messenger,
            Dispatcher(
                self.database, clock=self.now, erasure_key=ERASURE_KEY, base_url=self.settings.media_base
            ),
            clock=self.now,
            owner=owner or new_owner(),
            fallback=self.settings.reply_fallback,
            pool=InlineExecutor(),
        )

    def publishes(self, folder: Path) -> None:
        """Apply a playbook."""
        playbook = _checked(folder)
        with self.database.write() as session:
            channel = ensure_channel(session, now=self.now())
            apply(session, channel, playbook, now=self.now(), by="test")

    def receives(self, *events: Mapping[str, Any]) -> None:
        """Take events in one signed body, as LINE might send them one day, and work them off."""
        self.stores(*events)
        self.works()

    def stores(self, *events: Mapping[str, Any]) -> None:
        """Take events in one signed body while no worker works."""
        body = json.dumps({"destination": self.simulator.line.bot_user_id, "events": events}).encode()
        answer = self.web.post("/callback", data=body, headers={"X-Line-Signature": sign(TEST_SECRET, body)})
        assert answer.status_code == 200

    def person(self, name: str, **profile: Any) -> Person:
        """Return somebody with a phone."""
        return self.simulator.person(name, **profile)

    def works(self) -> None:
        """Let the worker do everything there is to do now."""
        while self.worker.step():
            pass

    def does_chores(self) -> None:
        """Do the work that is no message: menus and their links, profiles, customers' files."""
        while sum(self._finishes(kind) for kind in self.chores.kinds.values()):
            pass

    def _finishes(self, kind: Callable[[], int]) -> int:
        """Do one kind of work until there is none of it; return how much there was."""
        return sum(iter(kind, 0))

    def waits(self, **duration: float) -> None:
        """Let time pass, and do what it brings."""
        self.clock.advance(timedelta(**duration))
        for job in JOBS.values():
            job.work(self.database, self.now())
        self.works()

    def contact(self, person: Person) -> Contact:
        with self.database.read() as session:
            return session.scalars(sa.select(Contact).where(Contact.line_user_id == person.user_id)).one()

    def rows(self, table: Any, *where: sa.ColumnElement[bool]) -> Sequence[Any]:
        with self.database.read() as session:
            return session.scalars(sa.select(table).where(*where).order_by(table.id)).all()

    def closes(self) -> None:
        end_streams(self.app)
        self.app.extensions["committer"].close()
        self.simulator.stop()

    def _deliver(self, body: bytes, headers: Mapping[str, str]) -> int:
        response = self.web.post("/callback", data=body, headers=dict(headers))
        if response.status_code == 200:
            self.works()
        return response.status_code
