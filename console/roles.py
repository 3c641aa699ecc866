"""What roles are called."""

from console.words import _
from staff.models import Role


def role_name(role: Role) -> str:
    """Return the role's name in the language of the page."""
    return {
        Role.ADMIN: _("Admin"),
        Role.SUPERVISOR: _("Supervisor"),
        Role.MARKETER: _("Marketer"),
        Role.AGENT: _("Agent"),
        Role.VIEWER: _("Viewer"),
    }[role]
