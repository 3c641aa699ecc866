"""Taking a file in: page by page, in transactions that end as soon as somebody else waits.

Every row goes in once, whatever happens: rows have keys, rows and their count are committed together, and one
import at a time works at one file.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from hashlib import sha256
from itertools import chain, islice
from pathlib import Path
from time import sleep

from sqlalchemy.orm import Session

from bot.import_rows import Import, Taken, take
from bot.pages import Pages
from bot.refused_rows import RefusedRows
from contacts import menus
from contacts.models import Contact, ContactField
from content.revisions import Revisions
from core.clock import Clock
from core.db import DATABASE_GONE, Base, Database, is_deadlock
from core.errors import Conflict, InvalidInput
from core.leases import Owner
from facts import imports, rows, rows_cells, rows_file
from facts.imports import Held, Lost, Run
from facts.models import ContactEvent, Customer, ImportKind, Order, OrderTotals
from facts.rows import Reader
from facts.rows_columns import Layout, read_header
from facts.rows_file import RawRow, shown
from facts.rows_lines import Line, Refused
from segmentation import touches
from segmentation.consent import tag_for
from segmentation.models import ContactTag, TagChange
from segmentation.segments import Segments

FIRST_PAGE, LARGEST_PAGE, SMALLEST_PAGE = 200, 2_000, 100
AHEAD = 5_000
"""So many rows are read before they are written: for the time of reading, the lock is others'."""
SAMPLE_ROWS = 1_000
"""By these it is decided what further columns hold."""
MOST_TOLD = 20
PURPOSE = "marketing"
PURPOSE_LIMIT_CHARS = rows_cells.KEY_LIMIT_CHARS - len(tag_for(""))
LOOK_EVERY_S = 0.5
MOST_TRIES = 5
SIZES_AFTER = (1_000, 8_000, 64_000)
"""So many rows of a run change what the best way to find a page's people is."""
_GROWING: Mapping[ImportKind, Sequence[type[Base]]] = {
    ImportKind.CONTACTS: (Contact, ContactField, Customer, ContactTag, TagChange),
    ImportKind.ORDERS: (Contact, Customer, Order, OrderTotals),
    ImportKind.EVENTS: (Contact, ContactEvent),
    ImportKind.TAGS: (Contact, ContactTag, TagChange),
}

_Read = Line | Refused | None
"""A row that was read; None: it is empty."""


@dataclass(frozen=True)
class Plan:
    """A file that is to be taken in."""

    kind: ImportKind
    path: Path
    zone: tzinfo
    purpose: str
    erasure_key: bytes
    encoding: str | None = None
    again: bool = False
    """Go through it although it is in."""

    @property
    def name(self) -> str:
        return shown(Path(self.path.name))

    def digest_of(self, content: str) -> str:
        """Return what stands for this import: one file tells of several purposes, once of each."""
        if self.kind is not ImportKind.CONTACTS or self.purpose == PURPOSE:
            return content
        return sha256(f"{content} {self.purpose}".encode()).hexdigest()


@dataclass
class Report:
    """What came of it; the shape of `--json`."""

    file: str
    encoding: str
    rows: int = 0
    """Of this run; rows of an earlier one that was interrupted are in `resumed_after`."""
    resumed_after: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    refused_file: str | None = None
    first_refused: list[Refused] = field(default_factory=list)
    in_since: datetime | None = None
    """It was in already, since then; nothing was done."""

    def as_json(self) -> Mapping[str, object]:
        return {
            "file": self.file,
            "encoding": self.encoding,
            "rows": self.rows,
            "resumed_after": self.resumed_after,
            **{name: self.counts[name] for name in ("new", "changed", "same", "without_line_user_id")},
            "refused": self.refused,
            "refused_file": self.refused_file,
            "in_since": self.in_since.isoformat() if self.in_since else None,
        }


Progress = Callable[[int, int], None]
"""Told after each transaction: rows done, and about how many there are."""


