"""Named leases: at most one live holder, and a number to fence with that grows at every change of hands."""

import os
import secrets
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NewType

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.db import Base, changed
from core.inserts import insert_or_skip

Owner = NewType("Owner", str)
"""Who holds a lease: host, process, and a random part, since process numbers come back."""


def new_owner() -> Owner:
    """Name this process, once per start."""
    return Owner(f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}")


class Lease(Base):
    """Who leads, for work that must have one doer at a time."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    owner: Mapped[str | None] = mapped_column(sa.String(80))
    lease_no: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Held:
    """Proof of a lease: valid for as long as `check` says so."""

    name: str
    owner: Owner
    lease_no: int


def acquire(session: Session, name: str, owner: Owner, *, lasts: timedelta, now: datetime) -> Held | None:
    """Take or renew the lease `name`; None while another owner's has not run out."""
    session.execute(insert_or_skip(session, Lease).values(name=name, owner=None, lease_no=0, expires_at=now))
    mine = Lease.owner == owner
    # No lease lasts that long: the clock of whoever wrote it has been put right since.
    from_the_future = Lease.expires_at > now + 2 * lasts
    lease_no = session.scalar(
        sa.update(Lease)
        .where(Lease.name == name, sa.or_(mine, Lease.expires_at <= now, from_the_future))
        .values(
            owner=owner,
            expires_at=now + lasts,
            lease_no=sa.case((mine, Lease.lease_no), else_=Lease.lease_no + 1),
        )
        .returning(Lease.lease_no)
    )
    return None if lease_no is None else Held(name, owner, lease_no)


def check(session: Session, held: Held) -> bool:
    """Fence: lock the lease for this transaction and say whether it is still `held`."""
    given = {"its_name": held.name, "its_owner": held.owner, "its_number": held.lease_no}
    return changed(session.connection().execute(_CHECK, given)) == 1


# Built once, and executed beneath the session: it is the first statement of most transactions.
_CHECK = (
    sa.update(Lease)
    .where(
        Lease.name == sa.bindparam("its_name"),
        Lease.owner == sa.bindparam("its_owner"),
        Lease.lease_no == sa.bindparam("its_number"),
    )
    .values(lease_no=Lease.lease_no)
)


def release(session: Session, held: Held, *, now: datetime) -> None:
    """Let the next one in at once."""
    session.execute(
        sa.update(Lease)
        .where(Lease.name == held.name, Lease.owner == held.owner, Lease.lease_no == held.lease_no)
        .values(owner=None, expires_at=now)
    )
