"""Fetching the files that customers send, and deleting those that they take back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import structlog

from bot.retries import pause
from contacts import media
from contacts.media import MediaStatus, MediaTask
from core.clock import Clock
from core.db import Database
from line.messenger import Content, Downloaded, Gone, Messenger, NotReady, TooLarge
from line.outcomes import Later, Refused

FILES = 4
"""Files that are fetched at once: a photo does not wait for the films before it, of which each may take
three quarters of a minute."""
MOST_TRIES = 60
"""Some eight hours of ten minutes' pauses: after that LINE is not going to have it."""
LONGEST_PREPARATION = timedelta(seconds=30)

log = structlog.get_logger()


class MediaFetcher:
    """Moves files from LINE to `media_dir`, in pieces, each under a name of our own."""

    def __init__(self, database: Database, messenger: Messenger, clock: Clock, media_dir: Path) -> None:
        self._database = database
        self._messenger = messenger
        self._clock = clock
        self._media_dir = media_dir

    def step(self) -> int:
        """Fetch or delete a few files, side by side; return how many were due."""
        with self._database.read() as session:
            if not media.some_due(session, now=self._clock()):
                return 0
        with ThreadPoolExecutor(FILES, thread_name_prefix="media") as threads:
            return sum(threads.map(lambda _: self._one(), range(FILES)))

    def _one(self) -> bool:
        with self._database.write() as session:
            task = media.claim(session, now=self._clock())
        if task is None:
            return False
        if task.status is MediaStatus.WANTED:
            self._try(task)
        else:
            self._settle(task, MediaStatus.GONE)
        return True

    def _try(self, task: MediaTask) -> None:
        try:
            self._fetch(task)
        except OSError as error:
            log.error("media.not_written", media=task.id, error=error.strerror)
            self._give_up_or_wait(task, Later("not written", maybe_sent=False))

    def _fetch(self, task: MediaTask) -> None:
        media.delete_file(self._media_dir, task.stored_as)  # what a try that died may have left
        place = media.path_of(self._media_dir, task.stored_as)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with place.open("xb") as into:
            place.chmod(0o600)
            found = self._messenger.content(task.message_id, into, most_bytes=task.limit_bytes)
        if isinstance(found, Downloaded):
            self._keep(task, found)
        else:
            self._give_up_or_wait(task, found)

    def _keep(self, task: MediaTask, found: Downloaded) -> None:
        content_type = media.clean_type(found.content_type)
        stored_as = media.finish_file(self._media_dir, task.stored_as, content_type)
        with self._database.write() as session:
            is_wanted = media.stored(
                session,
                task,
                stored_as=stored_as,
                content_type=content_type,
                size_bytes=found.size_bytes,
                now=self._clock(),
            )
        if not is_wanted:
            media.delete_file(self._media_dir, stored_as)
        log.info("media.stored", media=task.id, size=found.size_bytes, was_taken_back=not is_wanted)

    def _give_up_or_wait(self, task: MediaTask, found: Content) -> None:
        match found:
            case Gone():
                self._settle(task, MediaStatus.GONE)
            case TooLarge():
                self._settle(task, MediaStatus.TOO_LARGE)
            case Refused(reason):
                log.warning("media.refused", media=task.id, reason=reason)
                self._settle(task, MediaStatus.FAILED)
            case _ if task.attempts >= MOST_TRIES:
                self._settle(task, MediaStatus.FAILED)
            case NotReady():
                self._wait(task, min(timedelta(seconds=2 * task.attempts), LONGEST_PREPARATION))
            case Downloaded():
                raise ValueError("a file that is there is kept")
            case _:
                self._wait(task, pause(found, attempts=task.attempts))

    def _wait(self, task: MediaTask, wait: timedelta) -> None:
        media.delete_file(self._media_dir, task.stored_as)
        with self._database.write() as session:
            media.postpone(session, task, until=self._clock() + wait)

    def _settle(self, task: MediaTask, status: MediaStatus) -> None:
        media.delete_file(self._media_dir, task.stored_as)
        with self._database.write() as session:
            media.given_up(session, task, status)
        log.info("media.settled", media=task.id, status=status.value)
