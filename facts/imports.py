"""Files on their way in: who is at one, how far it has come, and that it is in already.

A page of rows and the count of rows that are done are committed together, so an import that was killed
goes on behind the last page that is in.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.db import changed
from core.inserts import insert_or_skip
from core.leases import Owner
from facts.models import ImportKind, ImportRun

LEASE = timedelta(seconds=10)
"""Renewed with every page; whoever is silent for so long has died."""
NAME_LIMIT_CHARS = 150


class Lost(Exception):  # noqa: N818 - the name says where we stand
    """Somebody else has taken the import over; nothing of this page was written."""


@dataclass(frozen=True, slots=True)
class Run:
    """An import as it stands, detached from any session."""

    id: int
    name: str
    rows_done: int
    rows_refused: int
    cursor: str | None
    owner: str | None
    due_at: datetime | None
    lease_no: int
    finished_at: datetime | None

    def is_held(self, *, now: datetime) -> bool:
        """Say whether somebody's lease on it has not run out."""
        return self.due_at is not None and now < self.due_at < now + 2 * LEASE


@dataclass(frozen=True, slots=True)
class Held:
    """Proof that an import is ours, for as long as `keep` says so."""

    run_id: int
    owner: Owner
    lease_no: int


def find(session: Session, channel_id: int, kind: ImportKind, digest: str) -> Run | None:
    """Return the import of a file by what is in it, whatever it is called."""
    row = session.scalars(
        sa.select(ImportRun).where(
            ImportRun.channel_id == channel_id, ImportRun.kind == kind, ImportRun.digest == digest
        )
    ).one_or_none()
    return None if row is None else _detached(row)


def get(session: Session, held: Held) -> Run:
    """Return how far an import of ours has come."""
    return _detached(session.get_one(ImportRun, held.run_id))


def _detached(row: ImportRun) -> Run:
    return Run(
        row.id,
        row.name,
        row.rows_done,
        row.rows_refused,
        row.cursor,
        row.owner,
        row.due_at,
        row.lease_no,
        row.finished_at,
    )


def register(
    session: Session, channel_id: int, kind: ImportKind, digest: str, *, name: str, now: datetime
) -> None:
    """Know a file that is to be taken in."""
    session.execute(
        insert_or_skip(session, ImportRun).values(
            channel_id=channel_id,
            kind=kind,
            digest=digest,
            name=name[:NAME_LIMIT_CHARS],
            rows_done=0,
            rows_refused=0,
            lease_no=0,
            started_at=now,
        )
    )


def take(session: Session, run: Run, owner: Owner, *, now: datetime) -> Held | None:
    """Lease an import; None if somebody has it, or took it since we looked."""
    if run.is_held(now=now):
        return None
    taken = changed(
        session.execute(
            sa.update(ImportRun)
            .where(ImportRun.id == run.id, ImportRun.lease_no == run.lease_no)
            .values(owner=owner, due_at=now + LEASE, lease_no=ImportRun.lease_no + 1, finished_at=None)
            .execution_options(synchronize_session=False)
        )
    )
    return Held(run.id, owner, run.lease_no + 1) if taken else None


def start_over(session: Session, held: Held) -> None:
    """Go through a file again from its first row."""
    session.execute(_of(held).values(rows_done=0, rows_refused=0, cursor=None))


def keep(
    session: Session, held: Held, *, rows: int, refused: int, cursor: str | None = None, now: datetime
) -> None:
    """Count a page as done, in the transaction that takes it in, and renew the lease.

    :raises Lost: the import belongs to somebody else by now.
    """
    counted = {
        "run": held.run_id,
        "holder": held.owner,
        "lease": held.lease_no,
        "rows": rows,
        "refused": refused,
        "behind": cursor,
        "until": now + LEASE,
    }
    if changed(session.connection().execute(_KEEP, counted)) == 0:
        raise Lost


# Built once, for it is said of every page.
_KEEP = (
    sa.update(ImportRun)
    .where(
        ImportRun.id == sa.bindparam("run"),
        ImportRun.owner == sa.bindparam("holder"),
        ImportRun.lease_no == sa.bindparam("lease"),
    )
    .values(
        rows_done=ImportRun.rows_done + sa.bindparam("rows"),
        rows_refused=ImportRun.rows_refused + sa.bindparam("refused"),
        cursor=sa.bindparam("behind"),
        due_at=sa.bindparam("until"),
    )
)


def finish(session: Session, held: Held, *, now: datetime) -> None:
    """Say that all of it is in.

    :raises Lost: the import belongs to somebody else by now.
    """
    ended = _of(held).values(owner=None, due_at=None, cursor=None, finished_at=now)
    if changed(session.execute(ended)) == 0:
        raise Lost


def let_go(session: Session, held: Held, *, now: datetime) -> None:
    """Let others take over at once what is not finished."""
    session.execute(_of(held).values(owner=None, due_at=now))


def _of(held: Held) -> sa.Update:
    return (
        sa.update(ImportRun)
        .where(
            ImportRun.id == held.run_id, ImportRun.owner == held.owner, ImportRun.lease_no == held.lease_no
        )
        .execution_options(synchronize_session=False)
    )
