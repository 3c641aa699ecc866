"""What the things are called that people do, and what is known of each."""

from collections.abc import Mapping

from console.words import _l

EVENTS: Mapping[str, str] = {
    "message": _l("wrote a message"),
    "tap": _l("tapped a button"),
    "follow": _l("added the account"),
    "block": _l("blocked the account"),
    "entry": _l("came by an entry link"),
    "place": _l("sent a location"),
    "answer": _l("answered a question"),
    "questionnaire_started": _l("began a questionnaire"),
    "questionnaire_finished": _l("finished a questionnaire"),
}
"""By name, those that the bot records by itself; others are called what whoever sent them calls them."""

PROPERTIES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "message": (("kind", _l("kind of message")),),
    "tap": (
        ("button", _l("button")),
        ("card", _l("card")),
        ("tags", _l("tag of the card or button")),
        ("owner", _l("where it stands")),
    ),
    "place": (("prefecture", _l("county or prefecture")), ("city", _l("city or district"))),
    "follow": (("returning", _l("came back")),),
    "entry": (("code", _l("entry link")),),
    "answer": (
        ("questionnaire", _l("questionnaire")),
        ("question", _l("question")),
        ("choice", _l("choice")),
    ),
    "questionnaire_started": (("questionnaire", _l("questionnaire")),),
    "questionnaire_finished": (("questionnaire", _l("questionnaire")),),
}
"""What each of them says about itself: name and words."""


def event_name(name: str) -> str:
    """Return what something that happened is called."""
    known = EVENTS.get(name)
    return str(known) if known is not None else name


def property_name(event: str, name: str) -> str:
    """Return what a property of an event is called."""
    known = dict(PROPERTIES.get(event, ())).get(name)
    return str(known) if known is not None else name
