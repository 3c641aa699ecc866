"""Where a tag, a field or a ticket comes from, in words: `question:find_home/area`, `staff:lin`."""

from collections.abc import Callable

from console.words import _

Titles = Callable[[str], str]
"""Says what a questionnaire is called, by its key, or one of its questions; the key itself if that is not known."""


def staff_login(source: str) -> str:
    """Return the login of the staff user whom a source names; empty when it names none."""
    kind, _colon, rest = source.partition(":")
    return rest if kind in {"staff", "assigned"} else ""


def label_of(source: str, title: Titles) -> str:
    """Return a source in words; `title` turns the key of a questionnaire or question into its name."""
    kind, _colon, rest = source.partition(":")
    told = _TOLD.get(kind)
    return told(rest, title) if told is not None else source


def _question(rest: str, title: Titles) -> str:
    key, _slash, question = rest.partition("/")
    name = title(key)
    if not question:
        return _("“%(name)s” finished", name=name)
    if (asked := title(rest)) == rest:
        return _("answer in “%(name)s”", name=name)
    return _("answer to “%(question)s” in “%(name)s”", question=asked, name=name)


def _rule(rest: str, _title: Titles) -> str:
    owner, _slash, _name = rest.partition("/")
    if owner.startswith("handoff"):
        return _("asked for a person")
    if owner.startswith("menu."):
        return _("tap in the menu")
    if owner.startswith(("card", "end.", "rule.")):
        return _("tap on a button")
    if owner.startswith(("welcome", "greeting")):
        return _("welcome message")
    return _("rule %(name)s", name=rest)


def _handoff(rest: str, _title: Titles) -> str:
    if rest.startswith("auto_reply/"):
        return _("a message that staff will answer")
    return {
        "asked": _("asked for a person"),
        "misses": _("the bot did not understand"),
        "offered": _("accepted a person's help"),
    }.get(rest, _("asked for a person"))


_TOLD: dict[str, Callable[[str, Titles], str]] = {
    "question": _question,
    "questionnaire": lambda rest, title: title(rest.partition("/")[0]),
    "rule": _rule,
    "handoff": _handoff,
    "api": lambda rest, _title: _("program “%(name)s”", name=rest),
    "import": lambda rest, _title: _("import %(name)s", name=rest),
    "segment": lambda rest, _title: _("segment “%(name)s”", name=rest),
    "staff": lambda rest, _title: rest,
    "assigned": lambda rest, _title: rest,
    "campaign": lambda rest, _title: _("campaign %(name)s", name=rest),
    "place": lambda _rest, _title: _("a location that they sent"),
    "demo": lambda _rest, _title: _("invented for the demo"),
    "stage": lambda _rest, _title: _("brought along to the stage"),
}
