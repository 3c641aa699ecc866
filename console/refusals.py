"""Refusals of the services, in the language of the page.

Services speak English, for the command line and the log. `SENTENCES` lists what of it staff may come to
read; %(name)s stands for what changes. A sentence that is not listed is shown as it is.
"""

import re
from functools import cache

from console.words import _, sentence

SENTENCES = (
    # staff
    sentence("must not be empty"),
    sentence("must have at least %(count)s characters"),
    sentence("must have at most %(count)s characters"),
    sentence("must be one word, such as an e-mail address, without a colon"),
    sentence("must not contain control characters"),
    sentence("must be from %(low)s to %(high)s"),
    sentence("must be one of the roles"),
    sentence("is not your present password"),
    sentence("somebody has the login %(login)s already"),
    sentence("there is nobody with this id"),
    sentence("there must be somebody left who is admin"),
    sentence("you cannot deactivate yourself"),
    sentence("somebody who is deactivated cannot be on duty"),
    sentence("somebody who is deactivated gets no link"),
    sentence("this session has ended already"),
    sentence("no code is free; try again in ten minutes"),
    sentence("too many people are signing in at this moment; try again in a minute"),
    sentence("your role does not include: %(permission)s"),
    sentence("choose at least one"),
    sentence("beyond this role, or unknown: %(scopes)s"),
    sentence("there is a token %(name)s already: revoke it, or choose another name"),
    sentence("there can be %(count)s tokens; revoke one first"),
    sentence("there is no such token"),
    # people, segments, campaigns
    sentence("this conversation is open in a queue that you do not serve"),
    sentence("there is no such person"),
    sentence("there is no such segment"),
    sentence("there is no such segment; choose another one"),
    sentence("there is no such campaign"),
    sentence("there is no campaign %(campaign)s"),
    sentence("there is no segment %(segment)s"),
    sentence("%(segment)s is no longer in the playbook"),
    sentence("must be in the future"),
    sentence("is empty; say something"),
    sentence("%(language)s: the placeholders cannot be filled in: %(why)s"),
    sentence("the placeholders cannot be filled in: %(why)s"),
)

_PLACE = re.compile(r"%\\\((\w+)\\\)s")


def in_words(message: str) -> str:
    """Return a refusal in the language of the page."""
    for words, pattern in _patterns():
        found = pattern.fullmatch(message)
        if found:
            return _(words, **found.groupdict())
    return message


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((one, re.compile(_PLACE.sub(r"(?P<\1>.+?)", re.escape(one)))) for one in SENTENCES)
