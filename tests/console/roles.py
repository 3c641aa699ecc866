"""What every route answers to every role: add yours here, or `test_roles.py` fails.

A route is `METHOD /path`, as in `app.url_map`. Its value is the permission it asks for, STAFF for all who
are signed in, or ANYBODY. `PATHS` fills what stands in angle brackets; unknown ids are right, for a 404 means
that the door was open.
"""

from collections.abc import Mapping
from typing import Final

from staff.permissions import Permission

P = Permission

STAFF: Final = "staff"
ANYBODY: Final = "anybody"
INVENTED: Final = "invented"
"""Only for staff of the demo shop, of whom there are none here."""

EXPECTED: Mapping[str, P | str] = {
    # frame
    "GET /": ANYBODY,
    "GET /console/static/<path:filename>": ANYBODY,
    "GET /console/messages/<path:filename>": ANYBODY,
    # signing in and out
    "GET /console/sign-in": ANYBODY,
    "POST /console/sign-in": ANYBODY,
    "GET /console/sign-in/code": ANYBODY,
    "POST /console/sign-in/code": ANYBODY,
    "GET /console/sign-in/<token>": ANYBODY,
    "POST /console/sign-in/<token>": ANYBODY,
    "POST /console/language": ANYBODY,
    "POST /console/sign-out": STAFF,
    # home, account
    "GET /console/": STAFF,
    "GET /console/account/": STAFF,
    "POST /console/account/preferences": STAFF,
    "POST /console/account/password": STAFF,
    "POST /console/account/sessions/<int(max=9223372036854775807):session_id>/end": STAFF,
    "GET /console/account/two-step/": STAFF,
    "POST /console/account/two-step/on": STAFF,
    "POST /console/account/two-step/off": STAFF,
    "POST /console/account/duty": P.SET_OWN_DUTY,
    "POST /console/account/tokens/": P.USE_API,
    "POST /console/account/tokens/<public_id>/revoke": P.USE_API,
    "POST /console/account/phone": P.TEST_SEND,
    "POST /console/account/phone/forget": P.TEST_SEND,
    # inbox
    "GET /console/inbox/": P.SEE_INBOX,
    "GET /console/inbox/list": P.SEE_INBOX,
    "GET /console/inbox/waiting": P.SEE_INBOX,
    "GET /console/inbox/<public_id>": P.SEE_INBOX,
    "GET /console/inbox/<public_id>/now": P.SEE_INBOX,
    "GET /console/inbox/<public_id>/earlier": P.SEE_INBOX,
    "POST /console/inbox/<public_id>/take": P.TAKE,
    "POST /console/inbox/<public_id>/assign": P.ASSIGN,
    "POST /console/inbox/<public_id>/move": P.ASSIGN,
    "POST /console/inbox/<public_id>/answer": P.ANSWER,
    "POST /console/inbox/<public_id>/note": P.NOTE,
    "POST /console/inbox/<public_id>/solve": P.SOLVE,
    "POST /console/inbox/<public_id>/tag": P.EDIT_TAGS,
    "POST /console/inbox/<public_id>/untag": P.EDIT_TAGS,
    "GET /console/live": P.SEE_INBOX,
    "GET /console/live/news": P.SEE_INBOX,
    "GET /console/media/<contact_id>/<message_id>": P.SEE_CONTACTS,
    # stage and demo shop
    "GET /console/stage/": P.SEE_CONTACTS,
    "GET /console/stage/known": P.SEE_CONTACTS,
    "POST /console/stage/play": P.SEE_CONTACTS,
    "POST /console/stage/act": P.SEE_CONTACTS,
    "POST /console/stage/send/<public_id>": P.SEND_CAMPAIGN,
    "POST /console/demo/look-as": INVENTED,
    "POST /console/demo/remove": P.MANAGE_STAFF,
    # people, segments
    "GET /console/contacts/": P.SEE_CONTACTS,
    "GET /console/contacts/more": P.SEE_CONTACTS,
    "GET /console/contacts/count": P.SEE_CONTACTS,
    "GET /console/contacts/<public_id>": P.SEE_CONTACTS,
    "GET /console/contacts/<public_id>/earlier": P.SEE_CONTACTS,
    "POST /console/contacts/<public_id>/tag": P.EDIT_TAGS,
    "POST /console/contacts/<public_id>/untag": P.EDIT_TAGS,
    "GET /console/segments/": P.SEE_SEGMENTS,
    "GET /console/segments/positioning": P.SEE_SEGMENTS,
    "GET /console/segments/map": P.SEE_SEGMENTS,
    "GET /console/segments/map/points": P.SEE_SEGMENTS,
    "GET /console/segments/new": P.EDIT_SEGMENTS,
    "GET /console/segments/parts": P.EDIT_SEGMENTS,
    "POST /console/segments/try": P.EDIT_SEGMENTS,
    "POST /console/segments/new": P.EDIT_SEGMENTS,
    "GET /console/segments/<public_id>/edit": P.EDIT_SEGMENTS,
    "POST /console/segments/<public_id>/edit": P.EDIT_SEGMENTS,
    "GET /console/segments/<public_id>/retire": P.EDIT_SEGMENTS,
    "POST /console/segments/<public_id>/retire": P.EDIT_SEGMENTS,
    "POST /console/segments/<public_id>/targeting": P.EDIT_SEGMENTS,
    "POST /console/segments/<public_id>/targeting/playbook": P.EDIT_SEGMENTS,
    "POST /console/segments/<public_id>/review": P.EDIT_SEGMENTS,
    "POST /console/segments/<public_id>/snapshot": P.EDIT_SEGMENTS,
    "GET /console/segments/upload": P.EDIT_SEGMENTS,
    "POST /console/segments/upload": P.EDIT_SEGMENTS,
    "POST /console/segments/unfinished/<public_id>/discard": P.EDIT_SEGMENTS,
    "GET /console/segments/<public_id>/growth": P.SEE_SEGMENTS,
    "GET /console/segments/<public_id>/day": P.SEE_SEGMENTS,
    "GET /console/segments/<public_id>/moves": P.SEE_SEGMENTS,
    "GET /console/segments/<public_id>/card": P.SEE_SEGMENTS,
    "GET /console/segments/<public_id>": P.SEE_SEGMENTS,
    "GET /console/segments/<public_id>/count": P.SEE_SEGMENTS,
    "GET /console/segments/<public_id>/numbers": P.SEE_SEGMENTS,
    "GET /console/segments/<public_id>/why": P.SEE_SEGMENTS,
    "GET /console/value/": P.SEE_SEGMENTS,
    "GET /console/value/figures": P.SEE_SEGMENTS,
    "GET /console/value/scores": P.SEE_SEGMENTS,
    "GET /console/value/scores/<key>": P.EDIT_SEGMENTS,
    "POST /console/value/scores/<key>": P.EDIT_SEGMENTS,
    "POST /console/value/scores/<key>/playbook": P.EDIT_SEGMENTS,
    "POST /console/value/score": P.EDIT_SEGMENTS,
    "GET /console/value/groups/<key>": P.EDIT_SEGMENTS,
    "POST /console/value/groups/<key>": P.EDIT_SEGMENTS,
    # campaigns
    "GET /console/campaigns/": P.SEE_CAMPAIGNS,
    "GET /console/campaigns/<public_id>": P.SEE_CAMPAIGNS,
    "GET /console/campaigns/<public_id>/now": P.SEE_CAMPAIGNS,
    "GET /console/campaigns/<public_id>/expected": P.SEE_CAMPAIGNS,
    "GET /console/campaigns/<public_id>/look": P.SEE_CAMPAIGNS,
    "GET /console/campaigns/<public_id>/why": P.SEE_CAMPAIGNS,
    "GET /console/campaigns/people": P.SEE_CAMPAIGNS,
    "GET /console/campaigns/new": P.EDIT_CAMPAIGN,
    "POST /console/campaigns/new": P.EDIT_CAMPAIGN,
    "POST /console/campaigns/try": P.EDIT_CAMPAIGN,
    "GET /console/campaigns/<public_id>/edit": P.EDIT_CAMPAIGN,
    "POST /console/campaigns/<public_id>/edit": P.EDIT_CAMPAIGN,
    "POST /console/campaigns/<public_id>/test": P.TEST_SEND,
    "GET /console/campaigns/<public_id>/send": P.SEND_CAMPAIGN,
    "POST /console/campaigns/<public_id>/send": P.SEND_CAMPAIGN,
    "POST /console/campaigns/<public_id>/unschedule": P.SEND_CAMPAIGN,
    "POST /console/campaigns/<public_id>/pause": P.SEND_CAMPAIGN,
    "POST /console/campaigns/<public_id>/resume": P.SEND_CAMPAIGN,
    "POST /console/campaigns/<public_id>/cancel": P.SEND_CAMPAIGN,
    "POST /console/campaigns/<public_id>/late": P.SEND_CAMPAIGN,
    # staff, audit log, system
    "GET /console/staff/": P.SEE_STAFF,
    "GET /console/staff/<public_id>": P.SEE_STAFF,
    "GET /console/staff/new": P.MANAGE_STAFF,
    "POST /console/staff/new": P.MANAGE_STAFF,
    "POST /console/staff/<public_id>/role": P.MANAGE_STAFF,
    "POST /console/staff/<public_id>/link": P.MANAGE_STAFF,
    "POST /console/staff/<public_id>/two-step/off": P.MANAGE_STAFF,
    "POST /console/staff/<public_id>/deactivate": P.MANAGE_STAFF,
    "POST /console/staff/<public_id>/reactivate": P.MANAGE_STAFF,
    "POST /console/staff/<public_id>/duty": P.SET_OTHERS_DUTY,
    "POST /console/staff/<public_id>/work": P.SET_OTHERS_DUTY,
    "GET /console/audit/": P.SEE_AUDIT,
    "GET /console/system/": P.SEE_SYSTEM,
}

PATHS: Mapping[str, str] = {
    "<token>": "no-such-token",
    "<path:filename>": "mark.svg",
    "<int(max=9223372036854775807):session_id>": "999999",
    "<public_id>": "nobodyatall2",
    "<key>": "no-such-group",
    "<contact_id>": "nobodyatall2",
    "<message_id>": "1",
}

OUTSIDE = ("/healthz", "/readyz", "/metrics", "/assets")
"""Beginnings of addresses that are none of the console's."""
