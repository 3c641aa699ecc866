"""The runs of one contact: beginning, keeping, pausing and ending them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts.models import Contact
from contacts.timeline import EntryKind, note
from content.revisions import Published
from core.errors import IllegalTransition
from core.ids import new_public_id
from questionnaires.answers import Answer as Given
from questionnaires.definition import Questionnaire
from questionnaires.effects import Effects, Layer, effects, still_said
from questionnaires.models import LEFT_BEHIND, TRANSITIONS, Answer, Run, RunStatus
from questionnaires.path import effective_answers
from questionnaires.standing import Standing
from questionnaires.state import RunState, Step
from questionnaires.summary import summary_lines
from questionnaires.versions import Version, Versions

OPEN = (RunStatus.RUNNING, RunStatus.PAUSED)


@dataclass(frozen=True, slots=True)
class DueRun:
    """A run that silence has made due."""

    public_id: str
    channel_id: int
    line_user_id: str
    due_at: datetime


def is_open_run_of(contact_id: sa.SQLColumnExpression[int]) -> sa.ColumnElement[bool]:
    """Return the condition that a run is the contact's, and not ended."""
    # Literals, which need not be put into the statement each time it is executed.
    return sa.and_(
        Run.contact_id == contact_id, Run.status.in_([sa.literal_column(f"'{one.value}'") for one in OPEN])
    )


_OPEN_RUNS = sa.select(Run).where(is_open_run_of(sa.bindparam("contact"))).order_by(Run.answered_at)


