"""Refusals of the services, in the language of the page.

Services speak English, for the command line and the log. `SENTENCES` lists what of it staff may come to
read; %(name)s stands for what changes. A sentence that is not listed is shown as it is.
"""

import re
from functools import cached_property

from console.words import _, sentence

SENTENCES = (
    # staff
    sentence("must not be empty"),
    sentence("two-step sign-in is on already; switch it off first"),
    sentence("switch off your own two-step sign-in in your account, by its digits"),
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
    sentence("this file is not here, or no longer"),
    sentence("there is no invented shop here"),
    sentence("only who is invented can look with other invented eyes"),
    sentence("there is no such segment"),
    sentence("there is no such segment; choose another one"),
    sentence("somebody made a segment %(segment)s at the same moment; try again"),
    sentence("there is no such campaign"),
    sentence("there is no campaign %(campaign)s"),
    sentence("there is no segment %(segment)s"),
    sentence("%(segment)s is retired; choose another one"),
    sentence("must be in the future"),
    # the rules of segments
    sentence("a rule is a map with one key: %(keys)s"),
    sentence("`%(key)s` must be a number"),
    sentence("`%(key)s` must be a number or a text"),
    sentence("`%(key)s` must be one text, one number, or true or false"),
    sentence("a rule says one thing: put %(named)s under `all` or `any`, each with a dash of its own"),
    sentence("%(group)s takes a list of rules"),
    sentence("a field is compared in one way: with one of %(ways)s"),
    sentence("between takes two numbers or two days such as 2027-03-01, today or +30d, in quotes or not"),
    sentence("holds a NUL or half a character"),
    sentence("is longer than anything lasts"),
    sentence("say how much: one of %(ways)s"),
    sentence("say either `within` or `not_within`, such as 30d"),
    sentence("say either `within`, such as [-3d, +7d], or `month`"),
    sentence("say either the `state` of a ticket, or `solved_within` such as 30d"),
    sentence("say of which `question` the choice is"),
    sentence("must be `today`, or days before or after it such as -3d or +7d, at most %(days)s"),
    sentence("must be %(months)s, or a number from 1 to 12"),
    sentence("%(name)s is no name: small letters a to z, digits and _, beginning with a letter, at most 60"),
    sentence("each changes a tag that the next reads, so who is in would never come to rest: %(way)s"),
    sentence("is nested more than %(levels)s levels deep"),
    sentence("a rule has at most %(count)s conditions; let a tag stand for what many of them say"),
    sentence("the second of `between` comes before the first, so nobody fits"),
    sentence("the first of `within` comes before the second, such as [-3d, +7d]"),
    sentence("`%(high)s` and `%(low)s` rule each other out, so nobody fits"),
    sentence("a score is a number: compare it with numbers"),
    sentence("must be a number between %(low)s and %(high)s"),
    sentence("must be a number or a day such as 2027-03-01, today or +30d, in quotes or not"),
    sentence("how far back must be between %(low)s and %(high)s"),
    sentence("is counted in days of the calendar, such as 30d"),
    sentence("say a `prefecture` or a `city`"),
    sentence("say a `group`, or what `recency`, `frequency` or `monetary` is"),
    sentence("`share_at_least` is the share of days with `hours`: say which"),
    sentence("`share_at_least` is the share of those that `where` describes: say which"),
    sentence("`exactly` stands without `at_least` and `at_most`"),
    sentence("is empty; write what staff call these people"),
    sentence("may have %(count)s characters"),
    sentence("there is no tag %(tag)s"),
    sentence("%(tag)s has a lifetime, and would end while somebody is still in the segment"),
    sentence("%(tag)s is of %(group)s, of which a contact carries one"),
    sentence("say yes, not now or no, and then why"),
    sentence("has %(count)s characters; it may have %(limit)s"),
    sentence("is one line of at most %(limit)s characters"),
    sentence("is empty; say something"),
    sentence("%(language)s: the placeholders cannot be filled in: %(why)s"),
    sentence("the placeholders cannot be filled in: %(why)s"),
    sentence("%(language)s: has %(count)s characters; above buttons it may have %(limit)s"),
    # what LINE takes as a message
    sentence(
        "%(field)s: at most %(limit)s characters as LINE counts them (an emoji counts as 2 or more), this has %(count)s"
    ),
    sentence("%(field)s: at most %(limit)s characters, this has %(count)s"),
    sentence("%(field)s: must have %(low)s to %(high)s items, this has %(count)s"),
    sentence("%(field)s: must not be empty"),
)

_PLACE = re.compile(r"%\\\((\w+)\\\)s")


class Listed:
    """Sentences that come in English with something filled in, to be said in the language of the page."""

    def __init__(self, *sentences: str) -> None:
        self.sentences = sentences

    def in_words(self, message: str) -> str:
        """Return a message in the language of the page; one that is not listed stays as it is."""
        for words, pattern in self._patterns:
            found = pattern.fullmatch(message)
            if found:
                return _(words, **found.groupdict())
        return message

    @cached_property
    def _patterns(self) -> tuple[tuple[str, re.Pattern[str]], ...]:
        return tuple(
            (one, re.compile(_PLACE.sub(r"(?P<\1>.+?)", re.escape(one)), re.DOTALL)) for one in self.sentences
        )


in_words = Listed(*SENTENCES).in_words
