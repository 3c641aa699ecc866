"""A worker is woken by what another process stores, sooner than it would have looked by itself."""

import subprocess
import sys
import threading
from time import sleep

import sqlalchemy as sa

from bot.wakeups import Listener, Notifier
from core.clock import system_clock
from core.db import Database
from line.channels import ensure_channel


def test_a_commit_elsewhere_wakes_the_listener(database: Database, database_url: str) -> None:
    woken = threading.Event()
    listener = Listener(database, woken.set)
    listener.start()
    try:
        sleep(0.3)  # until it listens
        woken.clear()
        store = (
            "import sys; from core.db import Database; from bot.wakeups import Notifier;"
            "from line.channels import ensure_channel; from core.clock import system_clock\n"
            "database = Database.connect(sys.argv[1])\n"
            "with database.write() as session: ensure_channel(session, now=system_clock())\n"
            "notifier = Notifier(database); notifier.tell()\n"
            "import time; time.sleep(0.5)"
        )
        subprocess.run([sys.executable, "-c", store, database_url], check=True)
        assert woken.wait(60)
    finally:
        listener.stop()


def test_many_commits_are_told_in_few_notices(database: Database) -> None:
    notices: list[None] = []
    listener = Listener(database, lambda: notices.append(None))
    notifier = Notifier(database)
    listener.start()
    sleep(0.3)
    before = len(notices)
    for number in range(200):
        with database.write() as session:
            ensure_channel(session, f"c{number}", now=system_clock())
        notifier.tell()
    sleep(0.3)
    assert 1 <= len(notices) - before < 150
    notifier.close()
    listener.stop()


def test_a_listener_survives_the_loss_of_its_connection(database: Database) -> None:
    woken = threading.Event()
    listener = Listener(database, woken.set)
    listener.start()
    sleep(0.3)
    if not database.is_sqlite:
        with database.write() as session:
            session.execute(
                sa.text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE query LIKE 'LISTEN%' AND datname = current_database()"
                )
            )
        sleep(2.5)
    woken.clear()
    notifier = Notifier(database)
    with database.write() as session:
        ensure_channel(session, now=system_clock())
    notifier.tell()
    assert woken.wait(60)
    notifier.close()
    listener.stop()
