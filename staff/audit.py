"""Who changed what. Entries are only ever added: there is no function here that changes or removes one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy.orm import Session

from staff.models import AuditEntry, StaffUser


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, as the log will name them."""

    user_id: int | None
    """None: the command line, or the program itself."""
    login: str
    address: str | None = None

    @classmethod
    def of(cls, user: StaffUser, address: str | None = None) -> Self:
        return cls(user.id, user.login, address)

    @classmethod
    def command_line(cls, system_user: str) -> Self:
        return cls(None, f"cli:{system_user}")


def record(
    session: Session,
    by: Actor,
    action: str,
    noun: str,
    noun_id: str,
    now: datetime,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Add an entry.

    :param action: such as `ticket.solve` or `user.deactivate`.
    :param noun_id: the public id of what was changed.
    :param detail: old and new values; never message text, passwords or tokens.
    """
    session.add(
        AuditEntry(
            at=now,
            user_id=by.user_id,
            by=by.login[:120],
            action=action,
            noun=noun,
            noun_id=noun_id[:80],
            detail=dict(detail) if detail else None,
            address=by.address,
        )
    )
