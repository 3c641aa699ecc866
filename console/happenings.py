"""What happened in a conversation, in words: taps, tags, tickets, everything that is no message."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from console.sources import label_of
from console.words import _, _l
from contacts.imported import of_line
from contacts.timeline import EntryKind, TimelineEntry
from content.text import Text, pick
from segmentation.models import Tag


@dataclass(frozen=True, slots=True)
class Words:
    """How labels of the shop's own are read here."""

    language: str
    default_language: str
    tags: Mapping[str, Tag]
    questionnaires: Mapping[str, Text]
    """Titles by key."""
    names: Mapping[str, str]
    """Of staff, by login."""
    segments: Mapping[str, Text] = field(default_factory=dict)
    """Labels by key."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """What fields are called, by name."""

    def pick(self, text: Text, fallback: str) -> str:
        return pick(text, self.language, self.default_language) or fallback

    def tag(self, name: str) -> str:
        found = self.tags.get(name)
        return self.pick(found.labels, name) if found is not None else name

    def segment(self, key: str) -> str:
        return self.pick(self.segments.get(key, {}), key)

    def field(self, name: str) -> str:
        return self.fields.get(name, name)

    def questionnaire(self, key: str) -> str:
        return self.pick(self.questionnaires.get(key, {}), key)


@dataclass(frozen=True, slots=True)
class Happening:
    """One small line between the messages."""

    icon: str
    words: str
    about: str = ""
    """The part of `words` that stands out."""


def tell(entry: TimelineEntry, words: Words) -> Happening:
    """Say what a line of the story is about."""
    found = _TOLD.get(entry.kind)
    return found(entry, words) if found is not None else Happening("help", str(entry.kind.value))


def _tapped(entry: TimelineEntry, _words: Words) -> Happening:
    if entry.text:
        return Happening("hand-click", _("tapped"), entry.text)
    return Happening("hand-click", _("tapped a button"))


def _tag_set(entry: TimelineEntry, words: Words) -> Happening:
    return Happening("tag", _("tag"), words.tag(entry.about or ""))


def _tag_removed(entry: TimelineEntry, words: Words) -> Happening:
    return Happening("tag-off", _("tag removed"), words.tag(entry.about or ""))


def _segment_entered(entry: TimelineEntry, words: Words) -> Happening:
    return Happening("chart-pie", _("entered the segment"), words.segment(entry.about or ""))


def _segment_left(entry: TimelineEntry, words: Words) -> Happening:
    return Happening("chart-pie", _("left the segment"), words.segment(entry.about or ""))


def _field_set(entry: TimelineEntry, words: Words) -> Happening:
    return Happening("pencil", words.field(entry.about or ""), entry.text or "")


def _field_removed(entry: TimelineEntry, words: Words) -> Happening:
    return Happening("minus", _("no longer known"), words.field(entry.about or ""))


def _imported(entry: TimelineEntry, words: Words) -> Happening:
    news = of_line(entry)
    told = [
        *(f"{name}: {value}" for name, value in news.fields.items()),
        *map(words.tag, news.put_on),
        *(f"{_('tag removed')} {words.tag(name)}" for name in news.taken_off),
    ]
    return Happening("upload", label_of(entry.about or "", words.questionnaire), ", ".join(told))


_RUNS = {
    "started": _l("questionnaire started"),
    "confirmed": _l("questionnaire finished"),
    "cancelled": _l("questionnaire cancelled"),
    "expired": _l("questionnaire ended in silence"),
}
_EVENTS = {
    "BeaconEntered": _l("came near a beacon"),
    "AccountLinked": _l("linked their account"),
    "MembershipChanged": _l("changed their membership"),
    "VideoPlayed": _l("watched a video to its end"),
}
_OTHER_EVENT = _l("LINE told us something else")


def _questionnaire(entry: TimelineEntry, words: Words) -> Happening:
    key, _colon, what = (entry.about or "").partition(": ")
    return Happening("list-check", str(_RUNS.get(what, what)), words.questionnaire(key))


def _event(entry: TimelineEntry, _words: Words) -> Happening:
    return Happening("activity", str(_EVENTS.get(entry.about or "", _OTHER_EVENT)))


def _unsupported(entry: TimelineEntry, _words: Words) -> Happening:
    return Happening("help", _("sent something that is not supported"), entry.about or "")


def _handed_over(_entry: TimelineEntry, _words: Words) -> Happening:
    return Happening("user-question", _("wants a person"))


def _opened(entry: TimelineEntry, words: Words) -> Happening:
    return Happening("ticket", _("ticket opened"), label_of(_told(entry, "reason"), words.questionnaire))


def _assigned(entry: TimelineEntry, _words: Words) -> Happening:
    return Happening("user-check", _("ticket given to"), _told(entry, "agent"))


def _solved(entry: TimelineEntry, _words: Words) -> Happening:
    by = _told(entry, "by")
    return Happening("circle-check", _("solved by") if by else _("ticket solved"), by)


def _rated(entry: TimelineEntry, _words: Words) -> Happening:
    said = _told(entry, "satisfaction")
    return Happening(_FACES.get(said, "star"), _("how it went:"), _rating(said))


def _told(entry: TimelineEntry, name: str) -> str:
    value = (entry.payload or {}).get(name)
    return value if isinstance(value, str) else ""


_FACES = {"good": "mood-happy", "fair": "mood-neutral", "bad": "mood-sad"}


def _rating(value: str) -> str:
    return {"good": _("good"), "fair": _("fair"), "bad": _("bad")}.get(value, value)


_TOLD: Mapping[EntryKind, Callable[[TimelineEntry, Words], Happening]] = {
    EntryKind.TAPPED: _tapped,
    EntryKind.FOLLOWED: lambda _e, _w: Happening("user-plus", _("added the account")),
    EntryKind.UNFOLLOWED: lambda _e, _w: Happening("user-off", _("blocked the account")),
    EntryKind.TAG_SET: _tag_set,
    EntryKind.TAG_REMOVED: _tag_removed,
    EntryKind.FIELD_SET: _field_set,
    EntryKind.FIELD_REMOVED: _field_removed,
    EntryKind.IMPORTED: _imported,
    EntryKind.HANDED_OVER: _handed_over,
    EntryKind.RELEASED: lambda _e, _w: Happening("robot", _("the bot took over again")),
    EntryKind.TICKET_OPENED: _opened,
    EntryKind.TICKET_ASSIGNED: _assigned,
    EntryKind.TICKET_SOLVED: _solved,
    EntryKind.TICKET_RATED: _rated,
    EntryKind.QUESTIONNAIRE: _questionnaire,
    EntryKind.SEGMENT_ENTERED: _segment_entered,
    EntryKind.SEGMENT_LEFT: _segment_left,
    EntryKind.EVENT: _event,
    EntryKind.UNSUPPORTED: _unsupported,
}
