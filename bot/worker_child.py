"""The process that works: a Worker with its ears, its chores and its heartbeat."""

import gc
import signal
import sys
from types import FrameType

import structlog

from bot.chores import Chores
from bot.dispatch import Dispatcher
from bot.privacy import erasure_key
from bot.supervisor import Heart
from bot.wakeups import Listener
from bot.worker import Worker
from config import Settings
from core.clock import system_clock
from core.db import Database
from core.leases import new_owner
from line.governor import Governor
from line.messenger import LineMessenger

SWITCH_EVERY_S = 0.0005

log = structlog.get_logger()


def work(settings: Settings, heart: Heart | None) -> None:
    """Work until SIGTERM, or until the supervising parent is gone."""
    database = Database.connect(settings.database_url)
    owner = new_owner()
    governor = Governor(database, system_clock)
    messenger = LineMessenger(
        settings.access_token,
        api_base=settings.line_api_base,
        data_api_base=settings.line_data_api_base,
        heed=governor.heed,
    )
    worker = Worker(
        database,
        messenger,
        Dispatcher(
            database,
            clock=system_clock,
            erasure_key=erasure_key(settings),
            base_url=settings.base_url,
        ),
        clock=system_clock,
        owner=owner,
        fallback=settings.reply_fallback,
        pause=governor.wait,
    )
    _stop_on_signals(worker)
    if heart is not None:
        heart.watch_parent(worker.stop)
    listener = Listener(database, worker.wake)
    listener.start()
    chores = Chores(
        database,
        messenger,
        system_clock,
        media_dir=settings.media_dir,
        governor=governor,
        base_url=settings.base_url,
        owner=owner,
        make_way=worker.wait_for_time,
    )
    chores.start()
    # A thread that computes, such as one that writes a page of a campaign, is interrupted as soon as a
    # turn has its answer from the database; by itself Python would let it go on for ten times as long,
    # after each of the turn's thirty statements.
    sys.setswitchinterval(SWITCH_EVERY_S)
    # What is there by now stays for good: looking through it for garbage holds turns up for 150 ms.
    gc.freeze()
    log.info("worker.started", owner=owner)
    worker.run(heart.beat if heart is not None else lambda: None)
    chores.stop()
    listener.stop()
    database.dispose()
    log.info("worker.stopped", owner=owner)


def _stop_on_signals(worker: Worker) -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        worker.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
