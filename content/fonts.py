"""Which installed font has a glyph for every character of a text.

Pillow draws a box for a character that a font lacks and tells nobody. So the table of
characters (`cmap`) is read from the font file itself, formats 4 and 12 being those that
every font with Unicode carries.
"""

import os
import struct
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import regex

FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.fonts",
    "~/.local/share/fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "~/Library/Fonts",
    "C:/Windows/Fonts",
)
_PREFERRED = (
    "notosanscjk-bold",
    "notosanscjk",
    "notosanstc",
    "notosans",
    "pingfang",
    "msjhbd",
    "msjh",
    "dejavusans-bold",
)
"""Sans-serif fonts with many scripts come first: a menu is read at arm's length."""
_REGION = {"zh-tw": b"TC", "zh-hk": b"HK", "zh-cn": b"SC", "ja": b"JP", "ko": b"KR"}
"""How collections of Han fonts name the face of a region; the same characters look different in each."""

_UNDRAWN = regex.compile(r"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\uFE0E\uFE0F]")


@dataclass(frozen=True)
class Font:
    """One face of a font file."""

    path: Path
    index: int = 0


def find_font(text: str, *, menu_font: str | None = None, language: str = "") -> Font | None:
    """Return a font that draws all of `text`: `menu_font` alone where it is given, else the best installed one."""
    wanted = characters(text)
    for path in _candidates(menu_font):
        fitting = [face for face in _faces(path) if wanted <= face.characters]
        if fitting:
            region = _REGION.get(language.lower(), b"TC")
            best = next((face for face in fitting if face.name.endswith(region)), fitting[0])
            return Font(path, best.index)
    return None


def missing_characters(text: str, *, menu_font: str | None = None) -> str:
    """Return, in order, the characters of `text` that stand in the way of drawing it.

    Of the fonts asked, the one that lacks the fewest speaks; without any font it is the whole text.
    """
    wanted = characters(text)
    lacking = [wanted - face.characters for path in _candidates(menu_font) for face in _faces(path)]
    least = min(lacking, key=len, default=wanted)
    return "".join(dict.fromkeys(character for character in _drawn(text) if character in least))


def characters(text: str) -> frozenset[str]:
    """Return what needs a glyph in `text`."""
    return frozenset(character for character in _drawn(text) if not character.isspace())


def _drawn(text: str) -> str:
    return _UNDRAWN.sub("", unicodedata.normalize("NFC", text))


def _candidates(menu_font: str | None) -> tuple[Path, ...]:
    return (Path(menu_font),) if menu_font else _installed()


@lru_cache(maxsize=1)
def _installed() -> tuple[Path, ...]:
    found = [
        Path(folder, name)
        for top in FOLDERS
        for folder, _, names in os.walk(Path(top).expanduser())
        for name in names
        if name.lower().endswith((".ttf", ".otf", ".ttc", ".otc"))
    ]
    return tuple(sorted(found, key=_rank))


def _rank(path: Path) -> tuple[int, str]:
    name = path.name.lower()
    place = next((place for place, start in enumerate(_PREFERRED) if name.startswith(start)), len(_PREFERRED))
    slanted = any(word in name for word in ("italic", "oblique", "mono", "serif", "light", "thin"))
    return (place + len(_PREFERRED) * slanted, str(path))


@dataclass(frozen=True)
class _Face:
    index: int
    name: bytes
    characters: frozenset[str]


@lru_cache(maxsize=256)
def _faces(path: Path) -> tuple[_Face, ...]:
    try:
        data = path.read_bytes()
        return tuple(_read_faces(data))
    except (OSError, struct.error, IndexError):
        # Not a font after all, or a damaged one: others may do.
        return ()


def _read_faces(data: bytes) -> Iterator[_Face]:
    starts = (0,)
    if data[:4] == b"ttcf":
        (count,) = struct.unpack_from(">I", data, 8)
        starts = struct.unpack_from(f">{min(count, 64)}I", data, 12)
    known: dict[int, frozenset[str]] = {}
    for index, start in enumerate(starts):
        tables = _tables(data, start)
        # Without outlines it is a font of coloured bitmaps, which cannot be scaled.
        if b"cmap" not in tables or not tables.keys() & {b"glyf", b"CFF ", b"CFF2"}:
            continue
        cmap = tables[b"cmap"]
        if cmap not in known:
            known[cmap] = frozenset(_cmap(data, cmap))
        yield _Face(index, _family(data, tables.get(b"name")), known[cmap])


def _tables(data: bytes, start: int) -> dict[bytes, int]:
    (count,) = struct.unpack_from(">H", data, start + 4)
    records = (struct.unpack_from(">4sIII", data, start + 12 + 16 * place) for place in range(count))
    return {tag: offset for tag, _, offset, _ in records}


def _family(data: bytes, name: int | None) -> bytes:
    """Return the family name in ASCII."""
    if name is None:
        return b""
    _, count, strings = struct.unpack_from(">HHH", data, name)
    for place in range(count):
        _, _, _, what, length, offset = struct.unpack_from(">6H", data, name + 6 + 12 * place)
        if what == 1:
            raw = data[name + strings + offset : name + strings + offset + length]
            return raw.replace(b"\0", b"")
    return b""


def _cmap(data: bytes, cmap: int) -> Iterator[str]:
    (count,) = struct.unpack_from(">H", data, cmap + 2)
    for place in range(count):
        platform, encoding, offset = struct.unpack_from(">HHI", data, cmap + 4 + 8 * place)
        if platform != 0 and (platform, encoding) not in {(3, 1), (3, 10)}:
            continue
        (version,) = struct.unpack_from(">H", data, cmap + offset)
        if version == 4:
            yield from _segments(data, cmap + offset)
        elif version == 12:
            yield from _groups(data, cmap + offset)


def _groups(data: bytes, at: int) -> Iterator[str]:
    (count,) = struct.unpack_from(">I", data, at + 12)
    for first, last, _glyph in struct.iter_unpack(">III", data[at + 16 : at + 16 + 12 * count]):
        yield from map(chr, range(first, min(last, 0x10FFFF) + 1))


def _segments(data: bytes, at: int) -> Iterator[str]:
    (doubled,) = struct.unpack_from(">H", data, at + 6)
    count = doubled // 2
    ends = struct.unpack_from(f">{count}H", data, at + 14)
    starts = struct.unpack_from(f">{count}H", data, at + 16 + doubled)
    deltas = struct.unpack_from(f">{count}H", data, at + 16 + 2 * doubled)
    ranges_at = at + 16 + 3 * doubled
    ranges = struct.unpack_from(f">{count}H", data, ranges_at)
    for place, (first, last, delta, offset) in enumerate(zip(starts, ends, deltas, ranges, strict=True)):
        for code in range(first, min(last, 0xFFFE) + 1):
            if offset == 0:
                glyph = (code + delta) & 0xFFFF
            else:
                (glyph,) = struct.unpack_from(">H", data, ranges_at + 2 * place + offset + 2 * (code - first))
            if glyph:
                yield chr(code)
