"""The simulated phones, reached as anybody reaches them: by HTTP, at the simulator's own address."""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from bot.segmenting import SEGMENTS
from console.stage_port import Act, Scene, Somebody
from core.errors import Conflict, NotFound
from playbook.transcript_model import Line, Person, Transcript

TIMEOUT_S = 5.0
NAMES = {
    "zh-TW": ("陳怡君", "林冠宇", "周雅雯", "許承恩", "蔡宜蓁"),
    "ja": ("高田 さくら", "森 大地", "清水 杏"),
    "en": ("Olivia Brown", "Jack Turner", "Maya Patel"),
}
"""Who plays a scene; somebody new each time, numbered when the names run out."""
MOST_PEOPLE = 30
OLD_HANDS = 8
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

    def person(self, name: str, language: str, *, has_profile: bool = True) -> Somebody:
        """Let a person live there, as a stranger to the account."""
        given = {"name": name, "language": language, "has_consented": has_profile}
        made = self._ask("POST", "/sim/persons", given)
        return Somebody(made["user_id"], made["name"])

    def gather(self, friends: Sequence[Mapping[str, Any]]) -> None:
        """Let friends live there whom nobody plays."""
        self._ask("PUT", "/sim/crowd", {"friends": list(friends)})

    def sees(self, user_id: str) -> int:
        """Return how many bubbles somebody's chat has."""
        return len(self._ask("GET", _address(user_id))["chat"])

    def act(self, user_id: str, line: Line) -> None:
        """Let somebody do what a line of a transcript says."""
        name, given = act_of(line)
        self._ask("POST", f"{_address(user_id)}/{name}", given)

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


def _address(user_id: str) -> str:
    """Return where somebody lives there; a browser may name anybody, and anything."""
    return f"/sim/persons/{quote(user_id, safe='')}"


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
        case "scans":
            return "scan", {"code": line.scans}
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
        """Return them by key."""
        folder = self._folder()
        with self._lock:
            if folder not in self._known:
                self._known[folder] = {one.key: one for one in self._read(folder)}
            return self._known[folder]


class Elsewhere(Protocol):
    """What is known of people from elsewhere than their phones."""

    def carries(self, user_id: str, person: Person) -> None:
        """Let somebody have the tags and fields that a transcript gives them beforehand."""

    def tells(self, user_id: str, line: Line, *, key: str) -> None:
        """Let another system tell of an order or an event; with the same key a second time nothing happens."""

    def knows_code(self, code: str) -> None:
        """Let a code count as an entry source."""

    def today(self) -> date:
        """Return the date in the account's zone."""


class Stage:
    """What the console's stage asks for (`console.stage_port.Phones`)."""

    def __init__(
        self,
        simulator: Simulator,
        scenes: Scenes,
        elsewhere: Elsewhere,
        default_language: str = "zh-TW",
    ) -> None:
        self._simulator = simulator
        self._scenes = scenes
        self._elsewhere = elsewhere
        self._default_language = default_language

    def people(self) -> Sequence[Somebody]:
        everybody = self._simulator.people()
        if len(everybody) <= MOST_PEOPLE:
            return everybody
        # Those who were there at first, and whoever came last: they play just now.
        return [*everybody[:OLD_HANDS], *everybody[OLD_HANDS - MOST_PEOPLE :]]

    def scenes(self) -> Sequence[Scene]:
        found = [
            Scene(one.key, one.name, one.language or self._default_language, _acts(one), one.waits)
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
        has_profile = transcript.contact.name is not None
        somebody = self._simulator.person(free, language, has_profile=has_profile)
        self._elsewhere.carries(somebody.user_id, transcript.contact)
        return somebody

    def play(self, user_id: str, scene_key: str, number: int) -> None:
        transcript = self._find(scene_key)
        acts = _lines(transcript)
        if number >= len(acts):
            raise NotFound(f"scene {scene_key} has {len(acts)} acts")
        line = acts[number]
        if line.happens is not None:
            self._elsewhere.tells(user_id, line, key=f"stage-{user_id}-{number}")
            return
        if line.scans is not None:
            self._elsewhere.knows_code(line.scans)
        self._simulator.act(user_id, self._in_these_days(line, transcript))

    def _in_these_days(self, line: Line, transcript: Transcript) -> Line:
        """Return a line with its day as far from today as it is from the transcript's own first day."""
        if line.picks is None or transcript.at is None or "-" not in line.picks:
            return line
        day, _t, clock = line.picks.partition("T")
        gap = date.fromisoformat(day) - datetime.fromisoformat(transcript.at).date()
        moved = (self._elsewhere.today() + gap).isoformat()
        return line.model_copy(update={"picks": f"{moved}T{clock}" if clock else moved})

    def _find(self, key: str) -> Transcript:
        found = self._scenes.all().get(key)
        if found is None:
            raise NotFound(f"there is no scene {key}")
        if found.waits:
            raise NotFound(f"in scene {key} days pass, which no phone can play")
        return found


def _lines(transcript: Transcript) -> Sequence[Line]:
    acts = [line for line in transcript.lines if line.does or line.happens]
    # Whoever does not come in the transcript is a friend in it already: a phone must become one first.
    return acts if any(line.adds or line.scans for line in acts) else [Line(adds=True), *acts]


def _acts(transcript: Transcript) -> Sequence[Act]:
    return [
        Act("" if line.happens or line.does == "adds" else str(getattr(line, line.does or "")), kind)
        for line in _lines(transcript)
        if (kind := line.does or line.happens)
    ]
