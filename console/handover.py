"""The handover card: what somebody who takes a conversation over would otherwise have to scroll for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contacts.models import Contact
from contacts.timeline import EntryKind, TimelineEntry
from content.text import pick
from line import reply_tokens
from questionnaires.models import Run, RunStatus
from questionnaires.state import RunState
from questionnaires.summary import summary_lines
from questionnaires.versions import Versions

MOST_RUNS = 3
MOST_TAPS = 5
MOST_WORDS = 3
LOOK_BACK = 120
"""Lines of the story in which the last taps and words are looked for."""


@dataclass(frozen=True, slots=True)
class RunCard:
    """A questionnaire and what was answered in it."""

    title: str
    status: RunStatus
    at: datetime
    lines: Sequence[tuple[str, str]]
    """Short title of the question, answer in words."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that was tapped or said."""

    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Handover:
    runs: Sequence[RunCard]
    taps: Sequence[Moment]
    """The newest first."""
    said: Sequence[Moment]
    free_until: datetime | None
    """Until when an answer costs nothing; None: it is a push."""


def hand_over(
    session: Session,
    contact: Contact,
    versions: Versions,
    *,
    language: str,
    default_language: str,
    now: datetime,
    with_words: bool,
) -> Handover:
    """Return the card of one contact, for staff who read `language`.

    :param with_words: they may read the conversation; else only the answers are on it, which are known facts.
    """
    taps, said = _last_moments(session, contact) if with_words else ((), ())
    free_until = reply_tokens.good_until(session, contact.channel_id, contact.line_user_id)
    return Handover(
        runs=_runs(session, contact, versions, language, default_language),
        taps=taps,
        said=said,
        free_until=free_until if free_until is not None and free_until > now else None,
    )


def _runs(
    session: Session, contact: Contact, versions: Versions, language: str, default_language: str
) -> Sequence[RunCard]:
    newest = session.scalars(
        sa.select(Run)
        .where(Run.contact_id == contact.id, Run.status != RunStatus.CANCELLED)
        .order_by(Run.answered_at.desc(), Run.id.desc())
        .limit(MOST_RUNS * 2)
    )
    by_key: dict[str, Run] = {}
    for run in newest:
        by_key.setdefault(run.questionnaire, run)
    return [
        _run_card(session, run, versions, language, default_language)
        for run in list(by_key.values())[:MOST_RUNS]
    ]


def _run_card(
    session: Session, run: Run, versions: Versions, language: str, default_language: str
) -> RunCard:
    definition = versions.get(session, run.version_id).definition
    state = RunState.from_json(run.state)
    lines = summary_lines(definition, state.answers, language, default_language, tags=state.tags)
    return RunCard(
        title=pick(definition.title, language, default_language),
        status=run.status,
        at=run.ended_at or run.answered_at,
        lines=[(title, value) for _question, title, value in lines],
    )


def _last_moments(session: Session, contact: Contact) -> tuple[Sequence[Moment], Sequence[Moment]]:
    rows = session.execute(
        sa.select(TimelineEntry.kind, TimelineEntry.at, TimelineEntry.text)
        .where(TimelineEntry.contact_id == contact.id)
        .order_by(TimelineEntry.at.desc(), TimelineEntry.id.desc())
        .limit(LOOK_BACK)
    )
    found: Mapping[EntryKind, list[Moment]] = {EntryKind.TAPPED: [], EntryKind.RECEIVED: []}
    for row in rows:
        if row.kind in found and row.text:
            found[row.kind].append(Moment(row.at, row.text))
    return found[EntryKind.TAPPED][:MOST_TAPS], found[EntryKind.RECEIVED][:MOST_WORDS]
