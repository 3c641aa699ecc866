"""The ended runs of a contact that still say something: no later one has been confirmed."""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts.models import Contact
from questionnaires.models import Run, RunStatus

STANDING = (RunStatus.CONFIRMED, RunStatus.EXPIRED)
"""What was answered in these is still said, until a later run says otherwise."""
MOST_RUNS = 20
"""Who let that many end by silence one after the other has said enough; what was confirmed before still stands."""

_STANDING = (
    sa.select(Run)
    .where(
        Run.contact_id == sa.bindparam("contact"),
        Run.questionnaire == sa.bindparam("key"),
        Run.status.in_(STANDING),
    )
    .order_by(Run.id.desc())
    .limit(MOST_RUNS)
)


_CONFIRMED = _STANDING.where(Run.status == RunStatus.CONFIRMED).limit(1)


class Standing:
    """Knows those of one contact, also what this very turn has ended."""

    def __init__(self, session: Session, contact: Contact) -> None:
        self._session = session
        self._contact = contact
        self._stored: dict[str, Sequence[Run]] = {}
        self._ended: list[Run] = []

    def add(self, run: Run) -> None:
        """Take note of a run that has just ended, and may not be written yet."""
        self._ended.append(run)

    def before(self, run: Run) -> Iterator[Run]:
        """Yield those that ended by silence after the last confirmed one, the newest first, and that one."""
        key = run.questionnaire
        ended = [one for one in reversed(self._ended) if one.questionnaire == key and one.status in STANDING]
        for one in (*ended, *(row for row in self._stored_of(key) if row not in ended)):
            if one is not run:
                yield one
                if one.status is RunStatus.CONFIRMED:
                    return

    def _stored_of(self, key: str) -> Sequence[Run]:
        if not self._contact.is_stored:
            return ()
        if key not in self._stored:
            given = {"contact": self._contact.id, "key": key}
            newest = self._session.scalars(_STANDING, given).all()
            is_cut = len(newest) == MOST_RUNS and all(run.status is RunStatus.EXPIRED for run in newest)
            confirmed = self._session.scalars(_CONFIRMED, given).all() if is_cut else ()
            self._stored[key] = (*newest, *confirmed)
        return self._stored[key]
