"""What each role may do: one table, asked by the console and the API alike."""

from collections.abc import Mapping
from enum import StrEnum

from staff.models import Role


class Permission(StrEnum):
    """One thing that a role may or may not do; its value is what the audit log and refusals call it."""

    SEE_INBOX = "see_inbox"
    """Read the conversations of tickets of one's own queues, and of one's own tickets."""
    SEE_ALL_TICKETS = "see_all_tickets"
    """Read the conversations of every ticket, whoever holds it."""
    TAKE = "take"
    """Take a ticket that waits in one of one's queues."""
    ASSIGN = "assign"
    """Give a ticket to somebody else, or to another queue."""
    ANSWER = "answer"
    """Write to a customer."""
    NOTE = "note"
    """Note something on a ticket that the customer does not see."""
    SOLVE = "solve"
    """Declare a ticket solved, which gives the conversation back to the bot."""
    SEE_CONTACTS = "see_contacts"
    """Search people, and see a person's profile, tags and story."""
    EDIT_TAGS = "edit_tags"
    """Put a tag on a person, or take one off."""
    EDIT_CONTACTS = "edit_contacts"
    """Change what is known about a person: fields, and their number in the shop's books."""
    RECORD_FACTS = "record_facts"
    """Record what people did and ordered elsewhere."""
    SEE_SEGMENTS = "see_segments"
    """Read segments: their rules, counts, samples, and why somebody is in."""
    EDIT_SEGMENTS = "edit_segments"
    """Make, change and retire segments, and say which are worth serving."""
    SEE_CAMPAIGNS = "see_campaigns"
    """Read campaigns and their reports."""
    EDIT_CAMPAIGN = "edit_campaign"
    """Write campaigns that are not sent yet."""
    SEND_CAMPAIGN = "send_campaign"
    """Schedule, send, pause and cancel campaigns."""
    TEST_SEND = "test_send"
    """Send a campaign to one's own phone."""
    SEE_STAFF = "see_staff"
    """See who works here, who is on duty, and in which queues."""
    MANAGE_STAFF = "manage_staff"
    """Add people, give roles, reset passwords, and deactivate."""
    SET_OWN_DUTY = "set_own_duty"
    """Go on and off duty."""
    SET_OTHERS_DUTY = "set_others_duty"
    """Put others on and off duty; set their capacity and queues."""
    SEE_AUDIT = "see_audit"
    """Read who changed what."""
    SEE_SYSTEM = "see_system"
    """See what runs, in numbers."""
    USE_API = "use_api"
    """Make tokens with which programs do in one's name what one may do oneself."""


_P = Permission

_AGENT = frozenset(
    {
        _P.SEE_INBOX, _P.TAKE, _P.ANSWER, _P.NOTE, _P.SOLVE,
        _P.SEE_CONTACTS, _P.EDIT_TAGS, _P.SET_OWN_DUTY,
    }
)  # fmt: skip
_MARKETER = frozenset(
    {
        _P.SEE_CONTACTS, _P.EDIT_TAGS, _P.EDIT_CONTACTS, _P.RECORD_FACTS, _P.USE_API, _P.SEE_SEGMENTS,
        _P.EDIT_SEGMENTS,
        _P.SEE_CAMPAIGNS, _P.EDIT_CAMPAIGN, _P.SEND_CAMPAIGN, _P.TEST_SEND,
    }
)  # fmt: skip
_VIEWER = frozenset(
    {
        _P.SEE_INBOX, _P.SEE_ALL_TICKETS, _P.SEE_CONTACTS, _P.SEE_SEGMENTS, _P.SEE_CAMPAIGNS, _P.SEE_SYSTEM,
    }
)  # fmt: skip
_SUPERVISOR = (
    _AGENT
    | _VIEWER
    | {
        _P.ASSIGN, _P.SEE_STAFF, _P.SET_OTHERS_DUTY, _P.SEE_AUDIT,
        _P.TEST_SEND, _P.EDIT_CONTACTS, _P.USE_API, _P.EDIT_SEGMENTS,
    }
)  # fmt: skip

PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission),
    Role.SUPERVISOR: _SUPERVISOR,
    Role.MARKETER: _MARKETER,
    Role.AGENT: _AGENT,
    Role.VIEWER: _VIEWER,
}
"""Nothing else decides what a role may do."""


def may(role: Role, permission: Permission) -> bool:
    """Say whether a role holds a permission."""
    return permission in PERMISSIONS[role]
