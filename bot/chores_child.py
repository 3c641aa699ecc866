"""The process that does everything which is no turn: campaigns, segments, menus, files, profiles, search."""

import gc
import threading

import structlog

from bot.chores import Chores
from bot.supervisor import Heart
from bot.worker_child import stop_on_signals
from config import Settings
from core.clock import system_clock
from core.db import Database
from core.leases import new_owner
from line.governor import Governor
from line.messenger import LineMessenger

BEAT_EVERY_S = 1.0
STOP_WITHIN_S = 5.0
"""Longer than LINE may take for an answer, in part; whoever stops us waits ten seconds."""

log = structlog.get_logger()


def work(settings: Settings, heart: Heart | None) -> None:
    """Do chores until SIGTERM, or until the supervising parent is gone."""
    database = Database.connect(settings.database_url)
    owner = new_owner()
    governor = Governor(database, system_clock)
    messenger = LineMessenger(
        settings.access_token,
        api_base=settings.line_api_base,
        data_api_base=settings.line_data_api_base,
        heed=governor.heed,
    )
    chores = Chores(
        database,
        messenger,
        system_clock,
        media_dir=settings.media_dir,
        governor=governor,
        base_url=settings.base_url,
        owner=owner,
    )
    is_over = threading.Event()
    stop_on_signals(is_over.set)
    if heart is not None:
        heart.watch_parent(is_over.set)
    chores.start()
    gc.freeze()
    log.info("chores.started", owner=owner)
    while not is_over.wait(BEAT_EVERY_S):
        if heart is not None:
            heart.beat()
    chores.stop(within_s=STOP_WITHIN_S)
    database.dispose()
    log.info("chores.stopped", owner=owner)
