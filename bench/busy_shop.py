"""A shop with 100,000 conversations, as a busy year leaves them: people, what was said, tickets, tags."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.progress import Progress
from bot.search_indexer import SearchIndexer
from contacts.models import Contact, Following
from contacts.timeline import EntryKind, TimelineEntry
from core.db import Database
from core.ids import shard_of
from segmentation.models import ContactTag, Tag
from staff import service, sessions
from staff.audit import Actor
from staff.models import Role, StaffUser
from tickets.models import Assignment, Queue, Ticket, TicketState
from tickets.staffing import set_work

PAGE = 2_000
"""People written in one transaction."""
AGENTS = 20
HOLDS = 500
"""Tickets that an agent holds: more than anybody can look after, so that lists are long."""
WAITING_EVERY = 21
"""Of so many conversations one waits for an agent."""
SURNAMES = "陳林黃張李王吳劉蔡楊"
GIVEN = ("怡君", "志豪", "雅婷", "家豪", "小美", "承恩", "宜蓁", "冠宇", "淑芬", "佩珊")
SAID = (
    "想找中山站附近的兩房，可以養貓嗎？",
    "請問這週末可以看房嗎？",
    "押金要付多少呢？",
    "冷氣不冷了，麻煩報修。",
)
ANSWERED = "您好，已收到您的訊息，專員會盡快回覆您。"
BENCH = Actor(None, "bench")


def build(database: Database, channel_id: int, people: int, progress: Progress, *, now: datetime) -> None:
    """Fill a published, otherwise empty database; what was said can be searched for afterwards."""
    with database.write() as session:
        queues = session.scalars(sa.select(Queue.id).order_by(Queue.position)).all()
        tags = session.scalars(sa.select(Tag.id).order_by(Tag.id).limit(12)).all()
        agents = [_agent(session, number, queues, channel_id, now) for number in range(AGENTS)]
    for first in range(1, people + 1, PAGE):
        numbers = range(first, min(first + PAGE, people + 1))
        with database.write() as session:
            for kind, rows in (
                (Contact, [_contact(n, channel_id, now) for n in numbers]),
                (TimelineEntry, [row for n in numbers for row in _story(n, channel_id, now)]),
                (ContactTag, [row for n in numbers for row in _tags(n, tags, now)]),
                (Ticket, [_ticket(n, channel_id, queues, agents, now) for n in numbers]),
                (
                    Assignment,
                    [_held(n, agents, now) for n in numbers if _agent_of(n, agents) is not None],
                ),
            ):
                if rows:  # of nobody's tickets there are no assignments
                    session.execute(sa.insert(kind), rows)
        progress.step()
    indexer = SearchIndexer(database)
    while indexer.step():
        pass
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # As the nightly job and autovacuum would have.
        connection.execute(sa.text("ANALYZE" if database.is_sqlite else "VACUUM (ANALYZE)"))
    progress.step()


def steps(people: int) -> int:
    """Return how many steps of progress `build` takes."""
    return -(-people // PAGE) + 1


def signed_in(database: Database, login: str, role: Role, *, now: datetime) -> str:
    """Return a session of a staff user, who is made where there is none of the login."""
    with database.write() as session:
        user = service.find_by_login(session, login)
        if user is None:
            user = service.add_user(session, login=login, display_name=login, role=role, by=BENCH, now=now)
        return sessions.open_session(session, user, browser="bench", address="127.0.0.1", now=now)


def _agent(session: Session, number: int, queues: Any, channel_id: int, now: datetime) -> int:
    user: StaffUser = service.add_user(
        session, login=f"agent{number}", display_name=f"Agent {number}", role=Role.AGENT, by=BENCH, now=now
    )
    set_work(session, user, capacity=HOLDS, queue_ids=queues, channel_id=channel_id, by=BENCH, now=now)
    return user.id


def _agent_of(number: int, agents: list[int]) -> int | None:
    """Return who holds the ticket of a person; the oldest ones are solved, and some wait."""
    if number % WAITING_EVERY == 0:
        return None
    return agents[number % AGENTS] if number <= AGENTS * HOLDS else None


def _at(number: int, now: datetime) -> datetime:
    return now - timedelta(minutes=5 * number)


def _contact(number: int, channel_id: int, now: datetime) -> dict[str, Any]:
    user_id = f"U{number:032x}"
    return {
        "id": number,
        "public_id": f"c{number}",
        "channel_id": channel_id,
        "line_user_id": user_id,
        "shard": shard_of(user_id),
        "display_name": f"{SURNAMES[number % 10]}{GIVEN[number // 10 % 10]}",
        "language": "zh-TW",
        "profile_fetched_at": now,
        "following": Following.FOLLOWING,
        "first_seen_at": _at(number, now) - timedelta(days=30),
        "last_seen_at": _at(number, now),
    }


def _story(number: int, channel_id: int, now: datetime) -> Iterator[dict[str, Any]]:
    """Yield two questions with an answer to each; of every hundredth person fifty."""
    for place in range(50 if number % 100 == 0 else 2):
        at = _at(number, now) - timedelta(hours=place)
        text = SAID[(number + place) % len(SAID)]
        for kind, said, later in ((EntryKind.RECEIVED, text, 0), (EntryKind.SENT, ANSWERED, 1)):
            yield {
                "channel_id": channel_id,
                "contact_id": number,
                "kind": kind,
                "at": at + timedelta(seconds=later),
                "event_key": f"e{number}:{place}",
                "text": said if kind is EntryKind.RECEIVED else None,
                "payload": {"messages": [{"type": "text", "text": said}]},
            }


def _tags(number: int, tags: Any, now: datetime) -> Iterator[dict[str, Any]]:
    for place in {number % len(tags), (number * 7 + 1) % len(tags), (number * 5 + 2) % len(tags)}:
        yield {
            "contact_id": number,
            "tag_id": tags[place],
            "source": "question:find_home/area",
            "set_at": _at(number, now),
        }


def _ticket(number: int, channel_id: int, queues: Any, agents: list[int], now: datetime) -> dict[str, Any]:
    agent = _agent_of(number, agents)
    is_open = agent is not None or number % WAITING_EVERY == 0
    state = (
        TicketState.SOLVED if not is_open else TicketState.WAITING if number % 3 == 0 else TicketState.OPEN
    )
    return {
        "id": number,
        "public_id": f"t{number}",
        "channel_id": channel_id,
        "contact_id": number,
        "queue_id": queues[number % len(queues)],
        "state": state,
        "agent_id": agent,
        "reason": "questionnaire:find_home",
        "routed": {"queue": "general", "rule": None, "tried": []},
        "opened_at": _at(number, now) - timedelta(hours=2),
        "touched_at": _at(number, now),
        "assigned_at": None if agent is None else _at(number, now),
        "customer_wrote_at": _at(number, now),
        "solved_at": None if is_open else _at(number, now),
    }


def _held(number: int, agents: list[int], now: datetime) -> dict[str, Any]:
    return {
        "ticket_id": number,
        "agent_id": _agent_of(number, agents),
        "assigned_at": _at(number, now),
        "because": "routing",
    }
