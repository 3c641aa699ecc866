"""Conditions about how somebody stands to the account: follows it, was here, speaks which language."""

from collections.abc import Sequence

from console.leaf_parts import Control, LeafForm, Part, Way
from console.words import _l


def within(*, must: bool = True) -> Part:
    """Return the input of how far back."""
    return Part(
        key="within",
        control=Control.DURATION,
        words=_l("in the last"),
        offer=_l("in the last …"),
        must=must,
    )


def _yes_or_no(kind: str, group: str, label: str, icon: str, yes: str, no: str) -> LeafForm:
    ways = (Way(label=yes, value=True), Way(label=no, value=False))
    return LeafForm(kind=kind, group=group, label=label, icon=icon, ways=ways)


ACCOUNT: Sequence[LeafForm] = (
    _yes_or_no(
        "following",
        "account",
        _l("Following"),
        "user-check",
        _l("follows the account"),
        _l("does not follow"),
    ),
    _yes_or_no(
        "blocked", "account", _l("Blocked"), "user-off", _l("has blocked us"), _l("has not blocked us")
    ),
    _yes_or_no(
        "returning", "account", _l("Came back"), "refresh", _l("added us again"), _l("has not come back")
    ),
    LeafForm(
        kind="followed",
        group="account",
        label=_l("Friend since"),
        icon="user-plus",
        ways=(
            Way(label=_l("became a friend"), parts=(within(),)),
            Way(label=_l("has been a friend for"), parts=(Part(key="not_within", control=Control.DURATION),)),
        ),
    ),
    LeafForm(
        kind="seen",
        group="account",
        label=_l("Seen"),
        icon="eye",
        hint=_l("wrote, tapped or followed"),
        ways=(
            Way(label=_l("was here"), parts=(within(),)),
            Way(
                label=_l("was not here"),
                parts=(Part(key="not_within", control=Control.DURATION, words=_l("in the last")),),
            ),
        ),
    ),
    LeafForm(
        kind="language",
        group="account",
        label=_l("Language"),
        icon="language",
        ways=(
            Way(
                parts=(
                    Part(
                        key="", control=Control.CHOICES, source="languages", words=_l("is one of"), free=True
                    ),
                )
            ),
        ),
    ),
    LeafForm(
        kind="entry",
        group="account",
        label=_l("Came by"),
        icon="qrcode",
        hint=_l("entry link or QR code"),
        ways=(
            Way(
                parts=(
                    Part(key="", control=Control.CHOICES, source="entries", words=_l("is one of"), free=True),
                )
            ),
        ),
    ),
    LeafForm(
        kind="active",
        group="did",
        label=_l("Days here"),
        icon="calendar",
        hint=_l("on how many days, at which hours"),
        ways=(
            Way(
                parts=(
                    within(),
                    Part(
                        key="days",
                        control=Control.MEASURE,
                        words=_l("on days"),
                        offer=_l("on how many days"),
                        must=False,
                    ),
                    Part(
                        key="hours",
                        control=Control.CHOICES,
                        source="hours",
                        words=_l("at the hours"),
                        offer=_l("at which hours"),
                        must=False,
                        is_list=True,
                    ),
                    Part(
                        key="share_at_least",
                        control=Control.PERCENT,
                        words=_l("which are at least"),
                        after=_l("percent of all of their days"),
                        offer=_l("share of all"),
                        must=False,
                    ),
                ),
            ),
        ),
    ),
    LeafForm(
        kind="random",
        group="more",
        label=_l("Random share"),
        icon="dice-5",
        hint=_l("the same people for as long as the name stays"),
        ways=(
            Way(
                parts=(
                    Part(key="share", control=Control.PERCENT, after=_l("percent of everybody")),
                    Part(
                        key="salt",
                        control=Control.TEXT,
                        words=_l("drawn as"),
                        offer=_l("another draw"),
                        must=False,
                    ),
                ),
            ),
        ),
    ),
)

_STATES = (
    ("unsolved", _l("there is an open case")),
    ("open", _l("a case waits for us")),
    ("waiting", _l("a case waits for them")),
    ("none", _l("there is no open case")),
)
_QUEUE = Part(key="queue", control=Control.CHOICES, source="queues", words=_l("in the queue"), must=False)

SERVICE: Sequence[LeafForm] = (
    LeafForm(
        kind="ticket",
        group="service",
        label=_l("Conversation"),
        icon="ticket",
        hint=_l("talks with a person of ours, or did"),
        short="state",
        ways=(
            *(Way(label=words, parts=(_QUEUE,), fixed={"state": state}) for state, words in _STATES),
            Way(
                label=_l("a case was solved"),
                parts=(Part(key="solved_within", control=Control.DURATION, words=_l("in the last")), _QUEUE),
            ),
        ),
    ),
    LeafForm(
        kind="campaign",
        group="service",
        label=_l("Campaign"),
        icon="speakerphone",
        hint=_l("got one, or tapped on it"),
        short="did",
        ways=tuple(
            Way(
                label=words,
                parts=(
                    within(must=False),
                    Part(
                        key="id",
                        control=Control.CHOICES,
                        source="campaigns",
                        words=_l("of the campaign"),
                        offer=_l("of certain campaigns"),
                        must=False,
                    ),
                ),
                fixed={"did": did},
            )
            for did, words in (("received", _l("got a campaign")), ("tapped", _l("tapped on a campaign")))
        ),
    ),
)
