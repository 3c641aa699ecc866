"""Files of every kind taken in by `import`, for the first time and again, while webhooks come in."""

import csv
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import orjson
import psutil  # type: ignore[import-untyped, unused-ignore]

from bench import bare, servers
from bench.bodies import user_id
from bench.databases import Store, opened
from bench.posting import BUDGET_MS, posting, told
from bench.progress import Progress
from bench.report import Row
from bench.servers import DidNotStart
from core.clock import system_clock
from core.db import Database
from facts.models import ImportKind
from line.channels import ensure_channel

PER_SECOND = 20_000
GIVE_UP_AFTER_S = 1_800.0
FIRST_PERSON = 1_000_000
"""Webhooks come from others."""
_PLACES = ("臺北市", "新北市", "桃園市", "臺中市", "臺南市", "高雄市", "基隆市", "新竹市", "東京都", "大阪府")
_TAGS = tuple(f"taste:{number}" for number in range(40))
_FIRST_DAY = datetime(2022, 1, 1)  # noqa: DTZ001 - written without a zone, as files have it
_YEARS_S = 3 * 365 * 86_400

Cells = Sequence[object]
Table = tuple[Cells, Iterator[Cells]]


@dataclass(frozen=True, slots=True)
class Plan:
    rows: int = 200_000

    @property
    def steps(self) -> int:
        return 2 * len(_FILES)


def measure(engine: str, folder: Path, progress: Progress, *, plan: Plan) -> list[Row]:
    """Take each file in twice, as whoever runs the shop would: by the command, beside a web process."""
    rows = []
    for kind, made in _FILES.items():
        header, lines = made(plan.rows, random.Random(kind))
        with (folder / f"{kind}.csv").open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            writer.writerows(lines)
    with opened(engine, folder) as store:
        database = Database.connect(store.url)
        with database.write() as session:
            ensure_channel(session, now=system_clock())
        database.dispose()
        with posting(store, folder) as waits:
            for kind in _FILES:
                for again in ((), ("--again",)):
                    rows.append(_imported(store, folder, kind, again, plan.rows, waits))
                    progress.say(f"{rows[-1].what}: {rows[-1].measured}")
                    progress.step()
    return rows


def _imported(
    store: Store, folder: Path, kind: ImportKind, again: Sequence[str], rows: int, waits: Sequence[float]
) -> Row:
    posted = len(waits)
    file = folder / "tagline.db"
    before = bare.heights(file) if store.is_sqlite and not again else {}
    began = time.perf_counter()
    command = ["-m", "bot", "import", kind.value, f"{kind}.csv", "--json", *again]
    env = servers.settings(store, line_port=1)
    with servers.started(command, folder=folder, name="import", env=env) as running:
        used_s = _watched(running)
    took = time.perf_counter() - began
    _progress, brace, rest = running.log.read_bytes().partition(b"{")
    report = orjson.loads(brace + rest) if rest else {}
    if report.get("rows") != rows or report["refused"]:
        raise DidNotStart(f"import {kind}: {running.last_words()}")
    held = f", **{bare.seconds(file, before, rows, folder) / took:.2f} ×** SQLite by itself" if before else ""
    speed = rows / took
    webhooks, missed = told(waits[posted:])
    # The budget is SQLite's.
    missed += [f"{speed:,.0f} rows/s"] * (store.is_sqlite and speed < PER_SECOND)
    return Row(
        f"import of {rows:,} {kind}, {'again' if again else 'the first time'}, {store.kind}",
        f"**{speed:,.0f} rows/s**{held}, {1e6 * used_s / rows:.0f} µs of processor time each; {webhooks}",
        f"≥ {PER_SECOND:,} rows/s on SQLite, webhooks p99 ≤ {BUDGET_MS:g} ms",
        missed,
    )


def _watched(running: servers.Running) -> float:
    """Wait for the end of a process; return the processor time that it and its children used."""
    used_s = 0.0
    until = time.monotonic() + GIVE_UP_AFTER_S
    while running.process.poll() is None and time.monotonic() < until:
        try:
            used_s = max(used_s, running.cpu_seconds())
        except psutil.NoSuchProcess:
            break
        time.sleep(0.02)
    running.process.wait(timeout=5)
    return used_s


def _customers(count: int, draw: random.Random) -> Table:
    header = "customer_id,line_user_id,registered_at,birth_month,gender,prefecture,city,marketing_consent,consent_at,tags,visits"
    return header.split(","), (
        (
            f"C-{number}",
            user_id(FIRST_PERSON + number),
            _day(draw),
            f"{draw.randint(1, 12)}月",
            draw.choice("女男"),
            draw.choice(_PLACES),
            f"{draw.randint(1, 60)}區",
            draw.choice("○○×"),
            f"{_day(draw)} {draw.randint(8, 20)}:{draw.randint(0, 59):02}",
            ";".join(draw.sample(_TAGS, 2)),
            draw.randint(0, 200),
        )
        for number in range(count)
    )


def _orders(count: int, draw: random.Random) -> Table:
    header = (
        "order_id,customer_id,ordered_at,total_amount,status,refunded_amount,channel,store_id,coupon_code"
    )
    return header.split(","), (
        (
            f"A-{number}",
            f"C-{draw.randrange(count)}",
            moment,
            f"¥{draw.randint(100, 20_000):,}",
            draw.choice(("支払済", "支払済", "支払済", "キャンセル")),
            "",
            draw.choice(("web", "store")),
            f"S-{draw.randint(1, 30)}",
            draw.choice(("", "", "SPRING")),
        )
        for number, moment in enumerate(_moments(count, draw))
    )


def _events(count: int, draw: random.Random) -> Table:
    header = "line_user_id,event_type,occurred_at,properties,size"
    return header.split(","), (
        (
            user_id(FIRST_PERSON + draw.randrange(count)),
            draw.choice(("bought", "viewed", "shared")),
            moment,
            f'{{"sku": "drink_{draw.randint(1, 300)}", "number": {draw.randint(1, 9)}}}',
            draw.choice("SML"),
        )
        for moment in _moments(count, draw)
    )


def _tags(count: int, draw: random.Random) -> Table:
    people = (user_id(FIRST_PERSON + number) for number in range(count))
    return ("line_user_id", "tag"), ((one, f"visit:{draw.randint(1, 40)}") for one in people)


def _day(draw: random.Random) -> str:
    return f"{draw.randint(2022, 2024)}/{draw.randint(1, 12)}/{draw.randint(1, 28)}"


def _moments(count: int, draw: random.Random) -> Iterator[str]:
    """Yield moments of three years one after the other, as tills and shops export what happened."""
    for second in sorted(draw.randrange(_YEARS_S) for _ in range(count)):
        at = _FIRST_DAY + timedelta(seconds=second)
        yield f"{at.year}/{at.month}/{at.day} {at:%H:%M:%S}"


_FILES: dict[ImportKind, Callable[[int, random.Random], Table]] = {
    ImportKind.CONTACTS: _customers,
    ImportKind.ORDERS: _orders,
    ImportKind.EVENTS: _events,
    ImportKind.TAGS: _tags,
}
"""In this order: orders and what follows is about the people of the first."""
