"""A file of rows as people export it: its encoding, its delimiter, its rows one by one."""

import codecs
import csv
import hashlib
import os
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self, TextIO

from core.errors import InvalidInput

ENCODINGS = ("utf-8", "cp932", "big5", "utf-16")
DELIMITERS = ",\t;|"
CHUNK = 1 << 20
SAMPLE_BYTES = 1 << 16
"""So much that is not ASCII tells one encoding from another."""
MOST_COLUMNS = 200

# Words that stand in one language's lists of customers and not in the other's.
_JAPANESE = frozenset("県市区町村田中山川藤佐高橋渡辺円様顧客会員番号注文日金額氏名男女店舗東京大阪都府")
_TAIWANESE = frozenset(
    "的是不了在有台臺北市區路號街陳林黃張李王吳劉蔡楊門訂單日期金額客戶會員編號名稱男女新元店"
)
_BIG5_COMMON = range(0xA4, 0xC7)
"""Lead bytes of the 5,401 characters that schools teach."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What one pass through a file tells."""

    digest: str
    """SHA-256."""
    encoding: str
    lines: int
    """About as many rows, for the progress."""


class RawRow(NamedTuple):
    """One row; of a broken one there are no cells."""

    number: int
    """As a spreadsheet counts: the header is row 1."""
    cells: Sequence[str]
    fault: str | None = None

    @property
    def is_empty(self) -> bool:
        return not self.cells and self.fault is None


def survey(path: Path, encoding: str | None = None) -> Survey:
    """Look through a file once.

    :raises InvalidInput: it is empty, or its encoding is none that we read.
    """
    digest, lines, sample, last = hashlib.sha256(), 0, bytearray(), b""
    is_cut = False
    with path.open("rb") as file:
        head = file.read(4)
        file.seek(0)
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            lines += chunk.count(b"\n")
            if len(sample) < SAMPLE_BYTES:
                *whole, last = (last[-CHUNK:] + chunk).split(b"\n")
                sample += b"\n".join(line for line in whole if not line.isascii())[:SAMPLE_BYTES] + b"\n"
            is_cut = chunk[-1:] != b"\n"
    if not head:
        raise InvalidInput({"file": "is empty"})
    if len(sample) < SAMPLE_BYTES:
        sample += last + b"\n"
    return Survey(digest.hexdigest(), encoding or _encoding(head, bytes(sample)), lines + is_cut)


def _encoding(head: bytes, sample: bytes) -> str:
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    # The last line of the sample may be cut in the middle of a character.
    whole = sample[: sample.rfind(b"\n") + 1] or sample
    if _share_of_faults(whole, "utf-8") < FEW:
        return "utf-8"
    likely = [name for name in ("cp932", "big5") if _share_of_faults(whole, python_name(name)) < FEW]
    if not likely:
        raise InvalidInput({"file": "is neither UTF-8, CP932 nor Big5: say which with --encoding"})
    return max(likely, key=lambda name: _likeness(whole, name))


FEW = 0.02


def _share_of_faults(sample: bytes, encoding: str) -> float:
    text = sample.decode(encoding, errors="surrogateescape")
    strange = sum(not char.isascii() for char in text)
    return len(_FOREIGN.findall(text)) / max(strange, 1)


def _likeness(sample: bytes, encoding: str) -> float:
    """Return the share of characters that people of that encoding's country write every day."""
    text = [char for char in sample.decode(python_name(encoding), errors="ignore") if not char.isascii()]
    if encoding == "cp932":
        usual = sum("\u3040" <= char <= "\u30ff" or char in _JAPANESE for char in text)
        # What is half-width katakana here is the first half of a Chinese character there.
        narrow = sum("\uff61" <= char <= "\uff9f" for char in text)
        return (usual - narrow * 0.2) / max(len(text), 1)
    usual = sum(char in _TAIWANESE for char in text)
    schooled = sum(char.encode("cp950", "ignore")[:1] in _LEADS for char in text)
    return (usual + schooled * 0.3) / max(len(text), 1)


