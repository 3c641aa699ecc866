"""What a process logs: everything that went wrong, and nothing that anybody wrote."""

import json
import subprocess
import sys
from collections.abc import MutableMapping
from typing import Any, NoReturn

import pytest
import structlog
from structlog.contextvars import merge_contextvars

from bot import dispatch, logs, worker
from line import sdk_client
from tests.shop import EXAMPLES, Shop

SAID = "my secret illness"

PROGRAM = """
import logging, sys, threading
import structlog
from bot import logs

logs.configure("INFO", sys.stdout)
logs.catch_the_rest()
log = structlog.get_logger()

def stumble():
    int("my secret illness")

try:
    stumble()
except ValueError as error:
    log.error("by hand", exc_info=error)
    log.exception("by the way", kind="menus")
    logging.getLogger("a.library").exception("it choked on %s", "my secret illness")
logging.getLogger("a.library").warning("who writes %r?", "my secret illness")
thread = threading.Thread(target=stumble, name="busy")
thread.start()
thread.join()
stumble()
"""


def test_no_exception_brings_its_message_into_the_logs() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == ""
    assert SAID not in done.stdout
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(line["event"], line["level"]) for line in lines] == [
        ("by hand", "error"),
        ("by the way", "error"),
        ("a.library", "error"),
        ("a.library", "warning"),
        ("thread.failed", "error"),
        ("process.failed", "error"),
    ]
    assert [line.get("exception", "").split(" ")[0] for line in lines] == [
        "ValueError",
        "ValueError",
        "ValueError",
        "",
        "ValueError",
        "ValueError",
    ]
    assert (lines[1]["kind"], lines[4]["thread"]) == ("menus", "busy")


def test_a_line_tells_whose_event_it_is_about(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.publishes(EXAMPLES / "tea_shop")
    mina = shop.person("Mina")
    mina.follows()
    lines: list[dict[str, Any]] = []

    def keep(_logger: object, _level: str, line: MutableMapping[str, Any]) -> NoReturn:
        lines.append(dict(line))
        raise structlog.DropEvent

    for module in (worker, sdk_client):
        logger = structlog.wrap_logger(None, [merge_contextvars, keep], structlog.stdlib.BoundLogger)
        monkeypatch.setattr(module, "log", logger)
    mina.says(SAID)
    (turn,) = [line for line in lines if line["event"] == "turn.done"]
    (reply,) = [line for line in lines if line.get("endpoint") == "message/reply"]
    assert turn["contact"] == shop.contact(mina).public_id
    assert reply["event_id"] == turn["event_id"]
    assert reply["request_id"]
    assert SAID not in str(lines)

    def fails(*_: object, **__: object) -> None:
        raise ValueError(SAID)

    monkeypatch.setattr(dispatch, "react", fails)
    mina.says("hello")
    failed = next(line for line in lines if line["event"] == "turn.failed")
    assert failed["contact"] == turn["contact"]
    assert failed["event_id"] != turn["event_id"]


def test_people_read_lines_that_were_json() -> None:
    told = logs.readable(colours=False)
    line = json.dumps(
        {"event": "turn.done", "level": "info", "timestamp": "2026-11-23T01:43:31Z", "outcome": "handled"}
    )
    assert told(line).split() == ["[info", "]", "turn.done", "outcome=handled"]
    assert told("Listening at 8000") == "Listening at 8000"
    assert told("[1, 2]") == "[1, 2]"


@pytest.mark.parametrize("hostile", ["\x1b[2Jgone", "a\rb", "\u202eback", "a\nb"])
def test_nothing_in_a_line_commands_the_terminal(hostile: str) -> None:
    told = logs.readable(colours=False)(json.dumps({"event": "odd", "level": "warning", "path": hostile}))
    assert told.isprintable()
    assert ascii(hostile)[1:-1] in told


@pytest.mark.parametrize(
    "odd",
    [
        '{"event": "x", "level": 30}',
        '{"event": "x", "level": null}',
        '{"event": "x", "exception": 5}',
        '{"event": "x", "stack": {}}',
        '{"event": 7}',
        "[" * 100_000,
        "",
    ],
)
def test_lines_that_others_print_are_shown_as_they_are(odd: str) -> None:
    assert logs.readable(colours=True)(odd) == odd
