"""What is wrong in a playbook: where, what, and what would be right."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, order=True)
class Fault:
    """One thing to put right. Sorted, faults follow the files and their lines."""

    file: str
    """Path inside the playbook's folder, with `/`."""
    line: int
    """From 1; 1 also for what concerns a file as a whole."""
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


@dataclass
class Faults:
    """Collects faults, each once."""

    _found: set[Fault] = field(default_factory=set)

    def add(self, file: str, line: int, what: str) -> None:
        self._found.add(Fault(file, line, what))

    def sorted(self) -> tuple[Fault, ...]:
        return tuple(sorted(self._found))

    def __bool__(self) -> bool:
        return bool(self._found)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name most like `name`; None: none is like it."""
    return next(iter(difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)), None)


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean …?` for the known name most like `name`, else the known ones if they are few."""
    names = sorted(set(known))
    near = nearest(name, names)
    if near is not None:
        return f"; did you mean {near!r}?"
    if 0 < len(names) <= 10:
        return f"; there {'is' if len(names) == 1 else 'are'} {', '.join(names)}"
    return ""
