"""Filling the demo shop, and taking it away again."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.demo import cast
from bot.demo.desk import Desk
from bot.demo.past import Past, forget, looks
from bot.demo.sendings import draft_again, send_earlier_campaigns
from bot.demo.shops import shown
from bot.demo.town import Friend, Town, friends
from bot.segmenting import SEGMENTS
from campaigns.models import Campaign, CampaignState
from contacts.models import Contact
from content.model import BusinessHours, SpecialDay
from content.revisions import Published, Revisions
from core.db import Database, changed
from core.errors import Rejected
from line.channels import ensure_channel
from line.inbox import Lane, WebhookEvent
from line.outbox import OPEN, Outgoing, SendStatus
from line.reply_tokens import OpenToken
from playbook.apply import apply
from playbook.schema import Playbook
from questionnaires.versions import Versions
from staff import service as staff
from staff import sessions, sign_in_links
from staff.audit import Actor, record
from staff.models import PairingCode, SignInLink, StaffUser
from tickets import queues
from tickets.assigning import drain, release_agent
from tickets.models import Assignment, Ticket, TicketNote
from tickets.staffing import set_duty, set_work

BY = Actor(None, "demo", None)
ADMIN = "admin"
"""The login of the invented one."""
PAGE = 20
"""People in one transaction."""


ALL_DAY = ("00:00-24:00",)


def open_all_day(playbook: Playbook, *, now: datetime) -> Playbook:
    """Return the playbook as the demo shop publishes it: always open, no quiet hours, campaigns as drafts."""
    content = playbook.content
    today = now.astimezone(ZoneInfo(content.time_zone)).date()
    # Today as a shop would have it, and every day after: whoever leaves it running finds it open, on holidays too.
    week = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), ALL_DAY)
    hours = BusinessHours(special=(SpecialDay(on=today, hours=ALL_DAY),), **week)
    changes = {
        "hours": hours,
        "campaign_rules": content.campaign_rules.model_copy(update={"quiet_hours": None}),
        "campaigns": tuple(one.model_copy(update={"send": "draft"}) for one in content.campaigns),
    }
    return replace(playbook, content=content.model_copy(update=changes))


def publish(session: Session, playbook: Playbook, *, now: datetime) -> int:
    """Publish the demo's playbook, so that its shop is open from now on; return the channel's id."""
    channel = ensure_channel(session, now=now)
    apply(session, channel, open_all_day(playbook, now=now), now=now, by=BY.login, overwrite=True)
    return channel.id


def is_half_filled(session: Session) -> bool:
    """Say whether a filling was cut short: staff are hired in its first transaction, campaigns sent in its last."""
    is_staffed = sa.exists().where(StaffUser.is_demo, StaffUser.deactivated_at.is_(None))
    is_whole = sa.exists().where(Campaign.is_demo)
    return bool(session.scalar(sa.select(sa.and_(is_staffed, ~is_whole))))


def fill(
    database: Database, playbook: Playbook, *, base_url: str, now: datetime, people: int | None = None
) -> int:
    """Publish the demo, and let staff and customers have had their time with each other; return how many.

    Real people who are there stay. Invented ones do not: a filling that was cut short begins anew.
    """
    take_people_away(database, Contact.is_demo)
    with database.write() as session:
        channel_id = publish(session, playbook, now=now)
        shop = shown(session)
        began = now - timedelta(weeks=shop.weeks)
        _hire(session, channel_id, now=began)
        published = _published(session, channel_id)
        past = Past(shop, published, channel_id=channel_id, until=now)
        past.begin(session, began=began)
    versions, segments = Versions(), SEGMENTS
    everybody = friends(until=now, shop=shop, number=people)
    for start, end, look_at in _stretches(everybody, looks(began, now)):
        with database.write() as session:
            town = Town(
                session,
                published,
                shop,
                channel_id=channel_id,
                versions=versions,
                segments=segments,
                base_url=base_url,
            )
            desk = Desk(session, town, published, until=now)
            for friend in everybody[start:end]:
                _lives_through(friend, town, desk, until=now)
            session.flush()  # the past is asked of the database, and written by statements
            past.met(session, everybody[start:end])
            if look_at is not None:
                past.goes_on(session, look_at)
    with database.write() as session:
        plan = session.scalars(
            sa.select(Campaign).where(Campaign.channel_id == channel_id, Campaign.key.is_not(None))
        ).first()
        if plan is not None:
            send_earlier_campaigns(session, plan, revision_id=published.id, until=now)
            if plan.state is not CampaignState.DRAFT:
                session.add(draft_again(plan, now=now))
    return len(everybody)


def _stretches(
    everybody: Sequence[Friend], moments: Sequence[datetime]
) -> Iterator[tuple[int, int, datetime | None]]:
    """Yield whom each transaction lets come, by their places, and the look that follows them, if one does."""
    start = 0
    for at in moments:
        # From `start` on: those before have lived since, and are not in their order any more.
        until = bisect_right(everybody, at, lo=start, key=lambda friend: friend.now)
        while until - start > PAGE:
            yield start, start + PAGE, None
            start += PAGE
        yield start, until, at
        start = until


def _lives_through(friend: Friend, town: Town, desk: Desk, *, until: datetime) -> None:
    town.lives(friend)
    desk.serves(friend)
    later = friend.now + timedelta(days=friend.random.randrange(1, 12))
    if friend.random.random() < cast.CHANCES["comes back another day"] and later < until:
        friend.now = later
        town.says_something(friend)
        desk.serves(friend)
    elif friend.random.random() < cast.CHANCES["blocks the account later"] and later < until:
        friend.now = later
        town.blocks(friend)


def remove(database: Database, *, by: Actor, now: datetime) -> None:
    """Take away everything invented: people with all that belongs to them, campaigns, staff.

    Whoever is played by hand at the simulated LINE stays; `bot.demo.ending` takes them, too.
    """
    close(database, people=take_people_away(database, Contact.is_demo), by=by, now=now)


def close(database: Database, *, people: int, by: Actor, now: datetime) -> None:
    """Take away campaigns and staff once the people are gone, and say in the log what went.

    :param people: how many went.
    """
    with database.write() as session:
        channel = ensure_channel(session, now=now)
        campaigns = changed(session.execute(sa.delete(Campaign).where(Campaign.is_demo)))
        users = session.scalars(sa.select(StaffUser).where(StaffUser.is_demo)).all()
        gone = {"people": people, "campaigns": campaigns, "staff": sum(user.is_active for user in users)}
        if any(gone.values()):
            record(session, by, "demo.remove", "channel", channel.public_id, now, gone)
        for user in users:
            _lock_out(session, user, now=now)
            release_agent(session, user, now=now)
        session.flush()  # tickets let go of the agents who are deleted next, and the log of who pressed the button
        drain(session, channel.id, now=now)
        _dismiss(session)


def take_people_away(database: Database, who: sa.ColumnExpressionArgument[bool]) -> int:
    """Remove contacts with all that belongs to them, in pages; return how many."""
    with database.read() as session:
        ids = session.scalars(sa.select(Contact.id).where(who)).all()
    for start in range(0, len(ids), PAGE):
        with database.write() as session:
            _remove_people(session, ids[start : start + PAGE])
    return len(ids)


def sign_in_link(session: Session, *, now: datetime) -> str | None:
    """Return what opens the console once for the invented admin; None where that login is somebody's own."""
    admin = staff.find_by_login(session, ADMIN)
    return sign_in_links.issue(session, admin, now=now) if admin is not None and admin.is_demo else None


