"""A campaign to everybody by multicast, one in everybody's own words, and what a customer waits meanwhile."""

import dataclasses
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import urllib3

from bench import servers
from bench.bodies import texts, user_id
from bench.conversation import QUESTION, RENTAL, replies, stored
from bench.databases import Store, opened
from bench.latency import post_steadily
from bench.progress import Progress
from bench.report import Row, percentile
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
from staff.audit import Actor

ALIKE_S = 1.5
"""1 M people in 15 s."""
PERSONAL_PER_SECOND = 1000.0
P50_MS, P99_MS = 40.0, 200.0
LANGUAGES = ("zh-TW", "zh-TW", "zh-TW", "ja", "en")
GIVE_UP_AFTER_S = 300.0
BENCH = Actor(None, "bench")
HELLO = {"zh-TW": "新品上市！", "ja": "新商品が出ました！", "en": "New arrivals!"}


@dataclass(frozen=True, slots=True)
class Plan:
    """To how many people."""

    alike: int = 100_000
    personal: int = 10_000
    per_second: int = 20
    """Questions that customers ask while the personal one is sent."""

    @property
    def steps(self) -> int:
        return 3


def measure(engine: str, folder: Path, progress: Progress, *, plan: Plan) -> list[Row]:
    """Send both campaigns from one worker, and count at the simulated LINE who got what."""
    with opened(engine, folder) as store:
        channel_id = _open_shop(store, plan)
        progress.step()
        with (
            servers.line(folder=folder) as line,
            servers.web(store, folder=folder, line_port=line.port) as web,
            servers.worker(store, folder=folder, line_port=line.port) as worker,
        ):
            used = [worker.cpu_seconds()]
            alike = _run(store, line.port, channel_id, "everybody", {"say": HELLO})
            used.append(worker.cpu_seconds())
            progress.step()
            personal = _run(
                store,
                line.port,
                channel_id,
                "some",
                {"say": {language: f"{{{{ name }}}}: {words}" for language, words in HELLO.items()}},
                asking=_Asking(web.port, line.port, plan.per_second),
            )
            used.append(worker.cpu_seconds())
        progress.step()
    rate = plan.personal / max(personal.seconds, 0.001)
    p50, p99 = percentile(personal.waits_ms, 0.5), percentile(personal.waits_ms, 0.99)
    progress.say(
        f"{store.kind}: {plan.alike:,} alike in {alike.seconds:.1f} s after {alike.frozen_s:.1f} s of freezing; "
        f"{rate:.0f} personal ones a second; replies meanwhile p50 {p50:.0f}, p99 {p99:.0f} ms"
    )
    waits = [f"p50 {p50:.0f} ms"] * (p50 > P50_MS) + [f"p99 {p99:.0f} ms"] * (p99 > P99_MS)
    share = plan.alike / 100_000
    return [
        Row(
            f"campaign to {plan.alike:,} people by multicast, {store.kind}",
            f"**{alike.seconds:.1f} s** of sending after {alike.frozen_s:.1f} s of freezing;"
            f" {alike.requests:,} requests, everybody once;"
            f" {1e6 * (used[1] - used[0]) / plan.alike:.0f} µs of the worker's processor time for each person",
            f"≤ {ALIKE_S * share:g} s (15 s for 1 M)",
            [*alike.problems, *([f"{alike.seconds:.1f} s"] * (alike.seconds > ALIKE_S * share))],
        ),
        Row(
            f"{plan.personal:,} personalised pushes, with ledger, {store.kind}",
            f"**{rate:.0f}/s**, everybody once, with {plan.per_second} questions a second beside them;"
            f" {1000 * (used[2] - used[1]) / plan.personal:.1f} ms of the worker's processor time for each",
            f"≥ {PERSONAL_PER_SECOND:g}/s",
            [*personal.problems, *([f"{rate:.0f}/s"] * (rate < PERSONAL_PER_SECOND))],
        ),
        Row(
            f"event accepted → reply received by LINE during that campaign, {store.kind}",
            f"p50 {p50:.0f} ms, p99 {p99:.0f} ms, most {max(personal.waits_ms, default=0):.0f} ms;"
            f" {len(personal.waits_ms):,} events",
            f"p50 ≤ {P50_MS:g} ms, p99 ≤ {P99_MS:g} ms",
            waits,
        ),
    ]


@dataclass(frozen=True, slots=True)
class _Asking:
    """Customers who ask while a campaign is sent."""

    web_port: int
    line_port: int
    per_second: int


@dataclass(frozen=True, slots=True)
class _Ran:
    seconds: float
    """From the first request that LINE got to the last."""
    frozen_s: float
    requests: int
    problems: Sequence[str]
    waits_ms: Sequence[float]


