"""Knowing the friends that an account had before: LINE's list of followers, page by page."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from time import sleep

from bot.import_rows import erased_of
from bot.progress import Tell
from contacts import many
from core.clock import Clock
from core.db import DATABASE_GONE, Database
from core.errors import Conflict
from core.leases import Owner
from facts import imports
from facts.imports import Held, Lost, Run
from facts.models import ImportKind
from line.account_calls import AccountCalls, Followers
from line.answers import Failure
from line.governor import GO, Governor
from line.outcomes import Later, Refused, TokenRefused
from segmentation import touches
from segmentation.people import FACTS_OF_NEW
from segmentation.segments import Segments

LIST = "followers"
"""There is one list, so its import is one, which begins again when it is asked for again."""
PAGE = 500
MOST_TRIES = 5
PAUSE_S, LONGEST_PAUSE_S = 1.0, 8.0
"""Shorter than the lease, which is renewed in between."""
_STALE = "start param"
"""LINE's complaint about a token that is older than a day."""


@dataclass
class Report:
    """What came of it; the shape of `--json`."""

    listed: int = 0
    new: int = 0
    """Of those, how many did not count as following before."""
    erased: int = 0
    """Left out: they were erased at their own wish, and have not done anything since."""
    resumed_after: int = 0


class FollowerImporter:
    """Goes through LINE's list."""

    def __init__(
        self,
        database: Database,
        account: AccountCalls,
        governor: Governor,
        *,
        clock: Clock,
        owner: Owner,
        segments: Segments,
        erasure_key: bytes,
    ) -> None:
        self._database = database
        self._account = account
        self._governor = governor
        self._clock = clock
        self._owner = owner
        self._segments = segments
        self._erasure_key = erasure_key

    def run(self, channel_id: int, tell: Tell) -> Report:
        """List all followers, or go on with a list that was interrupted within a day.

        :raises Conflict: LINE does not tell, or another process is at it.
        """
        held, run = self._take(channel_id)
        report = Report(resumed_after=run.rows_done)
        try:
            self._go_through(channel_id, held, run.cursor, report, tell)
        except Lost:
            raise Conflict("another process goes through the followers at the moment") from None
        except BaseException:
            with self._database.write() as session:
                imports.let_go(session, held, now=self._clock())
            raise
        finally:
            self._want_sweep(channel_id, report)
        return report

    def _take(self, channel_id: int) -> tuple[Held, Run]:
        now = self._clock()
        with self._database.write() as session:
            imports.register(session, channel_id, ImportKind.FOLLOWERS, LIST, name=LIST, now=now)
            run = imports.find(session, channel_id, ImportKind.FOLLOWERS, LIST)
            held = None if run is None else imports.take(session, run, self._owner, now=now)
            if run is None or held is None:
                raise Conflict(
                    "another process goes through the followers; one that died lets go after ten seconds"
                )
            if run.finished_at is not None or run.cursor is None:
                imports.start_over(session, held)
            return held, imports.get(session, held)

    def _go_through(
        self, channel_id: int, held: Held, cursor: str | None, report: Report, tell: Tell
    ) -> None:
        is_going_on = cursor is not None
        while True:
            asked_at = self._clock()
            page = self._ask(channel_id, held, cursor)
            if not isinstance(page, Followers):
                if not (is_going_on and isinstance(page, Refused) and _STALE in page.reason):
                    raise Conflict(_fault(page))
                cursor, is_going_on = None, False
                with self._database.write() as session:
                    imports.start_over(session, held)
                report.resumed_after = 0
                continue
            is_going_on = False
            for start in range(0, max(len(page.user_ids), 1), PAGE):
                some = page.user_ids[start : start + PAGE]
                is_last = start + PAGE >= len(page.user_ids)
                self._write(
                    channel_id, held, some, report, cursor=page.next if is_last else cursor, asked_at=asked_at
                )
            tell(report.resumed_after + report.listed, None)
            cursor = page.next
            if cursor is None:
                break
        with self._database.write() as session:
            imports.finish(session, held, now=self._clock())

    def _ask(self, channel_id: int, held: Held, cursor: str | None) -> Followers | Failure:
        """Ask for a page; where LINE has no time, ask again a few times."""
        tries_left = MOST_TRIES
        while True:
            tries_left -= 1
            while (pause := self._governor.wait(channel_id, "followers")) > GO:
                sleep(pause.total_seconds())
            page = self._account.followers(cursor)
            if not isinstance(page, Later) or not tries_left:
                return page
            with self._database.write() as session:
                imports.keep(session, held, rows=0, refused=0, cursor=cursor, now=self._clock())
            sleep(min(page.after.total_seconds() if page.after else PAUSE_S, LONGEST_PAUSE_S))

    def _write(
        self,
        channel_id: int,
        held: Held,
        user_ids: Collection[str],
        report: Report,
        *,
        cursor: str | None,
        asked_at: datetime,
    ) -> None:
        tries_left = MOST_TRIES
        while True:
            tries_left -= 1
            try:
                with self._database.write() as session:
                    now = self._clock()
                    gone = erased_of(session, channel_id, user_ids, key=self._erasure_key)
                    new = many.list_as_following(
                        session,
                        channel_id,
                        [one for one in user_ids if one not in gone],
                        asked_at=asked_at,
                        now=now,
                    )
                    imports.keep(session, held, rows=len(user_ids), refused=len(gone), cursor=cursor, now=now)
            except DATABASE_GONE:
                if not tries_left:
                    raise
                sleep(PAUSE_S)
            else:
                report.listed += len(user_ids)
                report.new += new
                report.erased += len(gone)
                return

    def _want_sweep(self, channel_id: int, report: Report) -> None:
        # Whom an interrupted run of before has found is counted nowhere.
        if not report.new and not report.resumed_after:
            return
        with self._database.write() as session:
            touches.want_sweep(
                session,
                self._segments,
                channel_id,
                FACTS_OF_NEW,
                because="import:followers",
                now=self._clock(),
            )


def _fault(failure: Failure) -> str:
    match failure:
        case Refused(reason=reason) if reason.startswith("403"):
            return (
                f"LINE tells the followers of verified and premium accounts only, and this account is neither"
                f" (LINE said {reason}). Apply for verification in LINE Official Account Manager, under Settings,"
                " Account settings. Until then everybody becomes known as soon as they write, tap or follow"
            )
        case TokenRefused(reason=reason):
            return f"LINE does not accept the access token ({reason}): see `python -m bot doctor`"
        case Later(reason=reason):
            return f"LINE does not answer ({reason}); the same command goes on where it was"
        case Refused(reason=reason):
            return f"LINE refuses: {reason}"
