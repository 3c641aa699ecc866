"""Read a playbook's folder: its YAML files as trees, its pictures as bytes.

Nothing outside the folder is ever opened, whatever the files in it point at, and
nothing is read that is too big to be content.
"""

import difflib
import stat
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path, PurePosixPath

from playbook.faults import Fault, Faults
from playbook.source import Node, read

YAML_LIMIT_BYTES = 1_000_000
ASSET_LIMIT_BYTES = 10_000_000
FILES_LIMIT = 1_000
FOLDER_LIMIT_BYTES = 200_000_000

FILES = (
    "playbook.yaml",
    "tags.yaml",
    "welcome.yaml",
    "cards.yaml",
    "auto_replies.yaml",
    "segments.yaml",
    "campaigns.yaml",
    "routing.yaml",
)
FOLDERS_OF_YAML = ("rich_menus", "questionnaires", "transcripts")
FOLDERS_OF_PICTURES = ("rich_menus", "pictures")
REQUIRED = ("playbook.yaml", "auto_replies.yaml")
PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg")
_YAML_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True)
class Folder:
    """What a playbook's folder holds."""

    sources: Mapping[str, Node]
    """Every readable YAML file by its path, e.g. `rich_menus/main.yaml`."""
    names: frozenset[str]
    """Every YAML file and picture that is there, readable or not."""
    assets: Mapping[str, bytes]
    """Pictures by path, e.g. `pictures/home1.jpg`."""
    notes: tuple[Fault, ...]
    """Files that nothing reads: worth a mention, no reason to refuse."""

    def under(self, folder: str) -> Iterator[tuple[str, str, Node]]:
        """Yield path, name without suffix, and tree of the YAML files in a sub-folder."""
        for path, node in self.sources.items():
            if path.startswith(f"{folder}/"):
                yield path, PurePosixPath(path).stem, node

    def keys(self, folder: str) -> frozenset[str]:
        """Return the names of the YAML files in a sub-folder, whether or not they can be read."""
        return frozenset(
            PurePosixPath(name).stem
            for name in self.names
            if name.startswith(f"{folder}/") and name.endswith(".yaml")
        )


def load(root: Path, faults: Faults) -> Folder:
    """Read the folder at `root`; whatever cannot be read is named in `faults`."""
    if not root.is_dir():
        faults.add(root.name or ".", 1, "is not a folder; a playbook is a folder with a playbook.yaml")
        return Folder({}, frozenset(), {}, ())
    sources: dict[str, Node] = {}
    names: set[str] = set()
    assets: dict[str, bytes] = {}
    notes = Faults()
    total = 0
    for name, path in _files(root, faults):
        kind = _kind(name, faults, notes)
        if kind is _Kind.NEITHER:
            continue
        names.add(name)
        content = _bytes(root, path, name, kind, faults)
        total += len(content or b"")
        if total > FOLDER_LIMIT_BYTES:
            faults.add(name, 1, f"the folder holds more than {FOLDER_LIMIT_BYTES // 1_000_000} MB in all")
            break
        if content is not None and kind is _Kind.ASSET:
            assets[name] = content
        elif content is not None and (tree := _tree(content, name, faults)) is not None:
            sources[name] = tree
    for name in REQUIRED:
        if name not in names:
            faults.add(name, 1, "is missing; every playbook needs it")
    return Folder(sources, frozenset(names), assets, notes.sorted())


class _Kind(Enum):
    YAML = YAML_LIMIT_BYTES
    ASSET = ASSET_LIMIT_BYTES
    NEITHER = 0


def _tree(content: bytes, name: str, faults: Faults) -> Node | None:
    text = _text(content, name, faults)
    tree = read(text, name, faults) if text is not None else None
    if tree is not None and tree.kind != "map":
        faults.add(name, tree.line, "must hold `key: value` lines at its left margin")
        return None
    return tree


def _files(root: Path, faults: Faults) -> Iterator[tuple[str, Path]]:
    """Yield every file below `root` by its name there, in order; hidden ones and links out are left out."""
    count = 0
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            entries = sorted(folder.iterdir())
        except OSError as error:
            faults.add(_name(root, folder), 1, f"cannot be read: {error.strerror}")
            continue
        for path in entries:
            if path.name.startswith("."):
                continue
            name = _name(root, path)
            count += 1
            if count > FILES_LIMIT:
                faults.add(name, 1, f"the folder holds more than {FILES_LIMIT:,} files")
                return
            if path.is_symlink() and not _is_inside(root, path):
                faults.add(name, 1, "is a link out of the playbook's folder; put the file itself here")
            elif path.is_symlink() and path.is_dir():
                faults.add(name, 1, "is a link to a folder; put the folder itself here")
            elif path.is_dir():
                waiting.append(path)
            else:
                yield name, path


def _name(root: Path, path: Path) -> str:
    # macOS writes decomposed file names; the YAML that mentions them is composed.
    return unicodedata.normalize("NFC", path.relative_to(root).as_posix()).encode(errors="replace").decode()


def _is_inside(root: Path, path: Path) -> bool:
    try:
        return path.resolve(strict=True).is_relative_to(root.resolve())
    except (OSError, RuntimeError):
        return False


def _kind(name: str, faults: Faults, notes: Faults) -> _Kind:
    pure = PurePosixPath(name)
    folder = str(pure.parent)
    if pure.suffix in _YAML_SUFFIXES:
        if name in FILES or (folder in FOLDERS_OF_YAML and pure.suffix == ".yaml"):
            return _Kind.YAML
        faults.add(name, 1, _not_a_part(name))
    elif folder in FOLDERS_OF_PICTURES and pure.suffix.lower() in PICTURE_SUFFIXES:
        return _Kind.ASSET
    else:
        notes.add(name, 1, "is no part of a playbook and was left alone")
    return _Kind.NEITHER


def _not_a_part(name: str) -> str:
    if name.endswith(".yml") and _could_be(renamed := name.removesuffix(".yml") + ".yaml"):
        return f"must be called {renamed}"
    close = difflib.get_close_matches(name, FILES, n=1)
    hint = (
        f"; did you mean {close[0]}?"
        if close
        else f"; known are {', '.join(FILES)} and *.yaml in {', '.join(FOLDERS_OF_YAML)}"
    )
    return f"is not a file of a playbook{hint}"


def _could_be(name: str) -> bool:
    return name in FILES or str(PurePosixPath(name).parent) in FOLDERS_OF_YAML


def _bytes(root: Path, path: Path, name: str, kind: _Kind, faults: Faults) -> bytes | None:
    limit = kind.value
    try:
        # Asked again at the last moment: a link that was swapped in meanwhile is not followed out.
        if not _is_inside(root, path):
            faults.add(name, 1, "is a link out of the playbook's folder; put the file itself here")
            return None
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            faults.add(name, 1, "is not an ordinary file")
            return None
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        faults.add(name, 1, f"cannot be read: {error.strerror}")
        return None
    if len(content) > limit:
        faults.add(name, 1, f"is larger than {limit // 1_000_000} MB")
        return None
    return content


def _text(content: bytes, name: str, faults: Faults) -> str | None:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        faults.add(name, line, f"is not UTF-8 text{_encoding_hint(content)}; save the file as UTF-8")
        return None


def _encoding_hint(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return " but UTF-16"
    japanese = _decoded(content, "cp932")
    if japanese and any("\u3041" <= character <= "\u3096" for character in japanese):
        return "; it looks like Shift_JIS"
    for encoding, called in (("cp950", "Big5"), ("gb18030", "GB18030")):
        if _decoded(content, encoding):
            return f"; it looks like {called}"
    return ""


def _decoded(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None
