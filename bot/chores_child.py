"""The process that does everything which is no turn: campaigns, segments, menus, files, profiles, search."""

import gc
import threading

import structlog

from bot.account_keeper import AccountKeeper
from bot.child import connect, stop_on_signals
from bot.chores import Chores
from bot.supervisor import Heart
from config import Settings
from core.clock import system_clock

BEAT_EVERY_S = 1.0
STOP_WITHIN_S = 5.0
"""Longer than LINE may take for an answer, in part; whoever stops us waits ten seconds."""

log = structlog.get_logger()


def work(settings: Settings, heart: Heart | None) -> None:
    """Do chores until SIGTERM, or until the supervising parent is gone."""
    to = connect(settings)
    chores = Chores(
        to.database,
        to.messenger,
        system_clock,
        media_dir=settings.media_dir,
        governor=to.governor,
        base_url=settings.media_base,
        owner=to.owner,
    )
    is_over = threading.Event()
    stop_on_signals(is_over.set)
    if heart is not None:
        heart.watch_parent(is_over.set)
    chores.start()
    AccountKeeper(to.database, to.messenger.account, system_clock).start(is_over)
    gc.freeze()
    log.info("chores.started", owner=to.owner)
    while not is_over.wait(BEAT_EVERY_S):
        if heart is not None:
            heart.beat()
    chores.stop(within_s=STOP_WITHIN_S)
    to.database.dispose()
    log.info("chores.stopped", owner=to.owner)
