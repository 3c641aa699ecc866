"""What one person answered: handed over, or erased so that counts stay."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from questionnaires.models import LEFT_BEHIND, Answer, Run, RunStatus
from questionnaires.path import effective_answers
from questionnaires.service import OPEN
from questionnaires.state import RunState
from questionnaires.versions import Versions


def erase(session: Session, contact_id: int, *, now: datetime) -> None:
    """Blank the answers of a contact and end what they have not finished."""
    runs = sa.select(Run.id).where(Run.contact_id == contact_id)
    session.execute(sa.update(Answer).where(Answer.run_id.in_(runs)).values(value=None))
    is_open = Run.status.in_(OPEN)
    session.execute(
        sa.update(Run)
        .where(Run.contact_id == contact_id)
        .values(
            state={},
            due_at=None,
            ended_at=sa.case((is_open, now), else_=Run.ended_at),
            status=sa.case((is_open, RunStatus.CANCELLED), else_=Run.status),
        )
    )


def describe_runs(session: Session, contact_id: int) -> Sequence[Mapping[str, object]]:
    """Return the runs of a contact, the oldest first, with the answers that count."""
    versions = Versions()
    runs = session.scalars(sa.select(Run).where(Run.contact_id == contact_id).order_by(Run.id))
    return [_described(session, versions, run) for run in runs]


def _described(session: Session, versions: Versions, run: Run) -> Mapping[str, object]:
    version = versions.get(session, run.version_id)
    answers = {}
    if run.state:
        state = RunState.from_json(run.state)
        answers = effective_answers(version.definition, state.answers, state.tags)
    return {
        "id": run.public_id,
        "questionnaire": run.questionnaire,
        "version": version.number,
        "status": run.status.value,
        "answers": {question: answer.to_json() for question, answer in answers.items()},
        "started_at": run.started_at.isoformat(),
        "answered_at": run.answered_at.isoformat(),
        "ended_at": run.ended_at.isoformat() if run.ended_at else None,
    }


def export(session: Session, contact_id: int) -> Mapping[str, object]:
    """Return the runs, and every answer in the order given, those replaced since included."""
    given = session.scalars(
        sa.select(Answer)
        .join(Run, Run.id == Answer.run_id)
        .where(Run.contact_id == contact_id, Answer.event_key.is_not(LEFT_BEHIND))
        .options(sa.orm.joinedload(Answer.run))
        .order_by(Answer.id)
    )
    return {
        "runs": describe_runs(session, contact_id),
        "answers_given": [
            {
                "run": answer.run.public_id,
                "question": answer.question,
                "value": answer.value,
                "event": answer.event_key,
                "at": answer.answered_at.isoformat(),
            }
            for answer in given
        ],
    }
