"""What the demo shop needs from a running program: friends at the simulated LINE, and conversations just now."""

from collections.abc import Mapping, Sequence
from threading import Event

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bot.demo.phones import Scenes, Simulator
from bot.demo.shops import Shop
from contacts.models import Contact
from core.db import Database
from core.errors import Conflict
from playbook.transcript_model import Transcript

ANSWER_WITHIN_S = 6.0
LOOK_EVERY_S = 0.05


def gather(database: Database, simulator: Simulator) -> int:
    """Tell the simulated LINE who the invented friends are; return how many."""
    with database.read() as session:
        friends = _friends(session)
    simulator.gather(friends)
    return len(friends)


def _friends(session: Session) -> Sequence[Mapping[str, object]]:
    rows = session.execute(
        sa.select(Contact.line_user_id, Contact.display_name, Contact.language).where(Contact.is_demo)
    )
    return [{"user_id": row.line_user_id, "name": row.display_name, "language": row.language} for row in rows]


def converse(simulator: Simulator, scenes: Scenes, shop: Shop) -> int:
    """Play the last conversations through the webhook; return how many came to their end."""
    known = scenes.all()
    return sum(
        _play(simulator, name, language, known[key]) for name, language, key in shop.played if key in known
    )


def _play(simulator: Simulator, name: str, language: str, transcript: Transcript) -> bool:
    """Let somebody act a transcript, each act as soon as the one before is answered."""
    person = simulator.person(name, language)
    if simulator.sees(person.user_id):
        return False  # they have talked before
    for line in transcript.lines:
        if not line.does:
            continue
        before = simulator.sees(person.user_id)
        try:
            simulator.act(person.user_id, line)
        except Conflict:
            return False  # the playbook was changed: what there is to see is seen
        _wait_for_answer(simulator, person.user_id, before)
    return True


def _wait_for_answer(simulator: Simulator, user_id: str, before: int) -> None:
    pause = Event()
    for _ in range(int(ANSWER_WITHIN_S / LOOK_EVERY_S)):
        # One bubble may be their own.
        if simulator.sees(user_id) > before + 1:
            pause.wait(2 * LOOK_EVERY_S)
            return
        pause.wait(LOOK_EVERY_S)
