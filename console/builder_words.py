"""What the rule builder's script says, in words of the page's language."""

from collections.abc import Mapping
from typing import Any

from console.words import _


def builder_words() -> Mapping[str, Any]:
    """Return every sentence that the script shows by itself; %(name)s stands for what it fills in."""
    return {
        "add_condition": _("Condition"),
        "add_group": _("Group"),
        "as_text": _("as text"),
        "before_or_after": _("before or after"),
        "between": {"all": _("and"), "any": _("or")},
        "choose": _("choose…"),
        "compared": {
            "at_least": _("at least"),
            "at_most": _("at most"),
            "more_than": _("more than"),
            "less_than": _("less than"),
            "exactly": _("exactly"),
        },
        "copy": _("Duplicate"),
        "day_modes": {
            "date": _("on the day"),
            "today": _("today"),
            "-": _("before today"),
            "+": _("after today"),
        },
        "down": _("Move down"),
        "empty_group": _("Empty: nobody fits until something stands here."),
        "from": _("from"),
        "further": _("more…"),
        "full": _("There is no room for more conditions."),
        "grip": _("Drag to move; Alt with the arrow keys does the same"),
        "group_holds": _("What has to hold of this group"),
        "how_many": _("how many"),
        "is_not": _("not"),
        "kind": _("kind of value"),
        "kinds": {"text": _("text"), "number": _("number"), "day": _("day"), "flag": _("yes or no")},
        # Through `%` once, so that the script's own places survive gettext.
        "more": _("%(count)s more: type to find them", count="%(count)s"),
        "moved": _("Place %(place)s of %(all)s", place="%(place)s", all="%(all)s"),
        "no": _("no"),
        "not_hint": _("Turn round: only those of whom it is not so"),
        "nothing_found": _("Nothing found"),
        "ops": {
            "all": _("all of these"),
            "any": _("at least one of these"),
            "not_all": _("not all of these"),
            "not_any": _("none of these"),
        },
        "property": _("detail"),
        "remove": _("Remove"),
        "removed": _("Removed."),
        "sides": {"-": _("days before today"), "+": _("days after today")},
        "spans": {"d": _("days"), "h": _("hours"), "m": _("minutes"), "s": _("seconds")},
        "take_off": _("Take off %(what)s", what="%(what)s"),
        "text_is_faulty": _("The text has faults; put them right first."),
        "to": _("to"),
        "turn_round": _("Turn round"),
        "unfinished": _("Not finished yet: until it is, nobody is counted."),
        "unit": _("unit"),
        "units": {"d": _("days"), "w": _("weeks"), "m": _("months"), "y": _("years")},
        "up": _("Move up"),
        "use_as_is": _("Use “%(what)s”", what="%(what)s"),
        "value": _("a value"),
        "way": _("how"),
        "what_to_do": _("What to do with it"),
        "whens": {"within": _("in the last"), "not_within": _("longer ago than")},
        "which_condition": _("Which condition?"),
        "wrap": _("Put into a group"),
        "yes": _("yes"),
    }