def _open_shop(store: Store, plan: Plan) -> int:
    checked = check(RENTAL)
    if checked.playbook is None:
        raise ValueError(f"the rental playbook has faults: {checked.faults}")
    # Whatever the time is: no quiet hours, no cap.
    content = checked.playbook.content.model_copy(update={"campaign_rules": CampaignRules(), "campaigns": ()})
    playbook = dataclasses.replace(checked.playbook, content=content)
    now = system_clock()
    database = Database.connect(store.url)
    with database.write() as session:
        channel = ensure_channel(session, now=now)
        apply(session, channel, playbook, now=now, by="bench")
        channel_id = channel.id
        for key, rule in (("everybody", {"following": True}), ("some", {"seen": {"within": "30d"}})):
            session.add(
                Segment(
                    public_id=new_public_id(), channel_id=channel_id, key=key, rule=rule, created_at=now,
                    changed_at=now,
                )
            )  # fmt: skip
    long_ago = now.replace(year=now.year - 1)
    for start in range(1, plan.alike + 1, 2000):
        with database.write() as session:
            session.execute(
                sa.insert(Contact),
                [
                    {
                        "public_id": new_public_id(),
                        "channel_id": channel_id,
                        "line_user_id": user_id(number),
                        "shard": shard_of(user_id(number)),
                        "display_name": f"Friend {number}",
                        "language": LANGUAGES[number % len(LANGUAGES)],
                        "profile_fetched_at": now,
                        "following": Following.FOLLOWING,
                        "first_seen_at": long_ago,
                        "last_seen_at": now if number <= plan.personal else long_ago,
                        "is_demo": True,
                    }
                    for number in range(start, min(start + 2000, plan.alike + 1))
                ],
            )
    with database.write() as session:
        # Nobody looks for them: the index for search would be made beside what is measured.
        session.execute(sa.text("DELETE FROM search_due"))
    database.dispose()
    return channel_id


def _run(
    store: Store,
    line_port: int,
    channel_id: int,
    segment: str,
    step: dict[str, Any],
    *,
    asking: _Asking | None = None,
) -> _Ran:
    """Send one campaign and wait for its end."""
    database = Database.connect(store.url)
    before = sum(1 for _ in _sent(line_port))
    asked = 0
    with database.write() as session:
        published = Revisions().live(session, channel_id)
        assert published is not None
        draft = Draft("Bench", segment, CampaignMessage.model_validate({"steps": [step]}))
        campaign = service.create(
            session, channel_id, draft, published=published, base_url="http://127.0.0.1:8000", by=BENCH,
            now=system_clock(),
        )  # fmt: skip
        public_id = campaign.public_id
    with database.write() as session:
        service.send_now(session, service.get(session, channel_id, public_id), by=BENCH, now=system_clock())
    wanted: dict[str, Any] = {}
    until = time.monotonic() + GIVE_UP_AFTER_S
    while _state(database, public_id) is not CampaignState.FINISHED and time.monotonic() < until:
        if asking is None:
            time.sleep(0.2)
            continue
        bodies = texts(asking.per_second, users=200, text=QUESTION)
        wanted |= {one.reply_token: None for one in bodies}
        asked += post_steadily(asking.web_port, bodies, asking.per_second)
    time.sleep(1.0)  # a request too many would come now, and the last replies do
    came = [one for number, one in enumerate(_sent(line_port)) if number >= before]
    ran = _judge(database, public_id, came, segment)
    database.dispose()
    if asking is None:
        return ran
    return dataclasses.replace(ran, waits_ms=_waits(store, asking.line_port, wanted.keys()))


def _judge(database: Database, public_id: str, came: Sequence[dict[str, Any]], segment: str) -> _Ran:
    pushed = [one for one in came if one["endpoint"] in {"push", "multicast"}]
    got = Counter(user for one in pushed for user in one["delivered_to"])
    with database.read() as session:
        campaign = session.scalars(sa.select(Campaign).where(Campaign.public_id == public_id)).one()
        sent = session.scalar(
            sa.select(sa.func.sum(Push.size))
            .join(Outgoing, Outgoing.id == Push.outbox_id)
            .where(Push.campaign_id == campaign.id, Outgoing.status == SendStatus.SENT)
        )
        released = session.scalar(
            sa.select(sa.func.count())
            .select_from(Delivery)
            .where(Delivery.campaign_id == campaign.id, Delivery.released_at.is_not(None))
        )
        ended, people = campaign.state, campaign.recipients
        frozen_s = ((campaign.started_at or campaign.created_at) - campaign.created_at).total_seconds()
    problems = [f"{count} people got it {times} times" for times, count in _times(got).items() if times > 1]
    if not people == len(got) == sent == released or ended is not CampaignState.FINISHED:
        problems.append(f"{ended}: {people} people, {len(got)} reached, {sent} sent, {released} released")
    if not pushed:
        return _Ran(0.001, frozen_s, 0, [*problems, f"nothing was sent to {segment}"], ())
    seconds = (pushed[-1]["at_ms"] - pushed[0]["at_ms"]) / 1000
    return _Ran(seconds, frozen_s, len(pushed), problems, ())


def _times(got: Counter[str]) -> Counter[int]:
    return Counter(got.values())


def _waits(store: Store, line_port: int, wanted: Any) -> Sequence[float]:
    answered = {one.token: one.at for one in replies(line_port)}
    inbox = stored(store)
    return [
        1000 * (answered[token] - inbox.received[token].timestamp())
        for token in wanted
        if token in answered and token in inbox.received
    ]


def _state(database: Database, public_id: str) -> CampaignState:
    with database.read() as session:
        return session.scalars(sa.select(Campaign.state).where(Campaign.public_id == public_id)).one()


def _sent(line_port: int) -> Iterator[dict[str, Any]]:
    """Yield every request that LINE accepted, in order."""
    after = 0
    while True:
        url = f"http://127.0.0.1:{line_port}/sim/sent?after={after}&limit=200"
        page = urllib3.request("GET", url, timeout=30.0).json()["sent"]
        if not page:
            return
        for one in page:
            after = one["number"]
            yield one
