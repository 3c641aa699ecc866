"""`up`: every process of the program, started together, shown together, stopped together."""

import http.client
import os
import shlex
import signal
import subprocess
import sys
import threading
import webbrowser
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import monotonic
from typing import Any

import sqlalchemy as sa
from honcho.manager import SYSTEM_PRINTER_NAME, Manager
from honcho.printer import Printer

from bot import journal, lifeline, logs, peek
from bot.ports import require_free
from config import Settings
from core.errors import Rejected

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
FIRST = "rental"
"""The example that is shown unless somebody asks for another."""
METRICS = Path("var/metrics")
FIRST_PAGE = "/console/sign-in"
READY_WITHIN_S = 60.0
STOPPED_BY_SIGNAL = {130, 143}
"""What honcho ends with after Ctrl-C or SIGTERM, which is what was asked for."""


class NotPrepared(Rejected):
    """The database could not be made ready; what was wrong has been told already."""


def run(settings: Settings, *, web_workers: int, opens: bool, invents: bool, shop: str | None = None) -> int:
    """Prepare the database, run everything until told to stop, and return the exit code.

    :param invents: fill an empty simulated shop with an invented past.
    :param shop: which example, where nothing is published yet.
    """
    require_free(settings.host, settings.port)
    if settings.is_simulated:
        require_free("127.0.0.1", settings.port + 1)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # takes along what prepares the database
    is_invented = _prepare(settings, invents=invents, shop=shop)
    for old in METRICS.glob("*.db"):
        old.unlink(missing_ok=True)  # counts of processes that are no more
    os.environ[lifeline.PARENT] = str(os.getpid())
    manager = _Processes(_Screen(settings, opens=opens, is_invented=is_invented))
    for name, arguments in _processes(settings, web_workers=web_workers):
        manager.add_process(name, _command(arguments))
    manager.loop()
    code: int = manager.returncode or 0
    return 0 if code in STOPPED_BY_SIGNAL else code


def _processes(settings: Settings, *, web_workers: int) -> Iterator[tuple[str, Sequence[str]]]:
    yield "web", ["web", "--workers", str(web_workers)]
    for number in range(1, settings.workers + 1):
        yield f"worker.{number}", ["worker"]
    if settings.is_simulated:
        yield "simulator", ["simulator"]
    yield "scheduler", ["scheduler"]


def _command(arguments: Sequence[str]) -> str:
    """Return the shell's line for a process; `exec`, so that signals meet the process and not its shell."""
    return f"exec {shlex.join([sys.executable, '-m', 'bot', *arguments])}"


def _prepare(settings: Settings, *, invents: bool, shop: str | None = None) -> bool:
    """Bring the database up to date, and say whether there is an invented shop.

    What takes long imports is done elsewhere, and only when needed.
    """
    try:
        found = peek.look(settings.database_url)
    except sa.exc.SQLAlchemyError as error:
        said = str(getattr(error, "orig", error)).strip().splitlines()
        raise NotPrepared(
            f"the database cannot be used: {said[0] if said else type(error).__name__}"
        ) from None
    if found.revision != peek.newest_migration():
        _do("preparing the database", "db", "upgrade")
    # Real customers must not be given to staff who do not exist, nor LINE be told of friends it does not know,
    # nor may anybody be pushed to at night. Somebody's own simulator may go on with whom it knows.
    is_demo = found.is_invented or found.is_open_all_day
    is_over = is_demo and not settings.is_simulated
    if is_over or (settings.is_line_elsewhere and peek.has_met_simulated(settings.database_url)):
        _do("taking the invented shop away, for LINE is real now", "demo", "remove")
    is_new = settings.is_simulated and not found.is_published
    if is_new:
        example = EXAMPLES / (shop or FIRST)
        if invents:
            _do("inventing a shop that has been open for a while", "demo", "fill", example.name)
        else:
            _do(f"publishing {example.relative_to(ROOT)}", "playbook", "apply", str(example))
    elif found.is_half_invented and settings.is_simulated and invents:
        _do("inventing the shop anew, for that was cut short", "demo", "fill")
    elif shop is not None:
        other = f"python -m bot demo reset {shop}"
        print(f"Tagline: a shop is there already; another comes with: {other}", file=sys.stderr, flush=True)
    if not journal.hashes().issubset(found.erased):
        _do("erasing again whom a backup brought back", "contact", "reapply-erasures")
    return settings.is_simulated and (found.is_invented or (is_new and invents))


