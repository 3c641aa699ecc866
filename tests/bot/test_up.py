"""The whole program as its processes: started, used, killed, stopped. Nothing may be left behind."""

import http.client
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import orjson
import pytest
from honcho.printer import Message
from pydantic import SecretStr

from bot import journal, up
from config import Settings
from contacts.service import hash_user_id, meet
from core.clock import system_clock
from core.db import Database
from line.channels import ensure_channel
from simulator.server import TEST_SECRET, TEST_TOKEN, Simulator
from tests.ports import two_free_ports

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

STOPS_WITHIN_S = 60


class Program:
    """`up` in a folder of its own, on two free ports."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.port = two_free_ports()
        self.environment = {**os.environ, "PORT": str(self.port), **environment}
        self.process: subprocess.Popen[str] | None = None

    def start(self, *arguments: str) -> None:
        with (self.folder / "out").open("a") as out, (self.folder / "err").open("a") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot", "up", *arguments],
                cwd=self.folder,
                env=self.environment,
                stdout=out,
                stderr=err,
                text=True,
            )

    def starts(self, *arguments: str, within_s: float = 60.0) -> None:
        """Start, and wait until the first page and the phone answer."""
        self.start(*arguments)
        until(lambda: self.get("/healthz") == 200 or self._is_over(), within_s=within_s)
        if "LINE_CHANNEL_SECRET" not in self.environment:
            until(lambda: self.get("/", port=self.port + 1) == 200 or self._is_over())
        assert not self._is_over(), self.told()

    def stops(self, number: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=STOPS_WITHIN_S)

    def get(self, path: str, *, port: int | None = None) -> int:
        return self.ask("GET", path, port=port)[0]

    def ask(self, method: str, path: str, body: Any = None, *, port: int | None = None) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=30)
        try:
            connection.request(
                method,
                path,
                orjson.dumps(body) if body is not None else None,
                {"Content-Type": "application/json"},
            )
            answer = connection.getresponse()
            said = answer.read()
        except OSError:
            return 0, None
        finally:
            connection.close()
        is_json = answer.getheader("Content-Type", "").startswith("application/json")
        return answer.status, orjson.loads(said) if is_json else said.decode()

    def plays(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the simulator."""
        status, said = self.ask(method, f"/sim{path}", body, port=self.port + 1)
        assert status in {200, 201}, (status, said)
        return said

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def processes(self) -> dict[int, str]:
        """Return the living processes of this program, by number: all work in its folder."""
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                if (entry / "cwd").readlink() == self.folder:
                    found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue  # it ended, or is somebody else's
        return {number: line for number, line in found.items() if line}

    def all_of(self, words: str) -> list[int]:
        """Return the processes whose command line holds the words."""
        return [number for number, line in self.processes().items() if words in line]

    def number_of(self, words: str) -> int:
        """Return the newest of these."""
        return max(self.all_of(words))

    def told(self) -> str:
        return (self.folder / "err").read_text()

    def ends(self) -> None:
        """Leave nothing behind, whatever the test did."""
        for number in self.processes():
            os.kill(number, signal.SIGKILL)
        if self.process is not None:
            self.process.wait()

    def _is_over(self) -> bool:
        return self.process is None or self.process.poll() is not None


