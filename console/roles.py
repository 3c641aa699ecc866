"""What roles are called and what they are for."""

from console.words import _
from core.errors import InvalidInput
from staff.models import Role


def find_role(value: str) -> Role:
    """Return the role that a form names.

    :raises InvalidInput: there is none such.
    """
    try:
        return Role(value)
    except ValueError:
        raise InvalidInput({"role": "must be one of the roles"}) from None


def role_name(role: Role) -> str:
    """Return the role's name in the language of the page."""
    return {
        Role.ADMIN: _("Admin"),
        Role.SUPERVISOR: _("Supervisor"),
        Role.MARKETER: _("Marketer"),
        Role.AGENT: _("Agent"),
        Role.VIEWER: _("Viewer"),
    }[role]


def role_purpose(role: Role) -> str:
    """Return what somebody of this role does here."""
    return {
        Role.ADMIN: _("May do everything, staff included."),
        Role.SUPERVISOR: _("Sees all tickets, assigns them, sets who is on duty, and reads the audit log."),
        Role.MARKETER: _("Writes and sends campaigns; sees contacts and segments, but not the inbox."),
        Role.AGENT: _("Answers customers: own tickets and those that wait in own queues."),
        Role.VIEWER: _("Reads, and changes nothing."),
    }[role]