class Importer:
    """Takes files in, one after the other."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock,
        owner: Owner,
        segments: Segments,
        tell: Callable[[str], str] = str,
    ) -> None:
        """:param tell: says in the reader's language why a row is refused."""
        self._database = database
        self._clock = clock
        self._owner = owner
        self._segments = segments
        self._tell = tell
        self._revisions = Revisions()

    def run(self, channel_id: int, plan: Plan, progress: Progress) -> Report:
        """Take a file in, or go on with it.

        :raises InvalidInput: the file cannot be read at all.
        :raises Conflict: somebody else is at this very file.
        """
        try:
            found = rows_file.survey(plan.path, plan.encoding)
        except OSError as error:
            why = error.strerror or error
            raise InvalidInput({"file": f"{shown(plan.path)} cannot be read: {why}"}) from error
        if not plan.purpose or not rows_cells.is_tag_name(tag_for(plan.purpose)):
            raise InvalidInput(
                {
                    "purpose": f"is a word without a space, a comma and |, of at most {PURPOSE_LIMIT_CHARS} characters"
                }
            )
        raws = rows_file.read(plan.path, found.encoding)
        header = next(raws, None)
        if header is None or header.fault is not None or header.is_empty:
            raise InvalidInput({"file": "has no header that can be read"})
        layout = read_header(plan.kind, header.cells)
        report = Report(plan.name, found.encoding.removesuffix("-sig"))
        digest = plan.digest_of(found.digest)
        run = self._known(channel_id, plan, digest)
        if run.finished_at is not None and not plan.again:
            report.in_since, report.refused = run.finished_at, run.rows_refused
            return report
        held = self._take(channel_id, plan, digest, run)
        try:
            self._go_through(channel_id, plan, layout, raws, held, report, progress, total=found.lines - 1)
        except Lost:
            raise Conflict("another process has taken this import over") from None
        except BaseException:
            self._let_go(held)
            raise
        return report

    def _known(self, channel_id: int, plan: Plan, digest: str) -> Run:
        with self._database.write() as session:
            imports.register(session, channel_id, plan.kind, digest, name=plan.name, now=self._clock())
            run = imports.find(session, channel_id, plan.kind, digest)
        if run is None:
            raise Conflict("the import was taken away meanwhile")
        return run

    def _take(self, channel_id: int, plan: Plan, digest: str, run: Run) -> Held:
        """Lease the import. One whose holder died has to run out first; who lives goes on meanwhile."""
        first = run
        while True:
            with self._database.write() as session:
                held = imports.take(session, run, self._owner, now=self._clock())
                if held is not None:
                    if run.finished_at is not None:
                        imports.start_over(session, held)
                    return held
            sleep(LOOK_EVERY_S)
            run = self._known(channel_id, plan, digest)
            if (run.rows_done, run.lease_no, run.due_at) != (first.rows_done, first.lease_no, first.due_at):
                if run.finished_at is not None:
                    raise Conflict("another process has just taken this very file in")
                raise Conflict(
                    f"{run.owner} is importing this very file at the moment ({run.rows_done:,} rows)"
                )

    def _go_through(
        self,
        channel_id: int,
        plan: Plan,
        layout: Layout,
        raws: Iterator[RawRow],
        held: Held,
        report: Report,
        progress: Progress,
        *,
        total: int,
    ) -> None:
        with self._database.read() as session:
            run = imports.get(session, held)
        sample = list(islice(raws, SAMPLE_ROWS))
        reader = Reader(layout, plan.zone, self._clock(), rows.kinds_of(layout, sample))
        rest = islice(chain(sample, raws), run.rows_done, None)
        refused_rows = RefusedRows.beside(plan.path, plan.kind, layout.header, rows_done=run.rows_done)
        report.resumed_after, report.refused = run.rows_done, run.rows_refused
        job = Import(channel_id, f"import:{plan.name}"[:160], plan.purpose, erasure_key=plan.erasure_key)
        # What the pages of a process that died have changed nobody knows any more.
        facts: set[str] | None = touches.EVERY_SEGMENT if run.rows_done else set()
        pages, done = Pages(FIRST_PAGE, fewest=SMALLEST_PAGE, most=LARGEST_PAGE), run.rows_done
        try:
            while read := self._read(reader, rest):
                while read:
                    size, taken = self._some(job, held, read, pages, refused_rows)
                    if facts is not None:
                        facts |= taken.facts
                    _add(report, read[:size], taken)
                    del read[:size]
                    if any(done < rows + run.rows_done <= done + size for rows in SIZES_AFTER):
                        self._database.look_at_sizes(_GROWING[plan.kind])
                    done += size
                    progress(done, total)
                    self._database.let_others_go_first()
            with self._database.write() as session:
                imports.finish(session, held, now=self._clock())
                self._want_sweep(session, channel_id, facts, job.source)
        except BaseException:
            with self._database.write() as session:
                self._want_sweep(session, channel_id, facts, job.source)
            raise
        finally:
            refused_rows.close()
        if refused_rows.path.exists():
            report.refused_file = shown(refused_rows.path)

    def _read(self, reader: Reader, rest: Iterator[RawRow]) -> list[_Read]:
        reader.now = self._clock()
        return [None if raw.is_empty else reader.line(raw) for raw in islice(rest, AHEAD)]

    def _some(
        self, job: Import, held: Held, read: Sequence[_Read], pages: Pages, refused_rows: RefusedRows
    ) -> tuple[int, Taken]:
        """Take in as many rows as one transaction may; return how many they are, and what became of them."""
        tries_left = MOST_TRIES
        while True:
            tries_left -= 1
            size, taken = 0, Taken()
            end: int | None = None
            try:
                with self._database.write() as session:
                    session.connection()  # by now SQLite's lock is ours, however long others had it
                    now = self._clock()
                    for page in pages.of_one_transaction(read, self._database.is_awaited):
                        taken.refused += [one for one in page if isinstance(one, Refused)]
                        lines = [one for one in page if one is not None and not isinstance(one, Refused)]
                        taken.add(take(session, job, lines, now=now))
                        size += len(page)
                    refused = sorted(taken.refused, key=lambda one: one.number)
                    taken.refused = [one._replace(reason=self._tell(one.reason)) for one in refused]
                    imports.keep(session, held, rows=size, refused=len(refused), now=now)
                    if refused:
                        end = refused_rows.write(taken.refused)
            except DATABASE_GONE as error:
                if end is not None:
                    refused_rows.take_back(end)
                if not tries_left:
                    raise
                # Another writer was there for long, or each waited for the other.
                sleep(0 if is_deadlock(error) else LOOK_EVERY_S)
            else:
                return size, taken

    def _want_sweep(self, session: Session, channel_id: int, facts: set[str] | None, source: str) -> None:
        if facts == set():
            return
        touches.want_sweep(session, self._segments, channel_id, facts, because=source, now=self._clock())
        published = self._revisions.live(session, channel_id)
        of_menus = {f"tag:{name}" for name in published.menu_tags} if published is not None else set()
        if of_menus and (facts is touches.EVERY_SEGMENT or not of_menus.isdisjoint(facts)):
            menus.want_sweep(session, channel_id, now=self._clock())

    def _let_go(self, held: Held) -> None:
        with self._database.write() as session:
            imports.let_go(session, held, now=self._clock())


def _add(report: Report, read: Sequence[_Read], taken: Taken) -> None:
    """Add some rows to the report, which stays small whatever the file holds."""
    report.rows += sum(one is not None for one in read)
    report.counts.update(taken.counts)
    report.refused += len(taken.refused)
    report.first_refused += taken.refused[: MOST_TOLD - len(report.first_refused)]
