"""Killing workers and schedulers at random while campaigns go out, and counting at LINE who got what how often.

Two campaigns are sent at once, one for a moment seconds away, and a weekly one whose time comes meanwhile.
The workers begin, freeze, release, send and settle; so every one of these steps is cut off somewhere. The
schedulers fire and work what is due by the clock, of which there is something all the time.
`run_campaign_kill_test` is used small by the tests and large by the bench. `run_campaign_sleep_test` kills
nobody: one worker sleeps past its leases, as a paused machine does, and wakes with old work in its hands.
"""

import os
import tempfile
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from random import Random
from signal import SIGCONT, SIGSTOP
from time import monotonic, sleep

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot.schedules import Schedule, Tick
from campaigns import service
from campaigns.models import Campaign, CampaignState, Delivery, Push
from campaigns.service import Draft
from campaigns.times import Weekly
from contacts.models import Contact, Following
from content.model import CampaignMessage, CampaignRules
from content.revisions import Published, Revisions
from core.clock import system_clock
from core.db import Database
from core.ids import new_public_id, shard_of
from line.channels import ensure_channel
from line.outbox import Outgoing, SendStatus
from playbook.apply import apply
from playbook.check import check
from segmentation.models import Segment
from simulator.server import Simulator
from staff.audit import Actor
from tests.faults.processes import ROOT, Processes