def until(holds: Callable[[], bool], *, within_s: float = 60.0) -> None:
    end = monotonic() + within_s
    while not holds():
        assert monotonic() < end, "waited in vain"
        sleep(0.05)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a first start leaves in `var/`."""
    folder = tmp_path_factory.mktemp("prepared")
    for arguments in (
        ["db", "upgrade"],
        ["playbook", "apply", str(Path(__file__).parents[2] / "examples/tea_shop")],
    ):
        subprocess.run([sys.executable, "-m", "bot", *arguments], cwd=folder, check=True, capture_output=True)
    return folder / "var"


@pytest.fixture
def program(tmp_path: Path, prepared: Path) -> Iterator[Program]:
    """A program that was started before."""
    shutil.copytree(prepared, tmp_path / "var")
    one = Program(tmp_path)
    yield one
    one.ends()


def greeted(program: Program, name: str) -> list[str]:
    """Let somebody add the account; return what they saw after a while."""
    user_id = program.plays("POST", "/persons", {"name": name})["user_id"]
    program.plays("POST", f"/persons/{user_id}/follow", {})
    seen: list[str] = []

    def has_seen() -> bool:
        chat = program.plays("GET", f"/persons/{user_id}")["chat"]
        seen[:] = [entry["words"] for entry in chat if entry["author"] == "bot"]
        return bool(seen)

    until(has_seen)
    return seen


def quota_told(program: Program) -> Any:
    """Ask the simulated LINE, as the program does, how many messages a month there are."""
    key = (program.folder / "var/secret_key").read_text()
    token = Settings(secret_key=SecretStr(key)).simulated().access_token
    connection = http.client.HTTPConnection("127.0.0.1", program.port + 1, timeout=30)
    try:
        connection.request("GET", "/v2/bot/message/quota", headers={"Authorization": f"Bearer {token}"})
        return orjson.loads(connection.getresponse().read())
    finally:
        connection.close()


def test_a_newcomer_starts_it_plays_and_stops_it(tmp_path: Path, database_url: str, engine_name: str) -> None:
    """On PostgreSQL with two web processes that share a port, and two workers."""
    doors = 2 if engine_name == "postgresql" else 1
    program = Program(tmp_path, DATABASE_URL=database_url, WORKERS=str(doors))
    try:
        program.starts("--no-demo", "--web-workers", str(doors))  # the tour is a test of its own
        until(lambda: len(program.all_of("bot web")) == 1 + doors)
        assert program.get("/", port=program.port + 1) == 200, "the phone"
        assert "好窩租屋" in program.ask("GET", "/console/sign-in")[1]
        assert program.get("/readyz") == 200
        until(lambda: "Tagline is running" in program.told())
        assert f"http://127.0.0.1:{program.port + 1}/" in program.told()
        assert "Ctrl-C" in program.told()
        assert quota_told(program) == {"type": "limited", "value": 30_000}

        assert greeted(program, "王小美")[0].startswith("王小美 您好，歡迎加入好窩租屋！")
        (mina,) = [p for p in program.plays("GET", "/persons") if p["name"] == "王小美"]
        shown = program.command("contact", "show", mina["user_id"], "--json")
        assert orjson.loads(shown.stdout)["following"] == "following"
        assert shown.stderr == ""
        assert 'tagline_turns_total{outcome="handled"} 1.0' in program.ask("GET", "/metrics")[1]

        until(lambda: program.command("doctor").returncode == 0)
        lines = (tmp_path / "out").read_text().splitlines()
        assert all("event" in orjson.loads(line) for line in lines), "every line of the log is JSON"
        assert not any("王小美" in line for line in lines), "and names nobody"

        assert program.stops() == 0
        assert program.processes() == {}
    finally:
        program.ends()


def test_it_stops_also_while_it_is_starting(program: Program) -> None:
    program.start()
    until(lambda: any("bot web" in line for line in program.processes().values()))
    assert program.stops() == 0
    until(lambda: program.processes() == {}, within_s=10)


@pytest.mark.parametrize(
    ("name", "whom"), [("web", min), ("web", max), ("simulator", min), ("scheduler", min)]
)
def test_when_a_process_dies_everything_stops_and_says_so(
    program: Program, name: str, whom: Callable[..., int]
) -> None:
    program.start()
    until(lambda: len(program.all_of(f"bot {name}")) >= (2 if whom is max else 1))
    os.kill(whom(program.all_of(f"bot {name}")), signal.SIGKILL)
    assert program.process is not None
    assert program.process.wait(timeout=STOPS_WITHIN_S) != 0
    assert re.search(rf"{name} stopped \(rc=-?\d+\)", program.told())
    until(lambda: program.processes() == {}, within_s=10)


def test_neither_a_killed_worker_nor_a_restart_is_noticed(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is anybody back whom a backup brought back: the restart finds them erased."""
    program.starts()
    greeted(program, "王小美")
    child = program.number_of("worker --child")
    os.kill(child, signal.SIGKILL)
    assert greeted(program, "陳大文")[0].startswith("嗨 陳大文，")
    assert program.number_of("worker --child") != child

    sleep(1.5)  # the simulated world is written once a second
    assert program.stops(signal.SIGINT) == 0, "Ctrl-C"
    assert program.processes() == {}
    monkeypatch.chdir(program.folder)
    erased = brought_back_by_a_backup()
    program.starts()
    assert "erasing again whom a backup brought back" in program.told()
    assert program.command("contact", "show", erased).stderr.startswith("no contact has the id ")
    (mina,) = [p for p in program.plays("GET", "/persons") if p["name"] == "王小美"]
    chat = program.plays("GET", f"/persons/{mina['user_id']}")["chat"]
    assert any(entry["words"].startswith("嗨 王小美，") for entry in chat), "friends are still friends"


