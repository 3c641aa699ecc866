"""Structured logs: one JSON object a line, ids and never message text.

An exception is told by its type and our lines it came through (`core.errors.describe`): what it says
itself may quote a customer.
"""

import json
import logging
import sys
import threading
from collections.abc import Callable, MutableMapping
from types import TracebackType
from typing import Any, TextIO

from core.errors import describe

# Wherever rich is installed structlog loads it, and pygments, for coloured tracebacks that we never print: 5 MB
# and a tenth of a second in each process. This is where processes load structlog first.
is_hidden = "rich" not in sys.modules
if is_hidden:
    sys.modules["rich"] = None  # type: ignore[assignment]  # which is how an import is refused
import structlog  # noqa: E402

if is_hidden:
    del sys.modules["rich"]

log = structlog.get_logger()


def configure(level: str, stream: TextIO = sys.stdout) -> None:
    """Send every log line of this process to `stream`; long-running processes use stdout, commands stderr."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _tell_exception,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(LibraryFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def readable(*, colours: bool) -> Callable[[str], str]:
    """Return what turns a line of the log into one that people read, without its time; other lines stay."""
    render = structlog.dev.ConsoleRenderer(colors=colours)

    def told(line: str) -> str:
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            return line
        if not isinstance(event, dict) or not all(isinstance(event.get(name, ""), str) for name in _TEXTS):
            return line
        event.pop("timestamp", None)
        return str(render(None, "", {_plain(name): _plain(value) for name, value in event.items()}))

    return told


_TEXTS = ("event", "level", "logger", "exception", "stack")
"""Which the renderer takes for texts."""


def _plain(value: Any) -> Any:
    """Write a text so that it cannot give a terminal orders."""
    return ascii(value)[1:-1] if isinstance(value, str) and not value.isprintable() else value


def catch_the_rest() -> None:
    """Log also what nobody caught, instead of the traceback that Python would print with every message in it."""
    sys.excepthook = _uncaught
    threading.excepthook = lambda args: log.error(
        "thread.failed", thread=args.thread.name if args.thread else None, exc_info=args.exc_value
    )


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        log.error("process.failed", exc_info=error)


class LibraryFormatter(logging.Formatter):
    """Tells that a library had something to say, and never what: it may have put a customer's words into it."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "event": record.name,
            "level": record.levelname.lower(),
            "place": f"{record.module}:{record.lineno}",
        }
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            told["exception"] = describe(error)
        return json.dumps(told, ensure_ascii=False)


def _tell_exception(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    given = event.pop("exc_info", None)
    error = sys.exception() if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["exception"] = describe(error)
    return event
