"""Why somebody entered a segment or left it, in words: `tag:area:taipei`, `time`, `rule`, `import:list.csv`."""

from collections.abc import Callable, Mapping

from console.customer import Reader
from console.event_words import event_name
from console.words import _


def reason_words(because: str, reader: Reader, tags: Mapping[str, str], segments: Mapping[str, str]) -> str:
    """Return what changed, in the language of the page.

    :param tags: what they are called, by name.
    :param segments: the same, by their ids.
    """
    kind, _colon, rest = because.partition(":")
    if kind == "tag":
        return _("tag “%(tag)s”", tag=tags.get(rest, rest))
    if kind in {"segment", "snapshot"}:
        told = _("the segment %(segment)s") if kind == "segment" else _("kept as a list from %(segment)s")
        return told % {"segment": segments.get(rest, rest)}
    named = _WORDS.get(kind)
    return named(rest, reader) if named is not None else because


_WORDS: Mapping[str, Callable[[str, Reader], str]] = {
    "field": lambda rest, _reader: _("field %(field)s", field=rest),
    "following": lambda _rest, _reader: _("followed or blocked the account"),
    "seen": lambda _rest, _reader: _("was here"),
    "active": lambda _rest, _reader: _("was here"),
    "new": lambda _rest, _reader: _("came to be known"),
    "language": lambda _rest, _reader: _("language"),
    "entry": lambda _rest, _reader: _("entry link"),
    "event": lambda rest, _reader: event_name(rest),
    "orders": lambda _rest, _reader: _("an order"),
    "answer": lambda rest, reader: _("answer in “%(name)s”", name=reader.title(rest)),
    "ticket": lambda _rest, _reader: _("a conversation with staff"),
    "campaign": lambda _rest, _reader: _("a campaign"),
    "rfm": lambda _rest, _reader: _("customer groups made anew"),
    "score": lambda _rest, _reader: _("score"),
    "time": lambda _rest, _reader: _("time went by"),
    "rule": lambda _rest, _reader: _("the rule was written"),
    "night": lambda _rest, _reader: _("found in the nightly look at everybody"),
    "retired": lambda _rest, _reader: _("the segment was retired"),
    "retag": lambda _rest, _reader: _("the segment's tag was changed"),
    "import": lambda rest, _reader: _("import %(name)s", name=rest),
    "upload": lambda rest, _reader: _("list %(name)s", name=rest),
    "staff": lambda rest, _reader: rest,
    "demo": lambda _rest, _reader: _("invented for the demo"),
}
