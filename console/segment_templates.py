"""Rules to begin with: what shops ask for most, with places left open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.words import _l


@dataclass(frozen=True, slots=True)
class Template:
    """A rule, of which some parts may be left to whoever takes it."""

    label: str
    words: str
    icon: str
    rule: Mapping[str, Any]


TEMPLATES: Sequence[Template] = (
    Template(
        _l("Active lately"),
        _l("Were here in the last 30 days and can be reached."),
        "activity",
        {"all": [{"seen": {"within": "30d"}}, {"following": True}]},
    ),
    Template(
        _l("Went quiet"),
        _l("Follow the account, but were not here for 90 days."),
        "moon",
        {"all": [{"following": True}, {"seen": {"not_within": "90d"}}]},
    ),
    Template(
        _l("Regulars"),
        _l("Were here on at least 4 days of the last 30."),
        "calendar-event",
        {"active": {"days": {"at_least": 4}, "within": "30d"}},
    ),
    Template(
        _l("Tapped it several times"),
        _l("Tapped something at least 3 times in 60 days."),
        "hand-click",
        {"event": {"name": "tap", "where": {"tags": None}, "at_least": 3, "within": "60d"}},
    ),
    Template(
        _l("Bought, but not lately"),
        _l("Ordered before, but not in the last 90 days."),
        "shopping-cart",
        {"orders": {"last": {"not_within": "90d"}}},
    ),
    Template(
        _l("Good customers"),
        _l("At least 3 orders of 1,000 on average in a year."),
        "coin",
        {"orders": {"count": {"at_least": 3}, "average": {"at_least": 1000}, "within": "365d"}},
    ),
    Template(
        _l("Birthday this week"),
        _l("Have their birthday in the next 7 days."),
        "cake",
        {"birthday": {"within": ["today", "+7d"]}},
    ),
    Template(
        _l("New friends"),
        _l("Added the account in the last 7 days."),
        "user-plus",
        {"followed": {"within": "7d"}},
    ),
    Template(
        _l("Told us, but not to be disturbed now"),
        _l("Carry a tag, and talk with nobody from the staff."),
        "tag",
        {"all": [{"tag": None}, {"not": {"ticket": "unsolved"}}]},
    ),
)
"""Those whose leaves are not in the table are left out (`console.segment_editing`)."""


def kinds_in(rule: Any) -> frozenset[str]:
    """Return the kinds of leaves that a template's rule asks."""
    (key, inner), *_rest = rule.items()
    if key == "not":
        return kinds_in(inner)
    if key in {"all", "any"}:
        return frozenset().union(*map(kinds_in, inner))
    return frozenset({key})
