"""What a text is found by: pairs of characters where no spaces part the words, words elsewhere."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from contacts.folding import loosen

WORD_LIMIT_CHARS = 64
PHRASES_LIMIT = 8
"""Of one query; each is a search of its own."""

_DENSE = "0-9\u0e00-\u109f\u1100-\u11ff\u1780-\u17ff\u2190-\U0010ffff"
"""Thai to Burmese, Hangul, kana, Han, symbols and emoji; digits too, so that the end of a number is found."""
_RUNS = re.compile(f"([{_DENSE}]+)")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Tokens that stand one after the other; of a prefix there is one, and longer ones match too."""

    tokens: tuple[str, ...]
    is_prefix: bool
    plain: str
    """The folded text that it looks for."""


def tokens_of(text: str) -> Sequence[str]:
    """Return the tokens of a text in order.

    「可以看房」 gives 可以, 以看, 看房, 房: the last character stands alone, so that every one begins a token.
    Spaces and punctuation between such characters do not count: 0912-345-678 is one number.
    """
    found: list[str] = []
    run = ""
    for is_dense, part in _parts(text):
        if is_dense:
            run += part
        else:
            found += _pairs(run)
            run = ""
            found.append(part)
    return [*found, *_pairs(run)]


def phrases_of(query: str) -> Sequence[Phrase]:
    """Return what a typed query looks for, all of it: spaces part what may stand apart."""
    found: dict[Phrase, None] = {}
    for piece in query.split():
        run = ""
        for is_dense, part in [*_parts(piece), (False, "")]:
            if is_dense:
                run += part
                continue
            if len(run) == 1:
                found[Phrase((run,), is_prefix=True, plain=run)] = None
            elif run:
                found[Phrase(tuple(_pairs(run)[:-1]), is_prefix=False, plain=run)] = None
            run = ""
            if part:
                found[Phrase((part,), is_prefix=True, plain=part)] = None
    return list(found)[:PHRASES_LIMIT]


def find(text: str, phrases: Sequence[Phrase]) -> tuple[int, int] | None:
    """Return where in the text the first of the phrases stands, as it was written."""
    folded, places = "", []
    for place, char in enumerate(text):
        plain = "".join(part for _, part in _parts(char))
        folded += plain
        places += [place] * len(plain)
    for phrase in phrases:
        at = folded.find(phrase.plain)
        if at >= 0:
            return places[at], places[at + len(phrase.plain) - 1] + 1
    return None


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run))]


def _parts(text: str) -> Iterator[tuple[bool, str]]:
    """Yield the pieces of the folded text, and whether each has to be cut into pairs."""
    for word in loosen(text).split():
        for number, part in enumerate(_RUNS.split(word)):
            if number % 2:
                yield True, part
            else:
                for letters in _WORD.findall(_without_marks(part)):
                    yield False, letters[:WORD_LIMIT_CHARS]


def _without_marks(text: str) -> str:
    """Return the text without accents: José is looked for as Jose."""
    if text.isascii():
        return text
    split = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(c for c in split if unicodedata.category(c)[0] != "M"))
