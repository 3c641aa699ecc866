"""The thresholds of a group of customers: in words, and as somebody types them."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from console.value_words import number
from console.words import _, ngettext
from core.errors import InvalidInput
from facts import rfm
from facts.rfm import Thresholds

DIGITS_LIMIT = 20
CENTS = 100
"""Of the account's currency: staff think in whole units."""
LIMITS: Mapping[str, int] = {
    "ordered_within_days": rfm.DAYS_LIMIT,
    "silent_for_days": rfm.DAYS_LIMIT,
    "orders_at_least": rfm.ORDERS_LIMIT,
    "average_at_least": rfm.CENTS_LIMIT // CENTS,
}
"""The fields, each with the most it takes."""


@dataclass(frozen=True, slots=True)
class GroupForm:
    """What stands in the fields, also what is none."""

    typed: Mapping[str, str]

    def thresholds(self) -> Thresholds:
        """Return what was typed; an empty field asks nothing.

        :raises InvalidInput: with every fault of the form.
        """
        said: dict[str, int | None] = {}
        faults: dict[str, str] = {}
        for name, most in LIMITS.items():
            try:
                said[name] = _whole(self.typed[name], most)
            except ValueError as error:
                faults[name] = str(error)
        if not faults and not any(said.values()):
            faults["ordered_within_days"] = _("Ask at least one thing; a group that asks nothing has nobody.")
        if faults:
            raise InvalidInput(faults)
        average = said["average_at_least"]
        return Thresholds(
            said["ordered_within_days"],
            said["silent_for_days"],
            said["orders_at_least"],
            None if average is None else average * CENTS,
        )


def shown(thresholds: Thresholds) -> GroupForm:
    """Return the form of thresholds that are kept."""
    average = thresholds.average_at_least_cents
    kept = {
        "ordered_within_days": thresholds.ordered_within_days,
        "silent_for_days": thresholds.silent_for_days,
        "orders_at_least": thresholds.orders_at_least,
        "average_at_least": None if average is None else average // CENTS,
    }
    return GroupForm({name: "" if value is None else str(value) for name, value in kept.items()})


def read_form(sent: Mapping[str, str]) -> GroupForm:
    """Return what somebody typed."""
    return GroupForm({name: " ".join(sent.get(name, "").split())[:40] for name in LIMITS})


def asks(thresholds: Thresholds) -> Iterator[str]:
    """Yield what a group asks, in words."""
    if (days := thresholds.ordered_within_days) is not None:
        yield ngettext("ordered in the last %(num)s day", "ordered in the last %(num)s days", days)
    if (days := thresholds.silent_for_days) is not None:
        yield ngettext("no order for %(num)s day", "no order for %(num)s days", days)
    if (orders := thresholds.orders_at_least) is not None:
        yield ngettext("at least %(num)s order", "at least %(num)s orders", orders)
    if (cents := thresholds.average_at_least_cents) is not None:
        yield _("%(amount)s or more an order", amount=number(cents / CENTS))


def _whole(typed: str, most: int) -> int | None:
    plain = unicodedata.normalize("NFKC", typed).replace(",", "").replace(" ", "")
    if not plain:
        return None
    if not (plain.isascii() and plain.isdecimal()):
        raise ValueError(_("Write a whole number, or leave it empty."))
    if len(plain) > DIGITS_LIMIT or not 1 <= int(plain) <= most:
        raise ValueError(_("Write a number from 1 to %(most)s.", most=number(most)))
    return int(plain)
