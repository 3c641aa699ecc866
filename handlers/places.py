"""Locations that somebody sends: where it was, as an event, and where they live if nobody has said."""

from collections.abc import Collection, Mapping

from contacts.models import FieldKind
from facts import events
from facts.events import Property
from facts.places import Place, place_of
from handlers.turn import Turn
from line.events import LocationSent

SOURCE = "place"
"""Stands by the fields `prefecture` and `city` that a location sets."""
PLACE = "place"
"""The event."""
LOOK_BACK = 20
"""Locations among which the one is looked for that counts again."""
DEGREES = 5
"""Decimals that are kept of a coordinate: about a metre."""


def where(event: LocationSent) -> Place | None:
    """Return where a location is, by its address, or by its title where it has none."""
    found = (place_of(words) for words in (event.address, event.title) if words)
    return next((one for one in found if one is not None), None)


def properties(event: LocationSent) -> Mapping[str, Property]:
    """Return what is kept of a location; neither its title nor its address, which the message has."""
    place = where(event)
    told: dict[str, Property] = {
        "latitude": round(event.latitude, DEGREES),
        "longitude": round(event.longitude, DEGREES),
    }
    if place is not None:
        told["prefecture"] = place.prefecture
    if place is not None and place.city is not None:
        told["city"] = place.city
    return told


def settle(event: LocationSent, turn: Turn) -> None:
    """Let the fields `prefecture` and `city` follow the newest location, unless somebody else has set them."""
    place = where(event)
    if place is not None:
        _stand(turn, place, event_key=turn.event_key)


def take_back(turn: Turn, event_keys: Collection[str]) -> None:
    """Take away what a location set that its sender took back; the newest one before it counts again."""
    theirs = [row.name for row in turn.fields.rows() if row.source == SOURCE and row.event_key in event_keys]
    for name in theirs:
        turn.fields.withdraw(name, source=SOURCE)
    if not theirs:
        return
    for event_key, told in events.newest(turn.session, turn.contact, PLACE, limit=LOOK_BACK):
        prefecture, city = told.get("prefecture"), told.get("city")
        if event_key not in event_keys and isinstance(prefecture, str):
            _stand(turn, Place(prefecture, city if isinstance(city, str) else None), event_key=event_key)
            return


def _stand(turn: Turn, place: Place, *, event_key: str) -> None:
    """Write where they live, as the location of an event says."""
    others = [row for row in turn.fields.rows() if row.source != SOURCE]
    if any(row.name in {"prefecture", "city"} for row in others):
        return  # half of one place and half of another would be nowhere
    for name, value in (("prefecture", place.prefecture), ("city", place.city)):
        if value is None:
            turn.fields.withdraw(name, source=SOURCE)
        else:
            turn.fields.set(name, value, kind=FieldKind.TEXT, source=SOURCE)
    for row in turn.fields.rows():
        if row.source == SOURCE:
            # Also what is the same as before: whoever takes an older location back takes nothing of this one.
            row.event_key = event_key
