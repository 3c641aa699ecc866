"""Taking somebody who was erased out of requests to many that have reached nobody yet."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaigns.models import Delivery, Push, Skip
from contacts.models import Contact
from line import bulk


def leave_out(session: Session, outbox_ids: Sequence[int], *, now: datetime) -> int:
    """Let those of these requests that certainly reached nobody go without the erased; return how many changed.

    What LINE may have accepted stays as it is, for it must get the same request every time.
    """
    pushes = {row.outbox_id: row.id for row in session.execute(_pushes, {"rows": list(outbox_ids)})}
    if not pushes:
        return 0
    people: dict[int, dict[str, int]] = {}
    for row in session.execute(_people, {"pushes": list(pushes.values())}):
        people.setdefault(row.push_id, {})[row.line_user_id] = row.delivery_id
    requests = bulk.untried(session, list(pushes))
    for request in requests:
        _shorten(session, request, pushes[request.id], people[pushes[request.id]], now=now)
    return len(requests)


def _shorten(
    session: Session, request: bulk.Untried, push_id: int, people: Mapping[str, int], *, now: datetime
) -> None:
    body: dict[str, Any] = orjson.loads(request.body)
    staying = [user_id for user_id in body["to"] if user_id in people]
    kept = {people[user_id] for user_id in staying}
    session.execute(
        sa.update(Delivery)
        .where(Delivery.id.in_([one for one in people.values() if one not in kept]))
        .values(push_id=None, released_at=None, skipped=Skip.LEFT, reason="erased")
        .execution_options(synchronize_session=False)
    )
    session.execute(
        sa.update(Push)
        .where(Push.id == push_id)
        .values(size=len(staying))
        .execution_options(synchronize_session=False)
    )
    if staying:
        bulk.rewrite(session, request, orjson.dumps({**body, "to": staying}))
    else:
        bulk.withdraw(session, [request.id], reason="erased", now=now)


# Only requests of which somebody was erased.
_pushes = (
    sa.select(Push.outbox_id, Push.id)
    .join(Delivery, Delivery.push_id == Push.id)
    .join(Contact, Contact.id == Delivery.contact_id)
    .where(
        Push.outbox_id.in_(sa.bindparam("rows", expanding=True)),
        Contact.erased_at.is_not(None),
    )
    .distinct()
)
_people = (
    sa.select(Delivery.push_id, Delivery.id.label("delivery_id"), Contact.line_user_id)
    .join(Contact, Contact.id == Delivery.contact_id)
    .where(Delivery.push_id.in_(sa.bindparam("pushes", expanding=True)))
)