_LEADS = {bytes([lead]) for lead in _BIG5_COMMON}


def python_name(encoding: str) -> str:
    """Return Python's name of an encoding; Microsoft's Big5 holds the ones of others."""
    return {"big5": "cp950", "utf-8": "utf-8-sig"}.get(encoding, encoding)


def shown(path: Path) -> str:
    """Return a path as text that can be written; names of files are bytes, of whatever encoding."""
    return os.fsencode(path).decode("utf-8", "replace")


def delimiter_of(line: str) -> str:
    """Return what separates the cells of a header."""
    bare = _QUOTED.sub("", line)
    return max(DELIMITERS, key=bare.count)


_QUOTED = re.compile('"[^"]*"')


class _Lines:
    """The lines of a file, none of them longer than fits into memory many times over."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._again: deque[str] = deque()
        self.of_row: list[str] = []
        """Of the row that is being read."""

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._next_line()
        if line is _ENDLESS:
            if self.of_row:
                self._again.appendleft(line)  # it is a row by itself
            raise csv.Error
        self.of_row.append(line)
        return line

    def give_back(self) -> str:
        """Let all lines of the row but its first be read again, as rows of their own; return the first."""
        first, *others = self.of_row or [""]
        self._again.extendleft(reversed(others))
        return first

    def _next_line(self) -> str:
        line = self._file.readline(CHUNK)
        if not line:
            raise StopIteration
        if len(line) < CHUNK or line.endswith(_ENDS):
            return line
        while (rest := self._file.readline(CHUNK)) and not rest.endswith(_ENDS):
            pass
        return _ENDLESS


_ENDS = ("\n", "\r")
_ENDLESS = "a line without end"


def read(path: Path, encoding: str) -> Iterator[RawRow]:
    """Yield the header and then every row, whatever is wrong with it; an empty one has no cells.

    :raises InvalidInput: not even its first line is in this encoding.
    """
    # What UTF-16 does not allow is half a character, and no byte.
    errors = "surrogatepass" if encoding == "utf-16" else "surrogateescape"
    with path.open(encoding=python_name(encoding), errors=errors, newline="") as file:
        try:
            delimiter = delimiter_of(file.readline(CHUNK))
        except UnicodeError:
            raise InvalidInput({"file": f"is not {encoding}"}) from None
        file.seek(0)
        lines = _Lines(file)
        # Strict, or a mark that somebody forgot would swallow all rows to the next one.
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        number = 0
        while True:
            number += 1
            lines.of_row.clear()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                first = lines.give_back().rstrip("\r\n")
                reader = csv.reader(lines, delimiter=delimiter, strict=True)
                yield RawRow(number, [first] if first else (), _UNCLOSED)
                continue
            except UnicodeError:
                yield RawRow(number, (), f"is not {encoding}")
                return
            yield RawRow(number, cells, _fault(cells, encoding)) if any(cells) else RawRow(number, ())


_UNCLOSED = "has a quotation mark that is not closed, or a cell without end"


def _fault(cells: Sequence[str], encoding: str) -> str | None:
    if len(cells) > MOST_COLUMNS:
        return f"has more than {MOST_COLUMNS} cells"
    # One look at all of them: nearly all rows are well.
    joined = "".join(cells)
    if joined.isascii() and "\0" not in joined:
        return None
    if "\0" in joined:
        return "holds a NUL"
    if _FOREIGN.search(joined):
        return f"has bytes that are not {encoding}"
    return None


# Python's CP932 gives four bytes that mean nothing a place of their own.
_FOREIGN = re.compile("[\ud800-\udfff\uf8f0-\uf8f3]")
"""Bytes, and halves of characters, that the encoding does not know."""


def neutral(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def as_written(cell: str) -> str:
    """Return what stood in a cell before it was made neutral."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in set("=+-@\t\r") else cell
