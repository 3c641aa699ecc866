"""What the audit log's actions are called in words."""

from collections.abc import Mapping

from console.words import _l

ACTIONS: Mapping[str, str] = {
    "user.add": _l("added somebody"),
    "user.rename": _l("changed a name"),
    "user.set_role": _l("gave another role"),
    "user.set_password": _l("set a password"),
    "user.set_capacity": _l("changed how many conversations one may hold"),
    "user.set_queues": _l("changed the queues one serves"),
    "user.deactivate": _l("ended somebody's access"),
    "user.reactivate": _l("gave access back"),
    "user.issue_link": _l("made a sign-in link"),
    "user.sign_in": _l("signed in"),
    "user.sign_in_by_link": _l("signed in by a link"),
    "user.sign_out": _l("signed out"),
    "user.duty_on": _l("went on duty"),
    "user.duty_off": _l("went off duty"),
    "user.pair_phone": _l("paired a phone"),
    "user.unpair_phone": _l("forgot a phone"),
    "ticket.take": _l("took a conversation"),
    "ticket.assign": _l("gave a conversation to somebody"),
    "ticket.move": _l("moved a conversation to another queue"),
    "ticket.answer": _l("answered"),
    "ticket.note": _l("noted something"),
    "ticket.solve": _l("solved a conversation"),
    "ticket.tag": _l("put on a tag in a conversation"),
    "ticket.untag": _l("took off a tag in a conversation"),
    "contact.tag": _l("put on a tag"),
    "contact.untag": _l("took off a tag"),
    "contact.change": _l("changed what is known about somebody"),
    "campaign.create": _l("wrote a campaign"),
    "campaign.edit": _l("changed a campaign"),
    "campaign.schedule": _l("scheduled a campaign"),
    "campaign.unschedule": _l("made a campaign a draft again"),
    "campaign.send_late": _l("sent an overdue campaign after all"),
    "campaign.pause": _l("paused a campaign"),
    "campaign.resume": _l("resumed a campaign"),
    "campaign.cancel": _l("cancelled a campaign"),
    "campaign.test": _l("sent a test"),
    "segment.create": _l("made a segment"),
    "segment.change": _l("changed a segment"),
    "segment.target": _l("said whether a segment is a target"),
    "segment.review": _l("looked at a segment and found it right"),
    "segment.upload": _l("uploaded a list of people"),
    "segment.discard": _l("threw an unfinished list away"),
    "segment.retire": _l("retired a segment"),
    "segment.list": _l("changed who is on a list"),
    "customers.change_group": _l("changed what makes a group of customers"),
    "customers.score": _l("had customers scored again"),
    "token.create": _l("made a token for a program"),
    "token.revoke": _l("revoked a token"),
    "api.track": _l("recorded events by a program"),
    "api.order": _l("recorded orders by a program"),
    "demo.look_as": _l("looked as a colleague of the demo"),
}


def words_of(action: str) -> str:
    """Return an action in the language of the page; one that nobody has named is told as it is kept."""
    return str(ACTIONS.get(action, action))