def _remove_people(session: Session, ids: Sequence[int]) -> None:
    lanes = session.execute(
        sa.select(Contact.channel_id, Contact.line_user_id).where(Contact.id.in_(ids))
    ).all()
    keys = [lane.line_user_id for lane in lanes]
    forget(session, ids)
    for table, key in (
        (WebhookEvent, WebhookEvent.lane_key),
        (Lane, Lane.key),
        (OpenToken, OpenToken.lane_key),
    ):
        session.execute(sa.delete(table).where(key.in_(keys)))
    # What is still to be sent must not be taken in hand without its body.
    is_open = Outgoing.status.in_(OPEN)
    session.execute(
        sa.update(Outgoing)
        .where(Outgoing.lane_key.in_(keys))
        .values(body=None, status=sa.case((is_open, SendStatus.REFUSED), else_=Outgoing.status))
    )
    session.execute(sa.delete(Contact).where(Contact.id.in_(ids)))


def _lock_out(session: Session, user: StaffUser, *, now: datetime) -> None:
    """End an invented user's access, also the last admin's: the command line adds a real one."""
    user.deactivated_at, user.on_duty_since_at = now, None
    sessions.revoke_all(session, user, now=now)
    for table in (SignInLink, PairingCode):
        session.execute(sa.delete(table).where(table.user_id == user.id))


def _dismiss(session: Session) -> None:
    """Delete the invented staff; whoever has written to a real customer stays, deactivated, for the record."""
    named = sa.union(
        *(
            sa.select(column).where(column.is_not(None))
            for column in (
                Ticket.agent_id,
                Ticket.solved_by_id,
                Assignment.agent_id,
                TicketNote.user_id,
            )
        )
    )
    demo = sa.select(StaffUser.id).where(StaffUser.is_demo)
    session.execute(sa.delete(StaffUser).where(StaffUser.id.in_(demo), StaffUser.id.not_in(named)))


def _hire(session: Session, channel_id: int, *, now: datetime) -> None:
    found = {queue.key: queue.id for queue in queues.live(session, channel_id)}
    for one in cast.STAFF:
        user = staff.find_by_login(session, one.login)
        if user is not None and not (user.is_demo and user.deactivated_at):
            continue
        if user is None:
            user = staff.add_user(
                session, login=one.login, display_name=one.name, role=one.role, by=BY, now=now, is_demo=True
            )
        user.deactivated_at = None  # of an earlier demo, kept for the record
        user.language = one.language
        if one.queues:
            set_work(
                session,
                user,
                capacity=one.capacity,
                queue_ids=[found[key] for key in one.queues if key in found],
                channel_id=channel_id,
                by=BY,
                now=now,
            )
            set_duty(session, user, on=True, channel_id=channel_id, by=BY, now=now)


def _published(session: Session, channel_id: int) -> Published:
    published = Revisions().live(session, channel_id)
    if published is None:
        raise Rejected("nothing is published: apply a playbook first")
    return published
