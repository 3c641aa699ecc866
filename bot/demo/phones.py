"""The simulated phones, reached as anybody reaches them: by HTTP, at the simulator's own address."""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from bot.segmenting import SEGMENTS
from console.stage_port import Act, Scene, Somebody
from core.errors import Conflict, NotFound
from playbook.transcript_model import Line, Transcript

TIMEOUT_S = 5.0
NAMES = {
    "zh-TW": ("陳怡君", "林冠宇", "周雅雯", "許承恩", "蔡宜蓁"),
    "ja": ("高田 さくら", "森 大地", "清水 杏"),
    "en": ("Olivia Brown", "Jack Turner", "Maya Patel"),
}
"""Who plays a scene; somebody new each time, numbered when the names run out."""
MOST_PEOPLE = 30
FIRST = ("a_home", "find_home", "my_cup")
"""How the keys of the scenes begin that are offered first."""


class Simulator:
    """The control of a simulated LINE.

    :raises Conflict: by every method, when it does not answer or a phone does not allow the act.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    def people(self) -> Sequence[Somebody]:
        return [Somebody(one["user_id"], one["name"]) for one in self._ask("GET", "/sim/persons")]

    def person(self, name: str, language: str) -> Somebody:
        """Let a person live there, as a stranger to the account."""
        made = self._ask("POST", "/sim/persons", {"name": name, "language": language})
        return Somebody(made["user_id"], made["name"])

    def gather(self, friends: Sequence[Mapping[str, Any]]) -> None:
        """Let friends live there whom nobody plays."""
        self._ask("PUT", "/sim/crowd", {"friends": list(friends)})

    def sees(self, user_id: str) -> int:
        """Return how many bubbles somebody's chat has."""
        return len(self._ask("GET", f"/sim/persons/{user_id}")["chat"])

    def act(self, user_id: str, line: Line) -> None:
        """Let somebody do what a line of a transcript says."""
        name, given = act_of(line)
        self._ask("POST", f"/sim/persons/{user_id}/{name}", given)

    def _ask(self, method: str, path: str, given: Mapping[str, Any] | None = None) -> Any:
        body = None if given is None else json.dumps(given).encode()
        request = Request(  # noqa: S310 - our own simulator, on this machine
            self._url + path, body, {"Content-Type": "application/json"}, method=method
        )
        try:
            with urlopen(request, timeout=TIMEOUT_S) as response:  # noqa: S310
                return json.load(response)
        except HTTPError as error:
            with error:
                said = error.read(2000).decode(errors="replace")
            raise Conflict(f"the phone does not allow it: {said}") from None
        except (URLError, TimeoutError) as error:
            raise Conflict(f"the simulated LINE does not answer: {error}") from None


def act_of(line: Line) -> tuple[str, Mapping[str, Any]]:
    """Return the simulator's act for what the customer does in a line."""
    match line.does:
        case "adds":
            return "follow", {}
        case "types":
            return "say", {"text": line.types}
        case "picks":
            return "pick", {"value": line.picks}
        case "sends":
            return str(line.sends), {}
        case _:
            return "tap", {"label": line.taps or line.menu}


class Scenes:
    """The transcripts of a playbook's folder, read when first asked for."""

    def __init__(self, read: Callable[[Path], Sequence[Transcript]], folder: Callable[[], Path]) -> None:
        """:param folder: says which one, each time: an invented shop may become another."""
        self._read = read
        self._folder = folder
        self._lock = threading.Lock()
        self._known: dict[Path, dict[str, Transcript]] = {}

    @classmethod
    def of_folder(cls, folder: Callable[[], Path]) -> "Scenes":
        def read(folder: Path) -> Sequence[Transcript]:
            from playbook.check import check

            found = check(folder, segments=SEGMENTS).playbook
            return () if found is None else found.transcripts

        return cls(read, folder)

    def all(self) -> Mapping[str, Transcript]:
        """Return them by key; those a person can come for without a past, and a phone can play."""
        folder = self._folder()
        with self._lock:
            if folder not in self._known:
                self._known[folder] = {
                    one.key: one
                    for one in self._read(folder)
                    if not one.contact.tags
                    and not one.contact.fields
                    and one.contact.name is not None
                    and all(line.is_playable_by_hand for line in one.lines)
                }
            return self._known[folder]


class Stage:
    """What the console's stage asks for (`console.stage_port.Phones`)."""

    def __init__(self, simulator: Simulator, scenes: Scenes, default_language: str = "zh-TW") -> None:
        self._simulator = simulator
        self._scenes = scenes
        self._default_language = default_language

    def people(self) -> Sequence[Somebody]:
        return self._simulator.people()[:MOST_PEOPLE]

    def scenes(self) -> Sequence[Scene]:
        found = [
            Scene(one.key, one.name, one.language or self._default_language, _acts(one))
            for one in self._scenes.all().values()
        ]
        # The whole search for a home first: it shows most.
        return sorted(found, key=lambda scene: (not scene.key.startswith(FIRST), scene.key))

    def enter(self, scene_key: str) -> Somebody:
        transcript = self._find(scene_key)
        language = transcript.language or self._default_language
        taken = {one.name for one in self._simulator.people()}
        names = NAMES.get(language, NAMES["en"])
        free = next((name for name in names if name not in taken), f"{names[0]} {len(taken)}")
        return self._simulator.person(free, language)

    def play(self, user_id: str, scene_key: str, number: int) -> None:
        does = [line for line in self._find(scene_key).lines if line.does]
        if number >= len(does):
            raise NotFound(f"scene {scene_key} has {len(does)} acts")
        self._simulator.act(user_id, does[number])

    def _find(self, key: str) -> Transcript:
        found = self._scenes.all().get(key)
        if found is None:
            raise NotFound(f"there is no scene {key}")
        return found


def _acts(transcript: Transcript) -> Sequence[Act]:
    return [
        Act(str(getattr(line, line.does)) if line.does != "adds" else "", line.does)
        for line in transcript.lines
        if line.does
    ]
