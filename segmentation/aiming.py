"""Whether the shop means to serve the people of a segment, why, and why they should care: as staff say it.

Whoever calls writes the audit log. Of the playbook's segments too staff may say so; their word then
stands over the playbook's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from sqlalchemy.orm import Session

from content import model as written
from content.model import BECAUSE_LIMIT_CHARS, POSITIONING_LIMIT_CHARS
from content.text import named
from core.errors import InvalidInput
from line.channels import take_turns
from segmentation import keeping, staff_words
from segmentation.models import About, Segment, StaffWord, Targeting


@dataclass(frozen=True, slots=True)
class Target:
    """Whether people are meant to be served; None: nobody has decided."""

    targeting: Targeting | None = None
    because: str | None = None

    @classmethod
    def of(cls, word: StaffWord) -> Self:
        """Return what staff said."""
        targeting = word.value["targeting"]
        return cls(None if targeting is None else Targeting(targeting), word.value["because"])


@dataclass(frozen=True, slots=True)
class Aim:
    """All that is said of one segment; empty where nothing is."""

    target: Target = Target()
    positioning: dict[str, str] = field(default_factory=dict)
    """Why these people should care, one line per language."""


def of(segment: Segment) -> Aim:
    """Return what counts now."""
    return Aim(Target(segment.targeting, segment.targeting_reason), segment.positioning)


def in_playbook(segment: written.Segment, default_language: str) -> Aim:
    """Return what a playbook says; YAML may fold a line over several, a form never does."""
    targeting = None if segment.target is None else Targeting(segment.target)
    because = None if segment.because is None else _one_line(segment.because)
    lines = named(segment.positioning or {}, default_language)
    return Aim(Target(targeting, because), {language: _one_line(line) for language, line in lines.items()})


def set_aim(
    session: Session, segment: Segment, aim: Aim, *, playbook: Aim | None, by: str, now: datetime
) -> None:
    """Say whether the shop means to serve these people, why, and why they should care.

    :param playbook: what it says of a segment of its own; None for one that staff made.
    :raises InvalidInput: a line is too long, or says why without saying what.
    """
    if faults := _faults(aim):
        raise InvalidInput(faults)
    lines = {language: line for language, line in aim.positioning.items() if line.strip()}
    target = Target(aim.target.targeting, aim.target.because or None)
    _begin(session, segment)
    _write(segment, Aim(target, lines), now=now)
    if playbook is None:
        return
    said = {"targeting": target.targeting, "because": target.because}
    for about, value, is_same in (
        (About.TARGET, said, target == playbook.target),
        (About.POSITIONING, lines, lines == playbook.positioning),
    ):
        kept = None if is_same else value
        staff_words.say(session, segment.channel_id, about, segment.key, kept, by=by, now=now)


def take_back(session: Session, segment: Segment, about: About, *, playbook: Aim, now: datetime) -> None:
    """Let the playbook's word count again."""
    _begin(session, segment)
    now_said = of(segment)
    if about is About.TARGET:
        _write(segment, Aim(playbook.target, now_said.positioning), now=now)
    else:
        _write(segment, Aim(now_said.target, playbook.positioning), now=now)
    staff_words.say(session, segment.channel_id, about, segment.key, None, by="", now=now)


def _faults(aim: Aim) -> Mapping[str, str]:
    faults, because = {}, aim.target.because
    if because is not None and len(because) > BECAUSE_LIMIT_CHARS:
        faults["reason"] = f"has {len(because)} characters; it may have {BECAUSE_LIMIT_CHARS}"
    if because and aim.target.targeting is None:
        faults["targeting"] = "say yes, not now or no, and then why"
    if any(len(line) > POSITIONING_LIMIT_CHARS for line in aim.positioning.values()):
        faults["positioning"] = f"is one line of at most {POSITIONING_LIMIT_CHARS} characters"
    return faults


def _begin(session: Session, segment: Segment) -> None:
    take_turns(session, segment.channel_id)
    session.refresh(segment, with_for_update={"key_share": True})


def _write(segment: Segment, aim: Aim, *, now: datetime) -> None:
    segment.targeting, segment.targeting_reason = aim.target.targeting, aim.target.because
    segment.positioning = dict(aim.positioning)
    segment.changed_at = keeping.later(segment.changed_at, now=now)


def _one_line(text: str) -> str:
    return " ".join(text.split())
