"""Changes to staff that tickets follow: who leaves gives theirs back, and who comes gets those that wait."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from staff import service
from staff.audit import Actor, record
from staff.models import Role, StaffUser
from tickets import queues
from tickets.assigning import drain, release_agent


def set_duty(
    session: Session, user: StaffUser, *, on: bool, channel_id: int, by: Actor, now: datetime
) -> None:
    """Put somebody on or off duty.

    :raises Conflict: they are deactivated.
    """
    service.set_duty(session, user, on=on, by=by, now=now)
    _follow(session, user, channel_id, now)


def set_role(
    session: Session, user: StaffUser, role: Role, *, channel_id: int, by: Actor, now: datetime
) -> None:
    """Give somebody another role; one that does not answer customers holds no tickets.

    :raises Conflict: nobody would be admin any more.
    """
    service.set_role(session, user, role, by=by, now=now)
    _follow(session, user, channel_id, now)


def deactivate(session: Session, user: StaffUser, *, channel_id: int, by: Actor, now: datetime) -> None:
    """End somebody's access at once, and let others have their tickets.

    :raises Conflict: they did this to themselves, or nobody would be admin any more.
    """
    service.deactivate(session, user, by=by, now=now)
    _follow(session, user, channel_id, now)


def set_work(
    session: Session,
    user: StaffUser,
    *,
    capacity: int,
    queue_ids: Iterable[int],
    channel_id: int,
    by: Actor,
    now: datetime,
) -> None:
    """Say how much somebody can hold, and which queues they serve. They keep what they hold.

    :raises InvalidInput: the capacity is no number of tickets.
    """
    service.set_capacity(session, user, capacity, by=by, now=now)
    live = {queue.id: queue.key for queue in queues.live(session, channel_id)}
    before = {queue.id: queue.key for queue in queues.served_by(session, user)}
    # Queues that the playbook dropped stay theirs: the form does not show them.
    wanted = (set(queue_ids) & live.keys()) | (before.keys() - live.keys())
    if wanted != before.keys():
        queues.set_served(session, user, wanted)
        names = {**live, **before}
        detail = {"from": sorted(before.values()), "to": sorted(names[one] for one in wanted)}
        record(session, by, "user.set_queues", "user", user.public_id, now, detail)
    _follow(session, user, channel_id, now)


def _follow(session: Session, user: StaffUser, channel_id: int, now: datetime) -> None:
    session.flush()  # rows of staff are written before the lock that gives out tickets (docs/decisions/0009)
    release_agent(session, user, now=now)
    drain(session, channel_id, now=now)
