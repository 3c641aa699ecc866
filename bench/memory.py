"""How much memory each web process holds after thousands of webhooks."""

from pathlib import Path

from bench import servers
from bench.bodies import texts, write_requests
from bench.databases import opened
from bench.load import press
from bench.progress import Progress
from bench.report import Row

WEBHOOKS = 10_000
BUDGET_MB = 90.0
STEPS = 1


def measure(engine: str, folder: Path, progress: Progress) -> list[Row]:
    """Send each web process about 10,000 webhooks, then look at what it holds."""
    with opened(engine, folder) as store, servers.web(store, folder=folder) as web:
        processes = len(web.memory_mb())
        fresh = web.memory_mb()
        answered = 0
        while answered < WEBHOOKS * processes:
            answered += press(web.port, _requests(folder, WEBHOOKS), connections=8, seconds=2).answered
        held = web.memory_mb()
    progress.step()
    missed = [f"{max(held):.0f} MB"] if max(held) > BUDGET_MB else []
    return [
        Row(
            f"memory of a web process, {store.kind}",
            f"{' and '.join(f'{one:.0f}' for one in held)} MB after {answered:,} webhooks; {max(fresh):.0f} MB when started",
            f"≤ {BUDGET_MB:g} MB after {WEBHOOKS:,} webhooks",
            missed,
        )
    ]


def _requests(folder: Path, count: int) -> Path:
    write_requests(folder / "requests", texts(count, users=2000))
    return folder / "requests"
