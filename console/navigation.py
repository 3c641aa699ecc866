"""The way round the console: one table, shown as far as the role reaches and the pages exist."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import current_app, g, request, url_for

from console.words import _l
from staff.permissions import Permission


@dataclass(frozen=True, slots=True)
class Entry:
    """A page that the navigation leads to."""

    endpoint: str
    label: str
    icon: str
    permission: Permission | None = None


NAVIGATION = (
    Entry("home.page", _l("Home"), "home"),
    Entry("inbox.page", _l("Inbox"), "inbox", Permission.SEE_INBOX),
    Entry("contacts.page", _l("Contacts"), "address-book", Permission.SEE_CONTACTS),
    Entry("segments.page", _l("Segments"), "chart-pie", Permission.SEE_SEGMENTS),
    Entry("customer_value.page", _l("Customer value"), "coin", Permission.SEE_SEGMENTS),
    Entry("campaigns.page", _l("Campaigns"), "speakerphone", Permission.SEE_CAMPAIGNS),
    Entry("stage.page", _l("Stage"), "sparkles"),
    Entry("staff.page", _l("Staff"), "users-group", Permission.SEE_STAFF),
    Entry("audit.page", _l("Audit log"), "history", Permission.SEE_AUDIT),
    Entry("system.page", _l("System"), "activity", Permission.SEE_SYSTEM),
)


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as this page shows it."""

    name: str
    url: str
    label: str
    icon: str
    is_current: bool


def links() -> Iterator[Link]:
    """Yield what the signed-in user may open."""
    if g.me is None:
        return
    here = request.blueprint
    for entry in NAVIGATION:
        if entry.endpoint in current_app.view_functions and (
            entry.permission is None or g.me.may(entry.permission)
        ):
            name = entry.endpoint.partition(".")[0]
            yield Link(name, url_for(entry.endpoint), str(entry.label), entry.icon, name == here)
