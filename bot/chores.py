"""Work after a turn that is not a message: menus, links to them, files, profiles, search, segments.

All of it is rows that say what is wanted. Every kind at LINE leases a few, calls LINE outside any
transaction, and writes down what came of it; whatever dies on the way is due again after its lease.
"""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic

import structlog

from bot.bulk_sender import BulkSender
from bot.campaigner import Campaigner
from bot.media_fetcher import MediaFetcher
from bot.menu_linker import MenuLinker
from bot.menu_publisher import MenuPublisher
from bot.profile_fetcher import ProfileFetcher
from bot.search_indexer import SearchIndexer
from bot.segment_keeper import SegmentKeeper
from bot.segmenting import SEGMENTS
from core.clock import Clock
from core.db import DATABASE_GONE, Database
from core.leases import Owner, new_owner
from line.governor import Governor
from line.messenger import Messenger

EVERY_S = 1.0
SOON_S = 0.02
GATHER_S = 0.25
"""Every turn leaves something to search for and to ask segments about, and a round over ten costs little more
than one over a single turn's."""
GATHERED = frozenset({"search", "segments"})

log = structlog.get_logger()


class Chores:
    """The chores of one worker process; any number of processes may have them."""

    def __init__(
        self,
        database: Database,
        messenger: Messenger,
        clock: Clock,
        *,
        media_dir: Path,
        governor: Governor,
        base_url: str = "http://127.0.0.1:8000",
        owner: Owner | None = None,
    ) -> None:
        """:param base_url: where LINE finds the pictures of campaigns."""
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        owner = owner or new_owner()
        campaigner = Campaigner(
            database,
            messenger.account,
            clock,
            owner=owner,
            base_url=base_url,
            is_stopping=self._stopping.is_set,
        )
        keeper = SegmentKeeper(database, SEGMENTS, clock, owner=owner)
        indexer = SearchIndexer(database)
        self._is_pressed: Mapping[str, Callable[[], bool]] = {
            "campaigns": campaigner.is_pressed,
            "bulk": campaigner.is_pressed,
            "search": indexer.is_pressed,
            "segments": keeper.is_pressed,
        }
        self.kinds: Mapping[str, Callable[[], int]] = {
            "menus": MenuPublisher(database, messenger.menus, clock, governor).step,
            "links": MenuLinker(database, messenger.menus, clock, governor).step,
            "profiles": ProfileFetcher(database, messenger, clock, governor).step,
            "media": MediaFetcher(database, messenger, clock, media_dir).step,
            "search": indexer.step,
            "segments": keeper.step,
            "campaigns": campaigner.step,
            "bulk": BulkSender(
                database,
                messenger,
                clock,
                owner=owner,
                leave=governor.leave,
                is_stopping=self._stopping.is_set,
            ).step,
        }

    def step(self) -> int:
        """Do one bounded round of every kind; return how many things were done."""
        return sum(kind() for kind in self.kinds.values())

    def start(self) -> None:
        """Do a round of each kind every second, each on its own thread: a film must not keep menus waiting."""
        for name, kind in self.kinds.items():
            thread = threading.Thread(
                target=self._repeat, args=(name, kind), name=f"chores-{name}", daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def stop(self, *, within_s: float = 2.0) -> None:
        """Begin no further round, and wait a little; what is cut off is taken up by others after its lease."""
        self._stopping.set()
        until = monotonic() + within_s
        for thread in self._threads:
            thread.join(max(0.0, until - monotonic()))

    def _repeat(self, name: str, kind: Callable[[], int]) -> None:
        while not self._stopping.is_set():
            did = 0
            try:
                did = kind()
            except DATABASE_GONE as error:
                log.warning("chores.database_gone", kind=name, error=type(error).__name__)
            except Exception:
                # A fault in one kind must not end it for good: its rows are due again after their lease.
                log.exception("chores.failed", kind=name)
            self._stopping.wait(self._pause(name, did=did))

    def _pause(self, name: str, *, did: int) -> float:
        """Return how long to wait after a round: one that found work is followed by the next."""
        if self._is_pressed.get(name, lambda: False)():
            return SOON_S
        if not did:
            return EVERY_S
        return GATHER_S if name in GATHERED else SOON_S
