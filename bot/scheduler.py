"""The scheduler process: fires what is due, and works what was fired. Several may run; one leads."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from bot import schedules
from bot.jobs import JOBS
from core import leases
from core.clock import Clock
from core.db import DATABASE_GONE, Database
from core.errors import describe
from core.leases import Owner

LEADER = "scheduler"
LEADS_FOR = timedelta(seconds=15)
LOOK_EVERY_S = 1

log = structlog.get_logger()


class Scheduler:
    """Fires and works ticks; `look` does what is due now."""

    def __init__(self, database: Database, *, clock: Clock, zone: ZoneInfo, owner: Owner) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone
        self._owner = owner
        self._apscheduler = BackgroundScheduler(
            timezone="UTC",
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        """Look once a second, on a thread of its own."""
        with self._database.write() as session:
            crons = {name: job.cron for name, job in JOBS.items()}
            schedules.declare(session, crons, zone=self._zone, now=self._clock())
        self._apscheduler.add_job(self._careful_look, "interval", seconds=LOOK_EVERY_S)
        self._apscheduler.start()

    def stop(self) -> None:
        """Finish the tick under way and let another scheduler lead."""
        self._apscheduler.shutdown(wait=True)
        with self._database.write() as session:
            held = leases.acquire(session, LEADER, self._owner, lasts=LEADS_FOR, now=self._clock())
            if held is not None:
                leases.release(session, held, now=self._clock())

    def look(self) -> int:
        """Fire what is due if we lead, then work what was fired; return how many ticks were worked."""
        with self._database.write() as session:
            now = self._clock()
            if leases.acquire(session, LEADER, self._owner, lasts=LEADS_FOR, now=now) is not None:
                schedules.fire_due(session, zone=self._zone, now=now)
        worked = 0
        while self._work_one():
            worked += 1
        return worked

    def _work_one(self) -> bool:
        with self._database.write() as session:
            tick = schedules.claim_tick(session, self._owner, now=self._clock())
        if tick is None:
            return False
        error: str | None = None
        done = 0
        try:
            job = JOBS.get(tick.name)
            if job is None:
                error = "no such job"
            else:
                done = job.work(self._database, self._clock())
        except Exception as failure:
            error = describe(failure)
            log.error("tick.failed", job=tick.name, attempt=tick.attempts, exc_info=failure)
        with self._database.write() as session:
            schedules.settle_tick(session, tick, error=error, now=self._clock())
        log.debug("tick.done", job=tick.name, done=done)
        return True

    def _careful_look(self) -> None:
        try:
            self.look()
        except DATABASE_GONE as error:
            log.error("scheduler.database_gone", reason=type(error).__name__)
