"""The process that takes turns: a Worker with its ears and its heartbeat."""

import gc
import signal
import sys
from collections.abc import Callable
from types import FrameType

import structlog

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
    stop_on_signals(worker.stop)
    if heart is not None:
        heart.watch_parent(worker.stop)
    listener = Listener(database, worker.wake)
    listener.start()
    # A thread that computes, such as one that reads LINE's answer, is interrupted as soon as a turn has its
    # own from the database; by itself Python would let it go on for ten times as long, after each of the
    # turn's thirty statements.
    sys.setswitchinterval(SWITCH_EVERY_S)
    # What is there by now stays for good: looking through it for garbage holds turns up for 150 ms.
    gc.freeze()
    log.info("worker.started", owner=owner)
    worker.run(heart.beat if heart is not None else lambda: None)
    listener.stop()
    database.dispose()
    log.info("worker.stopped", owner=owner)


def stop_on_signals(stop: Callable[[], object]) -> None:
    """Call something when this process is told to end."""

    def heard(_number: int, _frame: FrameType | None) -> None:
        stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, heard)
