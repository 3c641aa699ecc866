"""The eight people of the demo: always the same, so that a reset finds them again."""

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.state import Line

DEMO_PERSONS: tuple[tuple[str, str], ...] = (
    ("王小美", "zh-TW"),
    ("張志豪", "zh-TW"),
    ("李佳穎", "zh-TW"),
    ("黃俊傑", "zh-TW"),
    ("高橋 陽菜", "ja"),
    ("鈴木 健太", "ja"),
    ("Emily Carter", "en"),
    ("김민지", "ko"),
)
"""Name and language of the LINE app."""


def make_demo_persons(line: "Line") -> None:
    """Let the demo persons live on the platform, as strangers to the account."""
    for name, language in DEMO_PERSONS:
        line.person(name, language=language, user_id=demo_user_id(name))


def demo_user_id(name: str) -> str:
    """Return the user id of a demo person, the same in every run."""
    return "U" + hashlib.sha256(f"demo person {name}".encode()).hexdigest()[:32]


def demo_user_ids() -> tuple[str, ...]:
    """Return the ids of all eight; they are older than the mark of `simulator.ids.SIMULATED`, and stay without it."""
    return tuple(demo_user_id(name) for name, _language in DEMO_PERSONS)