MARKETER = Actor(None, "mei")
ALIKE = "新品上市！"
PERSONAL = "{{ name }}，新品上市！"
TIMED = "今晚開賣！"
WEEKLY = "{{ name }}，這週的新品！"
TIMED_AFTER, WEEKLY_AFTER = timedelta(seconds=2), timedelta(seconds=4)
KILL_EVERY_S = 0.35
TICK_LEASE_S = 4.0
"""So soon another scheduler takes up what a dead one had in hand; in the program it is two minutes."""
FIRE_EVERY_S = 0.5
LANGUAGES = ("zh-TW", "ja", None)


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a kill test; `problems` is empty when everybody got both campaigns, once each."""

    people: int
    kills: int
    seconds: float
    requests: int
    repeated: int
    """Requests that needed more than one attempt."""
    problems: tuple[str, ...]
    firings: int = 0
    """What schedulers fired and worked to its end."""
    taken_up: int = 0
    """Firings that somebody had in hand who died."""


def run_campaign_kill_test(
    database_url: str, *, people: int, kills: int, seed: int, workers: int = 3, timeout_s: float = 300.0
) -> Report:
    """Send campaigns now, at a time and weekly while workers and schedulers die; the database must be migrated."""
    random = Random(seed)
    database = Database.connect(database_url)
    user_ids = _open_shop(database, people)
    deadly = ",".join(str(number) for number in sorted(random.sample(range(3, 3 + people // 2), 3)))
    # Before anybody works: on a busy machine they hold the database's lock for longer than we would wait.
    words = (ALIKE, PERSONAL, TIMED, WEEKLY)
    for say in words[:2]:
        _send(database, say)
    simulator = Simulator(background=False, seed=seed, rate_scale=None, ledger_size=None, knows_everyone=True)
    with tempfile.TemporaryDirectory() as folder, simulator:
        processes = Processes(
            database_url, simulator.url, "--workers", str(workers), "--schedulers", "2",
            "--die-after-sends", deadly, "--tick-lease", str(TICK_LEASE_S),
            folder=Path(folder),
        )  # fmt: skip
        began = monotonic()
        try:
            _send(database, TIMED, after=TIMED_AFTER)
            _plan_weekly(database, WEEKLY, after=WEEKLY_AFTER)
            killer = threading.Thread(target=_kill, args=(processes, kills, random))
            killer.start()
            while not _are_over(database, len(words)) and monotonic() < began + timeout_s:
                _let_schedules_be_due(database)
                sleep(FIRE_EVERY_S)
            killer.join()
            seconds = monotonic() - began
            sleep(1.0)  # what comes too often would come now
            while _unworked(database) and monotonic() < began + timeout_s:
                sleep(FIRE_EVERY_S)
        finally:
            processes.stops()
        report = _judge(database, simulator, words, user_ids)
        problems = (*report.problems, *_judge_weekly(database), *_unworked(database))
        firings, taken_up = _firings(database)
    database.dispose()
    return replace(
        report,
        kills=processes.died,
        seconds=seconds,
        problems=problems,
        firings=firings,
        taken_up=taken_up,
    )


def run_campaign_sleep_test(
    database_url: str, *, people: int, sleeps_s: float, timeout_s: float = 120.0
) -> Report:
    """Let the worker that has the campaign in hand sleep past all its leases, and wake when others are done."""
    database = Database.connect(database_url)
    user_ids = _open_shop(database, people)
    words = (ALIKE, PERSONAL)
    for say in words:
        _send(database, say)
    simulator = Simulator(background=False, seed=1, rate_scale=None, ledger_size=None, knows_everyone=True)
    with tempfile.TemporaryDirectory() as folder, simulator:
        processes = Processes(database_url, simulator.url, "--workers", "2", folder=Path(folder))
        began = monotonic()
        try:
            while len(simulator.line.ledger) < people // 10:
                assert monotonic() < began + timeout_s, "nothing is sent"
                sleep(0.01)
            sleeper = _stops_a_sender(database, until=began + timeout_s)
            sleep(sleeps_s)
            os.kill(sleeper, SIGCONT)
            while not _are_over(database, len(words)) and monotonic() < began + timeout_s:
                sleep(0.2)
            sleep(2.0)  # what the sleeper still has in hand would come now
        finally:
            processes.stops()
        report = _judge(database, simulator, words, user_ids)
    database.dispose()
    return replace(report, seconds=monotonic() - began)


def _stops_a_sender(database: Database, *, until: float) -> int:
    """Stop the process that has a campaign in hand, at a moment when it also has requests in hand; return it."""
    while True:
        sleeper = _holder(database)
        os.kill(sleeper, SIGSTOP)
        with database.read() as session:
            in_hand = sa.select(Outgoing.id).where(
                Outgoing.status == SendStatus.SENDING, Outgoing.owner.contains(f":{sleeper}:")
            )
            if session.scalar(in_hand.limit(1)) is not None:
                return sleeper
        os.kill(sleeper, SIGCONT)
        assert monotonic() < until, "it never had a request in hand"
        sleep(0.005)


def _holder(database: Database) -> int:
    """Return the process that has a campaign in hand."""
    with database.read() as session:
        owners = session.scalars(
            sa.select(Campaign.lease_owner).where(Campaign.lease_owner.is_not(None)).order_by(Campaign.id)
        ).all()
    return int((owners[-1] or "").split(":")[1])


def _open_shop(database: Database, people: int) -> list[str]:
    checked = check(ROOT / "examples" / "tea_shop").playbook
    assert checked is not None
    content = checked.content.model_copy(update={"campaign_rules": CampaignRules(), "campaigns": ()})
    user_ids = [f"U{number:032x}" for number in range(1, people + 1)]
    now = system_clock()
    with database.write() as session:
        channel = ensure_channel(session, now=now)
        apply(session, channel, replace(checked, content=content), now=now, by="kill test")
        session.add(
            Segment(
                public_id=new_public_id(), channel_id=channel.id, key="friends", rule={"following": True},
                created_at=now, changed_at=now,
            )
        )  # fmt: skip
        session.execute(
            sa.insert(Contact),
            [
                {
                    "public_id": new_public_id(),
                    "channel_id": channel.id,
                    "line_user_id": user_id,
                    "shard": shard_of(user_id),
                    "display_name": f"P{number}",
                    "language": LANGUAGES[number % len(LANGUAGES)],
                    "profile_fetched_at": now,
                    "following": Following.FOLLOWING,
                    "first_seen_at": now,
                    "last_seen_at": now,
                }
                for number, user_id in enumerate(user_ids)
            ],
        )
    return user_ids


def _send(database: Database, say: str, *, after: timedelta | None = None) -> None:
    """Send a campaign at once, or when so much time has passed."""
    now = system_clock()
    with database.write() as session:
        campaign = _write(session, say)
        if after is None:
            service.send_now(session, campaign, by=MARKETER, now=now)
        else:
            service.send_after(session, campaign, after, by=MARKETER, now=now)


def _plan_weekly(database: Database, say: str, *, after: timedelta) -> None:
    """Plan a weekly campaign, whose next time comes when so much time has passed."""
    now = system_clock()
    with database.write() as session:
        campaign, zone = _write(session, say), _live(session).zone
        here = now.astimezone(zone)
        service.schedule_weekly(
            session, campaign, Weekly(here.weekday(), here.time()), zone=zone, by=MARKETER, now=now
        )
        campaign.send_at = now + after  # plans know minutes only, and the test has none to lose


def _write(session: Session, say: str) -> Campaign:
    return service.create(
        session,
        ensure_channel(session, now=system_clock()).id,
        Draft(say, "friends", CampaignMessage.model_validate({"steps": [{"say": say}]})),
        published=_live(session),
        base_url="http://127.0.0.1:8000",
        by=MARKETER,
        now=system_clock(),
    )


def _live(session: Session) -> Published:
    published = Revisions().live(session, ensure_channel(session, now=system_clock()).id)
    assert published is not None
    return published


def _are_over(database: Database, count: int) -> bool:
    with database.read() as session:
        states = session.scalars(sa.select(Campaign.state).where(Campaign.repeat.is_(None))).all()
    return [state is CampaignState.FINISHED for state in states] == [True] * count


def _kill(processes: Processes, kills: int, random: Random) -> None:
    """Kill again and again: every third time a scheduler, else whoever begins, releases and sends."""
    done = 0
    while done < kills:
        sleep(random.uniform(0.1, 2 * KILL_EVERY_S - 0.1))
        done += processes.kills("scheduler" if done % 3 == 2 else "chores", random)


def _let_schedules_be_due(database: Database) -> None:
    """Let all periodic work be due now, as when a minute is full; not if somebody else writes just then."""
    try:
        with database.write() as session:
            session.execute(sa.update(Schedule).values(next_at=system_clock()))
    except OperationalError:
        return


def _unworked(database: Database) -> Sequence[str]:
    """Return what was fired and not worked to a good end."""
    with database.read() as session:
        bad = session.scalars(
            sa.select(Tick).where(sa.or_(Tick.settled_at.is_(None), Tick.error.is_not(None)))
        ).all()
    return [f"{tick.name} of {tick.fire_at} is {tick.error or 'still to be worked'}" for tick in bad]


def _firings(database: Database) -> tuple[int, int]:
    with database.read() as session:
        attempts = session.scalars(sa.select(Tick.attempts)).all()
    return len(attempts), sum(tried > 1 for tried in attempts)


def _judge_weekly(database: Database) -> Sequence[str]:
    """Return what is wrong with the weekly plan: it waits for its next time, and had one."""
    with database.read() as session:
        (plan,) = session.scalars(sa.select(Campaign).where(Campaign.repeat.is_not(None)))
        times = session.scalars(sa.select(Campaign.send_at).where(Campaign.plan_id == plan.id)).all()
    is_planned = plan.send_at is not None and plan.send_at > system_clock()
    if plan.state is CampaignState.SCHEDULED and is_planned and len(times) == 1:
        return []
    return [f"the weekly one is {plan.state} for {plan.send_at}, and occurred at {times}"]


def _judge(database: Database, simulator: Simulator, words: Sequence[str], user_ids: Sequence[str]) -> Report:
    ledger = [sent for sent in simulator.line.ledger if sent.endpoint in {"push", "multicast"}]
    problems = []
    got: dict[str, Counter[str]] = {say: Counter() for say in words}
    for sent in ledger:
        for user_id in sent.delivered_to:
            got.setdefault(_said(sent.messages[0]["text"], user_id), Counter())[user_id] += 1
    for say, persons in got.items():
        missed = [user_id for user_id in user_ids if user_id not in persons]
        doubled = [user_id for user_id, times in persons.items() if times > 1]
        if missed or doubled:
            problems.append(f"{say}: {len(missed)} got nothing, {len(doubled)} got it more than once")
    with database.read() as session:
        for campaign in session.scalars(sa.select(Campaign).where(Campaign.repeat.is_(None))):
            of_it = Delivery.campaign_id == campaign.id
            rows = session.scalars(sa.select(sa.func.count()).select_from(Delivery).where(of_it)).one()
            size = session.scalars(
                sa.select(sa.func.sum(Push.size)).where(Push.campaign_id == campaign.id)
            ).one()
            if (campaign.state, rows, size) != (CampaignState.FINISHED, len(user_ids), len(user_ids)):
                problems.append(f"{campaign.name} is {campaign.state}: {rows} deliveries, {size} sent")
        repeated = session.scalars(
            sa.select(sa.func.count()).select_from(Outgoing).where(Outgoing.attempts > 1)
        ).one()
    return Report(len(user_ids), 0, 0.0, len(ledger), repeated, tuple(problems))


def _said(text: str, user_id: str) -> str:
    """Return which words were sent, with the reader's own name taken out; somebody else's stays, and is a problem."""
    return text.replace(f"P{int(user_id[1:], 16) - 1}，", "{{ name }}，")
