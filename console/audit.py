"""Who changed what: a page that only reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from console.access import requires
from console.audit_words import words_of
from console.parts import Parts
from staff.models import AuditEntry, StaffUser
from staff.permissions import Permission

PAGE_LENGTH = 50
MAX_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as the page tells it."""

    id: int
    at: datetime
    by: str
    action: str
    """As it is kept; `words` says it in the language of the page."""
    words: str
    noun: str
    noun_id: str
    whom: str | None
    """The name behind the id, where it is a user's."""
    detail: Sequence[tuple[str, str]]
    address: str | None


def pages(_parts: Parts) -> Blueprint:
    """Return the log's page."""
    blueprint = Blueprint("audit", __name__, url_prefix="/console/audit")

    @blueprint.get("/")
    @requires(Permission.SEE_AUDIT)
    def page() -> ResponseReturnValue:
        before = min(request.args.get("before", MAX_ID, type=int), MAX_ID)
        wanted = request.args.get("by", "").strip()[:120]
        lines = read(g.session, before=before, by=wanted)
        return render_template(
            "audit/page.html",
            lines=lines[:PAGE_LENGTH],
            by=wanted,
            older=lines[PAGE_LENGTH - 1].id if len(lines) > PAGE_LENGTH else None,
        )

    return blueprint


def read(session: Session, *, before: int, by: str) -> Sequence[Line]:
    """Return entries, the newest first, and one more than a page shows if there are more."""
    query = sa.select(AuditEntry).where(AuditEntry.id < before)
    if by:
        query = query.where(AuditEntry.by == by)
    entries = session.scalars(query.order_by(AuditEntry.id.desc()).limit(PAGE_LENGTH + 1)).all()
    ids = {entry.noun_id for entry in entries if entry.noun == "user"}
    named = sa.select(StaffUser.public_id, StaffUser.display_name).where(StaffUser.public_id.in_(ids))
    names = {row.public_id: row.display_name for row in session.execute(named)}
    return [
        Line(
            id=entry.id,
            at=entry.at,
            by=entry.by,
            action=entry.action,
            words=words_of(entry.action),
            noun=entry.noun,
            noun_id=entry.noun_id,
            whom=names.get(entry.noun_id),
            detail=[(name, _told(value)) for name, value in (entry.detail or {}).items()],
            address=entry.address,
        )
        for entry in entries
    ]


def _told(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(one) for one in value) or "–"
    return "–" if value is None else str(value)
