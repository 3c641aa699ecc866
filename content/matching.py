"""Whether a text is what a rule waits for, and by which of its words."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from unicodedata import normalize

import regex

from contacts.folding import fold, fold_word, han_variants, holds_word
from content.model import Match

TIME_LIMIT_S = 0.05
"""A pattern that has not decided by then is running away; it may never hold up a turn (limit 3 s)."""

PATTERN_LIMIT_CHARS = 500

RanAway = Callable[[str], object]
"""Told the pattern that ran into its time limit."""


@dataclass(frozen=True, slots=True)
class MatchResult:
    """What of a rule was found in a text. Of several lists that were given, each names its word."""

    exact: str | None = None
    contains: tuple[str, ...] = ()
    any_of: str | None = None
    pattern: str | None = None

    @property
    def reason(self) -> str:
        """Why it matched, in the playbook's own words; holds nothing the customer wrote."""
        parts = []
        if self.exact is not None:
            parts.append(f"is exactly “{self.exact}”")
        if self.contains:
            parts.append("contains " + " and ".join(f"“{word}”" for word in self.contains))
        if self.any_of is not None:
            parts.append(f"contains “{self.any_of}”")
        if self.pattern is not None:
            parts.append(f"fits the pattern {self.pattern}")
        return "; ".join(parts) or "any text"


def matches(match: Match, text: str, *, ran_away: RanAway | None = None) -> MatchResult | None:
    """Return how `text` fits, or None. A match that asks for nothing fits every text.

    A pattern that runs into its time limit counts as not found, and `ran_away` is told.
    """
    folded = fold(text)
    exact = next((word for word in match.exact if folded and fold_word(word) == folded), None)
    any_of = next((word for word in match.any_of if holds_word(text, word)), None)
    if match.exact and exact is None:
        return None
    if match.any_of and any_of is None:
        return None
    if not all(holds_word(text, word) for word in match.contains):
        return None
    if match.pattern is not None and not _is_found(match.pattern, text, ran_away):
        return None
    return MatchResult(exact, match.contains, any_of, match.pattern)


def fits_whole(pattern: str, text: str, *, ran_away: RanAway | None = None) -> bool:
    """Return whether the whole text is what `pattern` describes; no when the pattern runs away."""
    return _decides(lambda: compiled(pattern).fullmatch(text, timeout=TIME_LIMIT_S), pattern, ran_away)


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> regex.Pattern[str]:
    """Compile a pattern; it is blind to case.

    :raises regex.error: it is no regular expression; `pattern_fault` says so beforehand.
    """
    return regex.compile(pattern, regex.IGNORECASE)


def match_fault(match: Match) -> str | None:
    """Return what is wrong with a match, for the check of a playbook."""
    for word in (*match.exact, *match.contains, *match.any_of):
        if not fold(word):
            return f"the word {word!r} is empty, so it would never match"
    if match.pattern is None:
        return None
    fault = pattern_fault(match.pattern)
    if fault is None and _is_found(match.pattern, "", None):
        return f"the pattern {match.pattern} is found in every text, even an empty one"
    return fault


def pattern_fault(pattern: str) -> str | None:
    """Return why a pattern is not fit for use: it cannot be read, or it runs away on a nasty text."""
    if len(pattern) > PATTERN_LIMIT_CHARS:
        return f"the pattern has {len(pattern)} characters; {PATTERN_LIMIT_CHARS} are allowed"
    try:
        compiled(pattern)
    except regex.error as error:
        return f"the pattern {pattern} cannot be read: {error}"
    runaways: list[str] = []
    for text in _nasty_texts(pattern):
        _is_found(pattern, text, runaways.append)
        fits_whole(pattern, text, ran_away=runaways.append)
        if runaways:
            return f"the pattern {pattern} can take for ever on some texts: avoid repeats inside repeats"
    return None


def _is_found(pattern: str, text: str, ran_away: RanAway | None) -> bool:
    """Look in the text as typed, then in its usual width and Han variants: `2萬` finds ２万 as well.

    Spaces stay, for a pattern may ask for them.
    """
    forms = dict.fromkeys([(pattern, text), _in_one_form(pattern, text)])
    return any(
        _decides(
            lambda one=one, form=form: compiled(one).search(form, timeout=TIME_LIMIT_S),  # type: ignore[misc]
            pattern,
            ran_away,
        )
        for one, form in forms
    )


def _in_one_form(pattern: str, text: str) -> tuple[str, str]:
    """Return both with each Han character as the one that stands for all its variants.

    Not where a pattern has a range of them: other ends would make another range, or none.
    """
    plain = normalize("NFKC", text)
    if _HAN_RANGE.search(pattern):
        return pattern, plain
    return pattern.translate(han_variants()), plain.translate(han_variants())


_HAN_RANGE = regex.compile(r"\p{Han}-|-\p{Han}")


def _decides(attempt: Callable[[], object], pattern: str, ran_away: RanAway | None) -> bool:
    try:
        return attempt() is not None
    except TimeoutError:
        if ran_away is not None:
            ran_away(pattern)
        return False


def _nasty_texts(pattern: str) -> list[str]:
    """Long repeats that almost fit, of common characters and of the pattern's own, with a bad end."""
    own = "".join(dict.fromkeys(char for char in pattern if char.isalnum()))[:8]
    units = dict.fromkeys([*own, own, "a", "1", " ", "臺", "ab ", "0-", "a@", "a.", "\n"])
    lengths = (40, 5000)
    return [unit * (length // len(unit)) + "\x00" for unit in units if unit for length in lengths]
