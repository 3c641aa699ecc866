"""Killing workers at random while two campaigns go out, and counting at LINE who got what how often.

The workers begin, freeze, release, send and settle; so every one of these steps is cut off somewhere.
`run_campaign_kill_test` is used small by the tests and large by the bench. `run_campaign_sleep_test` kills
nobody: one worker sleeps past its leases, as a paused machine does, and wakes with old work in its hands.
"""

import os
import tempfile
import threading
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from signal import SIGCONT, SIGSTOP
from time import monotonic, sleep

import sqlalchemy as sa

from campaigns import service
from campaigns.models import Campaign, CampaignState, Delivery, Push
from campaigns.service import Draft
from contacts.models import Contact, Following
from content.model import CampaignMessage, CampaignRules
from content.revisions import Revisions
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
ALIKE = {"say": "新品上市！"}
PERSONAL = {"say": "{{ name }}，新品上市！"}
KILL_EVERY_S = 0.35
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


def run_campaign_kill_test(
    database_url: str, *, people: int, kills: int, seed: int, workers: int = 3, timeout_s: float = 300.0
) -> Report:
    """Send a campaign of equal texts and a personal one while workers die; the database must be migrated."""
    random = Random(seed)
    database = Database.connect(database_url)
    user_ids = _open_shop(database, people)
    deadly = ",".join(str(number) for number in sorted(random.sample(range(3, 3 + people // 2), 3)))
    # Before anybody works: on a busy machine they hold the database's lock for longer than we would wait.
    ids = [_send(database, name, step) for name, step in (("alike", ALIKE), ("personal", PERSONAL))]
    simulator = Simulator(background=False, seed=seed, rate_scale=None, ledger_size=None, knows_everyone=True)
    with tempfile.TemporaryDirectory() as folder, simulator:
        processes = Processes(
            database_url, simulator.url, "--workers", str(workers), "--die-after-sends", deadly,
            folder=Path(folder),
        )  # fmt: skip
        began = monotonic()
        try:
            killer = threading.Thread(target=_kill, args=(processes, kills, random))
            killer.start()
            while not _are_over(database, ids) and monotonic() < began + timeout_s:
                sleep(0.2)
            killer.join()
            seconds = monotonic() - began
            sleep(1.0)  # what comes too often would come now
        finally:
            processes.stops()
        report = _judge(database, simulator, ids, user_ids)
    database.dispose()
    return replace(report, kills=processes.died, seconds=seconds)


def run_campaign_sleep_test(
    database_url: str, *, people: int, sleeps_s: float, timeout_s: float = 120.0
) -> Report:
    """Let the worker that has the campaign in hand sleep past all its leases, and wake when others are done."""
    database = Database.connect(database_url)
    user_ids = _open_shop(database, people)
    ids = [_send(database, name, step) for name, step in (("alike", ALIKE), ("personal", PERSONAL))]
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
            while not _are_over(database, ids) and monotonic() < began + timeout_s:
                sleep(0.2)
            sleep(2.0)  # what the sleeper still has in hand would come now
        finally:
            processes.stops()
        report = _judge(database, simulator, ids, user_ids)
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


def _send(database: Database, name: str, step: dict[str, str]) -> str:
    now = system_clock()
    with database.write() as session:
        channel = ensure_channel(session, now=now)
        published = Revisions().live(session, channel.id)
        assert published is not None
        draft = Draft(name, "friends", CampaignMessage.model_validate({"steps": [step]}))
        campaign = service.create(
            session, channel.id, draft, published=published, base_url="http://127.0.0.1:8000", by=MARKETER,
            now=now,
        )  # fmt: skip
        service.send_now(session, campaign, by=MARKETER, now=now)
        return campaign.public_id


def _are_over(database: Database, ids: list[str]) -> bool:
    with database.read() as session:
        states = session.scalars(sa.select(Campaign.state).where(Campaign.public_id.in_(ids))).all()
    return all(state is CampaignState.FINISHED for state in states)


def _kill(processes: Processes, kills: int, random: Random) -> None:
    done = 0
    while done < kills:
        sleep(random.uniform(0.1, 2 * KILL_EVERY_S - 0.1))
        done += processes.kills("chores", random)


def _judge(database: Database, simulator: Simulator, ids: list[str], user_ids: list[str]) -> Report:
    ledger = [sent for sent in simulator.line.ledger if sent.endpoint in {"push", "multicast"}]
    problems = []
    for name, is_personal in (("alike", False), ("personal", True)):
        got = Counter(
            user_id
            for sent in ledger
            if (sent.messages[0]["text"] != ALIKE["say"]) == is_personal
            for user_id in sent.delivered_to
        )
        missed = [user_id for user_id in user_ids if user_id not in got]
        doubled = [user_id for user_id, times in got.items() if times > 1]
        if missed or doubled:
            problems.append(f"{name}: {len(missed)} got nothing, {len(doubled)} got it more than once")
    wrong = [
        sent
        for sent in ledger
        if sent.endpoint == "push"
        and sent.messages[0]["text"] != f"P{int(sent.to[0][1:], 16) - 1}，新品上市！"
    ]
    if wrong:
        problems.append(f"{len(wrong)} got somebody else's words")
    with database.read() as session:
        for campaign in session.scalars(sa.select(Campaign).where(Campaign.public_id.in_(ids))):
            of_it = Delivery.campaign_id == campaign.id
            rows = session.scalars(sa.select(sa.func.count()).select_from(Delivery).where(of_it)).one()
            sent = session.scalars(
                sa.select(sa.func.sum(Push.size)).where(Push.campaign_id == campaign.id)
            ).one()
            if (campaign.state, rows, sent) != (CampaignState.FINISHED, len(user_ids), len(user_ids)):
                problems.append(f"{campaign.name} is {campaign.state}: {rows} deliveries, {sent} sent")
        repeated = session.scalars(
            sa.select(sa.func.count()).select_from(Outgoing).where(Outgoing.attempts > 1)
        ).one()
    return Report(len(user_ids), 0, 0.0, len(ledger), repeated, tuple(problems))
