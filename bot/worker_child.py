"""The process that takes turns: a Worker with its ears and its heartbeat."""

import gc
import sys

import structlog

from bot.child import connect, stop_on_signals
from bot.dispatch import Dispatcher
from bot.privacy import erasure_key
from bot.supervisor import Heart
from bot.wakeups import Listener
from bot.worker import Worker
from config import Settings
from core.clock import system_clock

SWITCH_EVERY_S = 0.0005

log = structlog.get_logger()


def work(settings: Settings, heart: Heart | None) -> None:
    """Work until SIGTERM, or until the supervising parent is gone."""
    to = connect(settings)
    worker = Worker(
        to.database,
        to.messenger,
        Dispatcher(
            to.database,
            clock=system_clock,
            erasure_key=erasure_key(settings),
            base_url=settings.media_base,
        ),
        clock=system_clock,
        owner=to.owner,
        fallback=settings.reply_fallback,
        pause=to.governor.wait,
    )
    if not settings.media_base:
        log.warning("pictures.left_out", base_url=settings.base_url)
    stop_on_signals(worker.stop)
    if heart is not None:
        heart.watch_parent(worker.stop)
    listener = Listener(to.database, worker.wake)
    listener.start()
    # A thread that computes, such as one that reads LINE's answer, is interrupted as soon as a turn has its
    # own from the database; by itself Python would let it go on for ten times as long, after each of the
    # turn's thirty statements.
    sys.setswitchinterval(SWITCH_EVERY_S)
    # What is there by now stays for good: looking through it for garbage holds turns up for 150 ms.
    gc.freeze()
    log.info("worker.started", owner=to.owner)
    worker.run(heart.beat if heart is not None else lambda: None)
    listener.stop()
    to.database.dispose()
    log.info("worker.stopped", owner=to.owner)
