"""A light parent that keeps its children working: it listens to their hearts, and kills what has fallen silent.

It shares a socket with each. The child sends a byte now and then; either end sees the other's death as
its closing, even by kill -9. Nothing but the standard library is imported here.
"""

import os
import queue
import select
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic
from types import FrameType

SILENT_AFTER_S = 8.0
START_WITHIN_S = 60.0
"""How long a child may take until its first beat: it imports a lot, perhaps on a machine that is busy."""
STOP_WITHIN_S = 10.0
LONGEST_BACKOFF_S = 5.0
LIVED_S = 10.0
"""A child that lived this long is replaced at once; one that died sooner waits, longer each time."""
BAD_SETTINGS = 78
"""The exit code of a child that no restart can help (EX_CONFIG of sysexits.h)."""
NOT_STARTED = 126
"""What counts as the exit code of a child that could not be started."""

Say = Callable[[str], None]


def supervise(supervisors: Sequence["Supervisor"]) -> int:
    """Let children be supervised until SIGTERM or SIGINT; return the exit code. Only a main thread can.

    They start one after another, the more urgent first: each when the one before is at work, or has failed
    to. When one is given up, all are stopped.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        for one in supervisors:
            one.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    codes: queue.SimpleQueue[int] = queue.SimpleQueue()

    def run(one: Supervisor) -> None:
        codes.put(one.run())
        one.has_had_its_start.set()

    for one in supervisors:
        threading.Thread(target=run, args=[one], name="supervisor", daemon=True).start()
        one.has_had_its_start.wait()
    worst = 0
    for _ in supervisors:
        code = codes.get()
        worst = max(worst, code)
        if code:
            for one in supervisors:
                one.stop()
    return worst


class Supervisor:
    """Runs `command` with `--heartbeat FD` appended, and runs it again when it dies."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        say: Say,
        name: str = "worker",
        silent_after_s: float = SILENT_AFTER_S,
        stop_within_s: float = STOP_WITHIN_S,
    ) -> None:
        """:param name: what it is called in what is said."""
        self._command = command
        self._say = say
        self._name = name
        self._silent_after_s = silent_after_s
        self._stop_within_s = stop_within_s
        self._is_stopping = False
        self._stop_by = 0.0
        self._child: subprocess.Popen[bytes] | None = None
        self.has_had_its_start = threading.Event()
        """Set when a child has beaten for the first time, or ended without."""
        self._bell, self._ringer = socket.socketpair()
        self._ringer.setblocking(False)

    def run(self) -> int:
        """Supervise until `stop`; return the exit code."""
        backoff_s = 0.0
        while not self._is_stopping:
            began = monotonic()
            code = self._one_life()
            self.has_had_its_start.set()
            if code == BAD_SETTINGS:
                return 1
            lived_s = monotonic() - began
            backoff_s = 0.0 if lived_s >= LIVED_S else min(max(backoff_s * 2, 0.25), LONGEST_BACKOFF_S)
            if not self._is_stopping:
                self._say(
                    f"the {self._name} ended with {code} after {lived_s:.1f} s; the next in {backoff_s:g} s"
                )
                self._wait([self._bell], backoff_s)
        return 0

    def _one_life(self) -> int:
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                try:
                    child = subprocess.Popen(  # noqa: S603 - our own program
                        [*self._command, "--heartbeat", str(theirs.fileno())], pass_fds=[theirs.fileno()]
                    )
                except OSError as error:
                    # No memory or no process was left for it, perhaps only now; the other child goes on.
                    self._say(f"the {self._name} cannot be started: {error.strerror}")
                    return NOT_STARTED
            self._child = child
            if self._is_stopping:  # told so while it was being started
                child.terminate()
            self._listen(ours, child)
            code = child.wait()
            self._child = None
            return code

    def _listen(self, beats: socket.socket, child: subprocess.Popen[bytes]) -> None:
        """Return when the child is dead or dying."""
        silent_at = monotonic() + START_WITHIN_S
        while True:
            until = self._stop_by if self._is_stopping else silent_at
            if monotonic() >= until:
                what = "does not stop" if self._is_stopping else "is silent"
                self._say(f"the {self._name} {what}")
                child.kill()
                return
            if beats in self._wait([beats, self._bell], until - monotonic()):
                if not _received(beats):
                    break
                self.has_had_its_start.set()
                silent_at = monotonic() + self._silent_after_s
        # Its end of the socket is closed, which happens a moment before its death.
        try:
            child.wait(timeout=self._stop_within_s)
        except subprocess.TimeoutExpired:
            child.kill()

    def _wait(self, sockets: list[socket.socket], timeout_s: float) -> list[socket.socket]:
        ready, _, _ = select.select(sockets, [], [], max(timeout_s, 0))
        if self._bell in ready:
            _received(self._bell)
        return ready

    def stop(self) -> None:
        """Tell the child to end, and let `run` return; from any thread or a signal."""
        if not self._is_stopping:
            self._stop_by = monotonic() + self._stop_within_s
            self._is_stopping = True
        child = self._child
        if child is not None:
            child.terminate()
        with suppress(BlockingIOError):
            self._ringer.send(b"!")


class Heart:
    """The child's end of the socket."""

    def __init__(self, fd: int) -> None:
        self._socket = socket.socket(fileno=fd)
        self._socket.setblocking(False)

    def beat(self) -> None:
        """Tell the parent that we live."""
        try:
            self._socket.send(b".")
        except OSError:
            return  # a parent that is stopped does not listen, a dead one is seen by `watch_parent`

    def watch_parent(self, stop: Callable[[], None], *, within_s: float = STOP_WITHIN_S) -> None:
        """Stop when the parent dies; if stopping takes too long, end this process all the same."""

        def watch() -> None:
            while select.select([self._socket], [], [])[0] and _received(self._socket):
                pass
            stop()
            threading.Event().wait(within_s)
            os._exit(1)

        threading.Thread(target=watch, name="parent", daemon=True).start()


def _received(end: socket.socket) -> bool:
    """Take what has come; False once the other end is closed."""
    try:
        return bool(end.recv(4096))
    except BlockingIOError:
        return True
    except OSError:
        return False