def _do(what: str, *arguments: str) -> None:
    print(f"Tagline: {what} ...", file=sys.stderr, flush=True)
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "bot", *arguments], stdout=subprocess.DEVNULL, check=False
    )
    if done.returncode:
        raise NotPrepared(f"{what} failed, so nothing was started")


class _Processes(Manager):  # type: ignore[misc]
    """Waits with stopping until everything has started: before that honcho has no process to signal."""

    is_asked_to_stop = False

    def terminate(self) -> None:
        self.is_asked_to_stop = True
        self._all_started()

    def _all_started(self) -> bool:
        has_started = bool(super()._all_started())
        if has_started and self.is_asked_to_stop:
            super().terminate()
        return has_started


class _Screen(Printer):  # type: ignore[misc]
    """Shows what the processes say, and greets when the first page answers.

    For people each line says which process it is from, and is told as one reads; for other programs it stays
    the JSON it is.
    """

    def __init__(self, settings: Settings, *, opens: bool, is_invented: bool) -> None:
        self._is_for_people = sys.stdout.isatty()
        has_colours = not os.environ.get("NO_COLOR")
        super().__init__(sys.stdout, prefix=self._is_for_people, colour=has_colours)
        self._render = logs.readable(colours=has_colours)
        given = {"opens": opens, "is_invented": is_invented}
        self._greeter = threading.Thread(target=_greet, args=[settings], kwargs=given, daemon=True)
        self._has_begun = False

    def write(self, message: Any) -> None:
        if not self._has_begun:
            # Only now: honcho has forked its processes, and threads do not survive that.
            self._has_begun = True
            self._greeter.start()
        if message.name != SYSTEM_PRINTER_NAME:
            super().write(self._told(message) if self._is_for_people else message)
        elif " stopped " in message.data:
            print(f"Tagline: {message.data.strip()}", file=sys.stderr, flush=True)

    def _told(self, message: Any) -> Any:
        lines = message.data.decode(errors="replace").removesuffix("\n").split("\n")
        return message._replace(data="\n".join(map(self._render, lines)) + "\n")


def _greet(settings: Settings, *, opens: bool, is_invented: bool) -> None:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - compared
    if not _answers(host, settings.port):
        return
    console = f"http://{f'[{host}]' if ':' in host else host}:{settings.port}/console/"
    playing = None
    if is_invented:
        playing, link = _welcome()
        console = link or console
    lines = []
    if settings.is_simulated:
        lines += [
            f"  A phone to play with   {settings.simulator_base}/",
            "                         (no LINE credentials are set, so LINE is simulated)",
        ]
    lines += [f"  The staff's console    {console}", "  Ctrl-C stops everything.", ""]
    _say("Tagline is running.", lines)
    if opens:
        webbrowser.open(console)
    if playing is not None and playing.wait() == 0:
        # By now the log of those conversations has pushed the addresses off the screen.
        _say("The shop's last conversations have been played.", lines)


def _say(what: str, lines: Sequence[str]) -> None:
    print("\n".join(["", f"  {what}", *lines]), file=sys.stderr, flush=True)


def _welcome() -> tuple[subprocess.Popen[str], str]:
    """Bring the invented friends to the simulator; return who does it, and the link that signs in once.

    The process goes on by itself: it plays the shop's last conversations.
    """
    arguments = [sys.executable, "-m", "bot", "demo", "welcome"]
    playing = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # noqa: S603
    line = playing.stdout.readline() if playing.stdout is not None else ""
    return playing, line.strip()


def _answers(host: str, port: int) -> bool:
    """Wait until the staff's first page is there; False if it is not within a minute.

    That page and not a quicker one: it is what people are waiting for, and loads what all others need.
    """
    until = monotonic() + READY_WITHIN_S
    while monotonic() < until:
        connection = http.client.HTTPConnection(host, port, timeout=READY_WITHIN_S)
        try:
            connection.request("GET", FIRST_PAGE)
            if connection.getresponse().status == 200:
                return True
        except OSError:
            threading.Event().wait(0.1)
        finally:
            connection.close()
    return False
