"""The three buttons below the question how it was: the first tap counts, a later one is thanked for."""

from functools import partial

from handlers import handoff, questionnaire
from handlers.steps import follow_through, record_tap
from handlers.turn import Turn
from line.messages import Reply, text
from line.postback import ButtonTap
from tickets import satisfaction
from tickets.models import Satisfaction

THANKS = {Satisfaction.GOOD: "satisfaction_thanks", Satisfaction.FAIR: "satisfaction_noted"}


def tapped(turn: Turn, tap: ButtonTap) -> Reply:
    """Rate the ticket; somebody else's, or one that nobody solved, is nothing that this contact was asked about."""
    public_id = tap.owner.removeprefix(satisfaction.OWNER)
    given = next((one for one in Satisfaction if one == tap.button), None)
    ticket = (
        satisfaction.find_solved(turn.session, turn.contact, public_id) if turn.contact.is_stored else None
    )
    if ticket is None or given is None:
        record_tap(turn, "unknown", "")
        return follow_through(turn, questionnaire.old_button(turn))
    record_tap(turn, f"{tap.owner}.{given}", turn.phrase(f"satisfaction_{given}"))
    if ticket.satisfaction is not None:
        return (text(turn.phrase("satisfaction_again")),)
    turn.decisions.append(f"{tap.owner} rated")
    turn.writes.append(
        partial(satisfaction.rate, contact=turn.contact, public_id=public_id, given=given, now=turn.now)
    )
    if given is Satisfaction.BAD:
        return handoff.offer(turn, "satisfaction_sorry")
    return (text(turn.phrase(THANKS[given])),)