class RunBook:
    """The runs of one contact during one turn; what it changes is seen at once, before any flush."""

    def __init__(
        self,
        session: Session,
        contact: Contact,
        versions: Versions,
        published: Published,
        *,
        event_key: str,
        now: datetime,
        has_open: bool = True,
    ) -> None:
        """:param has_open: whether there may be unfinished runs to read."""
        self._session = session
        self._contact = contact
        self._versions = versions
        self._published = published
        self._event_key = event_key
        self._now = now
        self._confirmed: dict[str, Run | None] = {}
        self._standing = Standing(session, contact)
        self._open: list[Run] = []
        self.current: Run | None = None
        """The run this turn is about, even after it ended."""
        if contact.is_stored and has_open:
            self._open = list(session.scalars(_OPEN_RUNS, {"contact": contact.id}))
        self.current = self.running

    def go_on(self, *, event_key: str, now: datetime) -> None:
        """Be the book of the contact's next turn in the same transaction, without reading anything again."""
        self._event_key, self._now = event_key, now
        self._open.sort(key=lambda run: run.answered_at)
        self.current = self.running

    @property
    def running(self) -> Run | None:
        """The run whose question the contact is looking at."""
        return next((run for run in self._open if run.status is RunStatus.RUNNING), None)

    def open_of(self, key: str) -> Run | None:
        """Return the unfinished run of a questionnaire, running or paused."""
        return next((run for run in reversed(self._open) if run.questionnaire == key), None)

    def find(self, public_id: str) -> Run | None:
        """Return a run of this contact by what taps carry."""
        for run in self._open:
            if run.public_id == public_id:
                return run
        if not self._contact.is_stored:
            return None
        return self._session.scalars(
            sa.select(Run).where(Run.public_id == public_id, Run.contact_id == self._contact.id)
        ).one_or_none()

    def version_of(self, run: Run) -> Version:
        """Return the version the run was started on, whatever is live by now."""
        return self._versions.get(self._session, run.version_id)

    def live_version(self, key: str) -> Version:
        """Return the version that a new run of this questionnaire takes."""
        return self._versions.get(self._session, self._published.version_ids[key])

    def begin(self, version: Version, state: RunState, *, reused: Run | None = None) -> Run:
        """Start a run; the one before is paused, an unfinished one of the same questionnaire ends.

        :param reused: the run whose answers this one begins with.
        """
        earlier = self.open_of(version.definition.key)
        if earlier is not None:
            self.end(earlier, RunStatus.CANCELLED)
        if self.running is not None:
            self.move_to(self.running, RunStatus.PAUSED)
        run = Run(
            public_id=new_public_id(8),
            channel_id=self._contact.channel_id,
            contact=self._contact,
            version_id=version.id,
            questionnaire=version.definition.key,
            status=RunStatus.RUNNING,
            state=state.to_json(),
            started_at=self._now,
            answered_at=self._now,
        )
        self._session.add(run)
        self._open.append(run)
        self.current = run
        self._touch(run, version.definition)
        self._note(run, "started")
        if reused is not None:
            self._take_over(run, state, reused)
        return run

    def _take_over(self, run: Run, state: RunState, reused: Run) -> None:
        """Write down which messages the reused answers came from: one of them may be taken back."""
        given = self._session.scalars(sa.select(Answer).where(Answer.run_id == reused.id).order_by(Answer.id))
        for question, row in {row.question: row for row in given}.items():
            if row.value is not None and state.answers.get(question) == Given.from_json(row.value):
                self._session.add(
                    Answer(
                        run=run,
                        question=question,
                        value=state.answers[question].to_json(),
                        event_key=row.event_key,
                        answered_at=row.answered_at,
                    )
                )

    def save(self, run: Run, step: Step) -> None:
        """Keep where the contact is now, and the answer they gave in this step."""
        run.state = step.state.to_json()
        self.current = run
        if run.status is RunStatus.RUNNING:
            self._touch(run, self.version_of(run).definition)
        if step.answered is not None and step.answered in step.state.answers:
            self._session.add(
                Answer(
                    run=run,
                    question=step.answered,
                    value=step.state.answers[step.answered].to_json(),
                    event_key=self._event_key,
                    answered_at=self._now,
                )
            )

    def resume(self, run: Run) -> None:
        """Go on with a run; if it was paused, the one that was running is."""
        if run.status is not RunStatus.RUNNING:
            if self.running is not None:
                self._pause_first(self.running)
            self.move_to(run, RunStatus.RUNNING)
        self.current = run
        self._touch(run, self.version_of(run).definition)

    def _pause_first(self, run: Run) -> None:
        """Pause a run before any other row is written.

        A flush writes rows in the order of their ids, so an older run would be taken up while this
        one still runs; of those only one may.
        """
        self.move_to(run, RunStatus.PAUSED)
        pause = sa.update(Run).where(Run.id == run.id).values(status=RunStatus.PAUSED)

        def write(session: Session, _flush: object, _instances: object) -> None:
            session.execute(pause, execution_options={"synchronize_session": False})

        sa.event.listen(self._session, "before_flush", write, once=True)

    def end(self, run: Run, status: RunStatus) -> None:
        """End a run for good."""
        self.move_to(run, status)
        run.ended_at, run.due_at = self._now, None
        self._open.remove(run)
        self._standing.add(run)
        if status is RunStatus.CONFIRMED:
            self._confirmed[run.questionnaire] = run
            self._leave_behind(run)
        self._note(run, status.value)

    def _leave_behind(self, run: Run) -> None:
        """Write down which answers do not count after all, so that rows alone tell what was confirmed."""
        state = self.state_of(run)
        counting = effective_answers(self.version_of(run).definition, state.answers, state.tags)
        for question in state.answers.keys() - counting.keys():
            self._session.add(
                Answer(run=run, question=question, value=None, event_key=LEFT_BEHIND, answered_at=self._now)
            )

    def move_to(self, run: Run, status: RunStatus) -> None:
        """Change the status.

        :raises IllegalTransition: not from the one it is in.
        """
        if (run.status, status) not in TRANSITIONS:
            raise IllegalTransition("run", run.status, status)
        run.status = status

    def state_of(self, run: Run) -> RunState:
        return RunState.from_json(run.state)

    def last_confirmed(self, key: str) -> Run | None:
        """Return the newest confirmed run of a questionnaire."""
        if key not in self._confirmed:
            self._confirmed[key] = (
                None
                if not self._contact.is_stored
                else self._session.scalars(
                    sa.select(Run)
                    .where(
                        Run.contact_id == self._contact.id,
                        Run.questionnaire == key,
                        Run.status == RunStatus.CONFIRMED,
                    )
                    .order_by(Run.ended_at.desc(), Run.id.desc())
                    .limit(1)
                ).one_or_none()
            )
        return self._confirmed[key]

    def newest(self, key: str) -> Run | None:
        """Return the contact's latest run of a questionnaire, whatever became of it."""
        return self._session.scalars(
            sa.select(Run)
            .where(Run.contact_id == self._contact.id, Run.questionnaire == key)
            .order_by(Run.id.desc())
            .limit(1)
        ).one_or_none()

    def effects_of(self, run: Run | None) -> Effects:
        """Return the tags and fields that a run stands for; nothing for no run."""
        if run is None:
            return Effects({}, {})
        state = self.state_of(run)
        return effects(
            self.version_of(run).definition,
            state.answers,
            state.tags,
            is_completed=run.status is RunStatus.CONFIRMED,
        )

    def beside(self, run: Run) -> Effects:
        """Return what earlier runs still say while this one is not confirmed.

        Their answers stand where it neither gives another one nor leads past the question.
        """
        state = self.state_of(run)
        newer = effective_answers(self.version_of(run).definition, state.answers, state.tags)
        return self._said_before(run, newer)

    def without(self, run: Run) -> Effects:
        """Return what earlier runs say as if this one had never been."""
        return self._said_before(run, {})

    def _said_before(self, run: Run, newer: Mapping[str, Given]) -> Effects:
        earlier = [
            Layer(self.version_of(one).definition, self.state_of(one), one.status is RunStatus.CONFIRMED)
            for one in self._standing.before(run)
        ]
        return still_said(earlier, newer)

    def answer_labels(self, language: str) -> Mapping[str, str]:
        """Return question id to answer in words, of the run this turn is about."""
        if self.current is None:
            return {}
        return {question: value for question, _title, value in self._lines(self.current, language)}

    def last_summary(self, key: str, language: str) -> str | None:
        """Return the answers of the last confirmed run in one line."""
        run = self.last_confirmed(key)
        if run is None:
            return None
        return "・".join(value for _question, _title, value in self._lines(run, language))

    def lines(self, run: Run, language: str) -> Sequence[tuple[str, str, str]]:
        """Return (question id, short title, answer in words) of what counts in a run, in order."""
        return self._lines(run, language)

    def _lines(self, run: Run, language: str) -> Sequence[tuple[str, str, str]]:
        state = self.state_of(run)
        return summary_lines(
            self.version_of(run).definition,
            state.answers,
            language,
            self._published.content.default_language,
            tags=state.tags,
        )

    def _touch(self, run: Run, definition: Questionnaire) -> None:
        run.answered_at = self._now
        reminder = definition.reminder
        reminds = reminder is not None and run.reminded_at is None
        run.due_at = self._now + (reminder.after if reminds and reminder else definition.timeout)

    def _note(self, run: Run, what: str) -> None:
        note(
            self._session,
            self._contact,
            EntryKind.QUESTIONNAIRE,
            at=self._now,
            event_key=self._event_key,
            about=f"{run.questionnaire}: {what}",
        )


def due_runs(session: Session, *, limit: int, now: datetime) -> Sequence[DueRun]:
    """Return the open runs whose silence has lasted long enough, longest first."""
    rows = session.execute(
        sa.select(Run.public_id, Run.channel_id, Contact.line_user_id, Run.due_at)
        .join(Contact, Contact.id == Run.contact_id)
        .where(Run.due_at <= now, Run.status.in_(OPEN), Contact.erased_at.is_(None))
        .order_by(Run.due_at)
        .limit(limit)
    )
    return [DueRun(row.public_id, row.channel_id, row.line_user_id, row.due_at) for row in rows]