def brought_back_by_a_backup() -> str:
    """Make somebody known who was erased before; return their id."""
    mina = "U" + "1" * 32
    database = Database.connect("sqlite:///var/tagline.db")
    with database.write() as session:
        channel = ensure_channel(session, now=system_clock())
        meet(session, channel.id, mina, shard=1, sent_at=system_clock(), now=system_clock())
    database.dispose()
    key = Path("var/secret_key").read_bytes()
    journal.write(journal.Entry("default", hash_user_id(key, mina), system_clock()))
    return mina


@pytest.mark.parametrize("offset", [0, 1])
def test_a_port_that_is_taken_is_told_before_anything_starts(program: Program, offset: int) -> None:
    with socket.create_server(("127.0.0.1", program.port + offset)):
        program.start()
        assert program.process is not None
        assert program.process.wait(timeout=60) == 1
    assert program.told().startswith(f"port {program.port + offset} on 127.0.0.1 is taken: ")
    assert program.told().count("\n") == 1


def test_two_web_processes_on_sqlite_are_refused(program: Program) -> None:
    refused = program.command("up", "--web-workers", "2")
    assert refused.returncode == 1
    assert refused.stderr.startswith("SQLite takes one web process")


def test_what_will_not_do_for_customers_is_said_at_the_start(program: Program) -> None:
    program.environment |= {"LINE_CHANNEL_SECRET": TEST_SECRET, "LINE_CHANNEL_ACCESS_TOKEN": TEST_TOKEN}
    refused = program.command("up", "--web-workers", "2")  # before anything asks LINE
    assert refused.stderr.startswith(f"Tagline: BASE_URL is http://127.0.0.1:{program.port}, but LINE ")


def test_settings_that_cannot_be_used_are_told_by_each_process(program: Program) -> None:
    program.environment["TIME_ZONE"] = "Mars/Olympus"
    for name in ("up", "web", "worker", "scheduler", "simulator"):
        refused = program.command(name)
        assert refused.returncode == 1, name
        assert refused.stderr.startswith("TIME_ZONE must be "), name


def test_with_credentials_no_simulator_is_started(program: Program) -> None:
    """And when `up` itself is killed, its processes end."""
    with Simulator() as line:
        line.line.webhook_url = f"http://127.0.0.1:{program.port}/callback"
        program.environment |= {
            "LINE_CHANNEL_SECRET": TEST_SECRET,
            "LINE_CHANNEL_ACCESS_TOKEN": TEST_TOKEN,
            "LINE_API_BASE": line.url,
        }
        program.starts()
        assert program.get("/", port=program.port + 1) == 0
        mina = line.person("王小美")
        mina.follows()
        assert mina.waits_for(1, seconds=30)[0].startswith("嗨 王小美，")
        assert program.all_of("simulator") == []
        assert program.process is not None
        program.process.kill()
        program.process.wait()
        until(lambda: program.processes() == {}, within_s=STOPS_WITHIN_S)
    refused = program.command("simulator")
    assert refused.stderr.startswith("LINE credentials are set")


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


LINE = '{"outcome": "handled", "event": "turn.done", "level": "info"}'


def shown(monkeypatch: pytest.MonkeyPatch, out: io.StringIO, line: str = LINE) -> str:
    """Return how `up` shows one line of a worker's log."""
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(up, "_greet", lambda *_args, **_more: None)
    screen = up._Screen(Settings(), opens=False, is_invented=False)
    screen.write(
        Message("line", f"{line}\n".encode(), datetime(2026, 11, 23, 9, 5, tzinfo=UTC), "worker", "32")
    )
    return out.getvalue()


def test_in_a_terminal_the_log_is_told_as_one_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, _Terminal()).split() == [
        "09:05:00",
        "worker",
        "|",
        "[info",
        "]",
        "turn.done",
        "outcome=handled",
    ]


def test_for_other_programs_the_log_stays_json(monkeypatch: pytest.MonkeyPatch) -> None:
    assert orjson.loads(shown(monkeypatch, io.StringIO()))["event"] == "turn.done"


@pytest.mark.parametrize("hostile", ["\u2028\u009b2Jx", "\x1b[2J", "\u202eback", "\x85"])
@pytest.mark.parametrize("name", ["event", "level", "path", "exception"])
def test_nothing_that_a_stranger_sent_commands_the_terminal(
    monkeypatch: pytest.MonkeyPatch, hostile: str, name: str
) -> None:
    line = json.dumps({"event": "odd", "level": "info", name: hostile}, ensure_ascii=False)
    told = shown(monkeypatch, _Terminal(), line)
    assert told.replace("\n", "").isprintable()
    assert ascii(hostile)[1:-1] in told
