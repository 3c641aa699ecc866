"""Messages as they stand in a chat, with our own few words in the language of the page."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from console.words import _l
from rendering import Word, render_incoming, render_message, render_quick_replies, still, worded

WORDS: Mapping[Word, str] = {
    Word.PICTURE: _l("Picture"),
    Word.FILM: _l("Video"),
    Word.RECORDING: _l("Recording"),
    Word.FILE: _l("File"),
    Word.STICKER: _l("Sticker"),
    Word.LOCATION: _l("Location"),
    Word.COUPON: _l("Coupon"),
    Word.QUICK_REPLIES: _l("Quick replies"),
    Word.NOT_SHOWN: _l("This kind of message cannot be shown here:"),
}


def draw_ours(bodies: Sequence[Mapping[str, Any]]) -> tuple[Markup, ...]:
    """Return what we sent, with the quick replies of the last message; nothing in it can be pressed."""
    with worded(_say):
        parts = [still(render_message(body)) for body in bodies]
        if bodies:
            parts.append(still(render_quick_replies(bodies[-1])))
    return tuple(part for part in parts if part)


def draw_theirs(bodies: Sequence[Mapping[str, Any]], address: str | None) -> tuple[Markup, ...]:
    """Return what a customer sent; the files are served at the address, where they are kept."""
    with worded(_say):
        return tuple(render_incoming(body, address) for body in bodies)


def _say(word: Word) -> str:
    return str(WORDS[word])
