"""`up` and the processes it runs: they log to stdout, and work until SIGTERM."""

import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click

from bot.cli import Refused
from bot.lifeline import follow_up, is_followed, take_children_along
from bot.supervisor import BAD_SETTINGS, Heart, Supervisor, supervise

BLOCKING_THREADS = 128
BACKPRESSURE = 256
DRAIN_WITHIN_S = 10
SCHEDULER_LATER_S = 2.5
CHORES_NICENESS = 5
"""Where everybody wants the processors, a third of what a process that takes turns gets. Not less: on SQLite
it holds the lock meanwhile for which turns wait."""
SIMULATED_WORLD = Path("var/simulator.json")
SIMULATED_QUOTA = 30_000
"""Messages a month, so that what is used and left can be seen; nobody who only plays gets to its end."""
MOST_WEB_WORKERS = 32


@click.command()
@click.option("--open/--no-open", "opens", default=False, help="Show the first page in a browser.")
@click.option(
    "--web-workers",
    default=1,
    type=click.IntRange(1, MOST_WEB_WORKERS),
    show_default=True,
    help="Web worker processes; SQLite takes one.",
)
@click.option(
    "--demo/--no-demo", "invents", default=True, help="Invent a shop's past at the first simulated start."
)
@click.option(
    "--shop",
    type=click.Choice(["rental", "tea_shop"]),
    help="The example that a first simulated start publishes: rental when left out.",
)
def up(*, opens: bool, web_workers: int, invents: bool, shop: str | None) -> None:
    """Run everything until Ctrl-C: web, workers, scheduler, and without LINE credentials the simulator."""
    from bot.cli.opening import load_settings
    from bot.up import run

    settings = load_settings()
    for warning in settings.warnings():
        click.echo(f"Tagline: {warning}", err=True)
    _require_sharing(settings.database_url, web_workers)
    sys.exit(run(settings, web_workers=web_workers, opens=opens, invents=invents, shop=shop))


@click.command()
@click.option(
    "--workers",
    default=1,
    type=click.IntRange(1, MOST_WEB_WORKERS),
    show_default=True,
    help="Worker processes that share the port; SQLite takes one.",
)
def web(*, workers: int) -> None:
    """Serve the webhook, the console and the health pages."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    from bot.cli.opening import load_settings
    from bot.ports import require_free

    settings = load_settings()
    _require_sharing(settings.database_url, workers)
    require_free(settings.host, settings.port)
    follow_up()
    take_children_along()
    # 64 live streams each hold a thread, and the webhook must still get through.
    Granian(
        "bot.app:wsgi",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=BLOCKING_THREADS,
        backpressure=BACKPRESSURE,
        workers_kill_timeout=DRAIN_WITHIN_S,
        log_level=LogLevels.error,
    ).serve()


@click.command()
@click.option("--child", "is_child", is_flag=True, hidden=True, help="Be the one that takes turns.")
@click.option("--chores", "does_chores", is_flag=True, hidden=True, help="Be the one that does the rest.")
@click.option("--heartbeat", type=int, hidden=True, help="File descriptor of the supervising parent.")
def worker(*, is_child: bool, does_chores: bool, heartbeat: int | None) -> None:
    """Handle events and send. A light parent restarts its two children when they die or hang."""
    if is_child or does_chores:
        _work(heartbeat, does_chores=does_chores)
        return
    follow_up()
    command = (sys.executable, "-m", "bot", "worker")
    sys.exit(
        supervise(
            [
                Supervisor((*command, "--child"), say=_say),
                Supervisor((*command, "--chores"), say=_say, name="worker for chores"),
            ]
        )
    )


@click.command()
def scheduler() -> None:
    """Do what is due by the clock. Several may run: one leads, the others stand by."""
    if is_followed():
        # What is due by the clock can wait: first the processors are for who answers and who is asked.
        time.sleep(SCHEDULER_LATER_S)
    from bot import logs
    from bot.cli.opening import load_settings, open_database
    from bot.scheduler import Scheduler
    from core.clock import system_clock
    from core.leases import new_owner

    settings = load_settings()
    logs.configure(settings.log_level)
    logs.catch_the_rest()
    endings = _hold_back_endings()
    follow_up()
    with open_database(settings) as database:
        clock = Scheduler(database, clock=system_clock, zone=settings.time_zone, owner=new_owner())
        clock.start()
        signal.sigwait(endings)
        clock.stop()


@click.command()
@click.option("--webhook-url", help="Where events are posted; this program's own when left out.")
def simulator(*, webhook_url: str | None) -> None:
    """Play LINE on PORT + 1: the Messaging API for the bot, and a phone page for people."""
    from bot.cli.opening import load_settings
    from bot.peek import account_name
    from bot.ports import require_free
    from simulator.server import serve

    settings = load_settings()
    if not settings.is_simulated:
        raise Refused("LINE credentials are set: with them the program talks to LINE and needs no simulator")
    port = settings.port + 1
    require_free("127.0.0.1", port)
    follow_up()
    take_children_along()
    serve(
        "127.0.0.1",
        port,
        channel_secret=settings.channel_secrets[0],
        access_token=settings.access_token,
        webhook_url=webhook_url or f"{settings.base_url}/callback",
        display_name=account_name(settings.database_url) or "Tagline",
        keep_in=SIMULATED_WORLD,
        quota=SIMULATED_QUOTA,
    )


def _work(heartbeat: int | None, *, does_chores: bool) -> None:
    if does_chores:
        # Nobody waits for it as somebody waits for a reply, not even while everything starts.
        os.nice(CHORES_NICENESS)
    from bot import logs
    from bot.cli.opening import load_settings

    if does_chores:
        from bot.chores_child import work
    else:
        from bot.worker_child import work

    try:
        settings = load_settings()
    except Refused as error:
        error.show()
        sys.exit(BAD_SETTINGS)
    logs.configure(settings.log_level)
    logs.catch_the_rest()
    work(settings, None if heartbeat is None else Heart(heartbeat))


def _require_sharing(database_url: str, web_workers: int) -> None:
    """Two processes that commit to one SQLite file wait for each other: p99 rises from 20 to 300 ms."""
    if web_workers > 1 and database_url.startswith("sqlite"):
        raise Refused("SQLite takes one web process: leave --workers at 1, or use PostgreSQL")


def _hold_back_endings() -> Sequence[signal.Signals]:
    """Keep SIGTERM and SIGINT, in all threads started from here on, for `sigwait`."""
    endings = (signal.SIGTERM, signal.SIGINT)
    signal.pthread_sigmask(signal.SIG_BLOCK, endings)
    return endings


def _say(what: str) -> None:
    click.echo(f'{{"event": "supervisor", "level": "warning", "what": "{what}"}}')
