"""What a turn means for the contact's ticket: opened, noted on, waiting for us again, or withdrawn."""

from functools import partial

from contacts.fields import Value
from handlers.segments import is_in
from handlers.turn import Turn
from line.events import (
    AudioSent,
    Event,
    FileSent,
    ImageSent,
    LocationSent,
    StickerSent,
    TextSent,
    VideoSent,
)
from line.messages import Reply
from tickets import service as tickets
from tickets.routing import Decision, RoutingFacts, route

MESSAGES = (TextSent, StickerSent, ImageSent, VideoSent, AudioSent, FileSent, LocationSent)
WROTE = "handoff:wrote"
"""Somebody wrote to the person who had the floor, and there was no ticket for it."""


def settle(event: Event, turn: Turn, reply: Reply) -> None:
    """At the end of a turn, leave in `turn.writes` what is to become of the ticket.

    A message that the bot answered waits for nobody; what it left to the person who has the floor does.
    """
    wrote = isinstance(event, MESSAGES) and not reply and turn.bot_is_silent
    if wrote and not turn.calls and turn.ticket is None:
        turn.calls.append(WROTE)
    if turn.is_withdrawn and not turn.calls:
        turn.writes.append(partial(tickets.withdraw, contact=turn.contact, now=turn.now))
    elif turn.calls:
        _open(turn)
    elif wrote:
        turn.writes.append(partial(tickets.customer_wrote, contact=turn.contact, now=turn.now))


def decide(turn: Turn) -> Decision:
    """Return which queue this contact's ticket would go to, as the turn leaves them."""
    fields: dict[str, Value] = dict(turn.fields.values())
    facts = RoutingFacts(turn.tags.names(), fields, turn.language, partial(is_in, turn))
    return route(turn.published.content.routing, facts)


def _open(turn: Turn) -> None:
    decision = decide(turn)
    for reason in dict.fromkeys(turn.calls):
        turn.decisions.append(f"ticket {reason} to {decision.queue}")
        turn.writes.append(
            partial(
                tickets.open_or_note,
                contact=turn.contact,
                reason=reason,
                decision=decision,
                event_key=turn.event_key,
                now=turn.now,
            )
        )
