"""The rows of a file that stayed out, beside it: which, why, and as they were, to be put right and sent again."""

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from core.errors import InvalidInput
from facts.models import ImportKind
from facts.rows_file import neutral, shown
from facts.rows_lines import Refused

BOM = "\ufeff"
"""Without it Excel takes UTF-8 for something else."""


class RefusedRows:
    """`FILE.KIND.refused.csv`; made when the first row is refused.

    What belongs to a page is written before the page is committed: `open` takes away again what a page
    that never was has left behind.
    """

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        self.path = path
        self._header = header
        self._file: BinaryIO | None = None

    @classmethod
    def beside(cls, file: Path, kind: ImportKind, header: Sequence[str], *, rows_done: int) -> "RefusedRows":
        """Open what belongs to a file of which so many rows are done.

        :raises InvalidInput: the folder cannot be written to.
        """
        opened = cls(file.with_name(f"{file.name}.{kind}.refused.csv"), header)
        with opened._can_be_written():
            opened._cut(rows_done)
        return opened

    def write(self, rows: Sequence[Refused]) -> int:
        """Add rows; return where the file ended before, for `take_back`.

        :raises InvalidInput: it cannot be written.
        """
        with self._can_be_written():
            if self._file is None:
                self._file = self.path.open("ab")
            before = self._file.tell()
            lines: list[Sequence[str]] = [] if before else [(f"{BOM}row", "reason", *self._header)]
            lines += [(str(row.number), row.reason, *map(neutral, map(_clean, row.cells))) for row in rows]
            self._file.write(_as_bytes(lines))
            self._file.flush()
        return before

    def take_back(self, end: int) -> None:
        """Forget what was written behind `end`."""
        if self._file is not None:
            self._file.truncate(end)
            self._file.seek(end)

    def close(self) -> None:
        """Let the file go; one that holds no row goes away."""
        if self._file is not None:
            is_empty = self._file.tell() == 0
            self._file.close()
            if is_empty:
                self.path.unlink(missing_ok=True)

    @contextmanager
    def _can_be_written(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise InvalidInput(
                {"file": f"{shown(self.path)} cannot be written: {error.strerror or error}"}
            ) from error

    def _cut(self, rows_done: int) -> None:
        """Keep what was refused among the rows that are done."""
        if rows_done == 0:
            self.path.unlink(missing_ok=True)
            self.path.touch()
            self.path.unlink()
            return
        if not self.path.exists():
            return
        with self.path.open("r+b") as file:
            end, record = 0, b""
            for line in file:
                record += line
                if record.count(b'"') % 2:
                    continue  # a cell with a line break in it
                number = record.decode("utf-8-sig", "replace").partition(",")[0]
                # The header is row 1, so the last row that is done has its number plus one.
                if number.isdigit() and int(number) > rows_done + 1:
                    break
                end, record = end + len(record), b""
            file.truncate(end)


def _clean(cell: str) -> str:
    """Return the cell as text that can be written: bytes that were none become marks."""
    return cell.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def _as_bytes(lines: Sequence[Sequence[str]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(lines)
    return buffer.getvalue().encode()
