"""Which choices a typed text means.

Tried in this order, and the first that says something decides: the whole text is a choice's
word; an amount that a choice's range holds; choices' words inside the text; a position. When
the text fits two choices of a question that takes one, it fits none: we ask rather than guess.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from unicodedata import normalize

from contacts.folding import fold, fold_word, han_variants, loosen, word_pattern
from content.amounts import amount_of, is_upper_limit, span_of
from questionnaires.definition import Choice, Question, Range

REFUSALS = (
    r"(?:不|沒|別|勿|非|除了|\b(?:no|not|never|except|without|dont)\b|n t\b|안 ).*\x00",
    r"\x00.{0,4}(?:不要|不行|不想|不考慮|不可以|不喜歡|以外|之外|じゃない|ではない|いらない|いりません|말고|아니|빼고)",
)
"""What takes the words around a choice's own (\x00) back: 不要台北, 台北以外. 門打不開 does not."""

NEGATION = r"[不沒未無]|\b(?:no|not|never|without|dont)\b|n t\b"
"""What turns the word after it around."""

TAKEN = "\x00"

QUESTION_ENDS = ("嗎", "吗", "呢", "ですか", "ますか", "까요", "나요")
"""台北市有哪些區呢 asks something; it does not choose 台北市."""

WORD_LIMIT_CHARS = 60
"""A longer text is a story in which a choice's word proves little."""

_POSITION = re.compile(
    r"(?P<ordinal>第)?\s*(?:no\.?|選項|选项|option)?\s*(?P<number>\d{1,2}|[一二三四五六七八九十])\s*"
    r"(?P<counter>個|个|項|项|號|号|番目|番|つ目|번째|번|st|nd|rd|th)?"
)
_HAN_POSITIONS = {char: value for value, char in enumerate("一二三四五六七八九十", 1)}
_RUN_TAKEN = re.compile(f"{TAKEN}+")
_ANY_NUMERAL = re.compile(r"[0-9一二兩两三四五六七八九十]")


def choice_typed_whole(question: Question, text: str) -> Choice | None:
    """Return the choice of which the whole text is a label, in any language, or another way to type it."""
    folded = fold(text)
    meant = [choice for choice in question.choices if folded and folded in map(fold_word, words_of(choice))]
    return meant[0] if len(meant) == 1 else None


def choices_meant(question: Question, text: str) -> tuple[Choice, ...]:
    """Return the choices that a text means, in the order of the question.

    At most one unless the question takes several. Choices that open a picker are meant only by
    their own words; a typed date is read elsewhere.
    """
    whole = choice_typed_whole(question, text)
    if whole is not None:
        return (whole,)
    if has_ranges(question):
        held = _holding(question, text)
        if held is not None:
            return (held,)
    contained = _contained(question, text)
    if contained:
        return contained if question.multiple or len(contained) == 1 else ()
    return () if has_ranges(question) else _at_positions(question, text)


def question_named(questions: Sequence[Question], text: str) -> Question | None:
    """Return the question whose short title stands in the text; 寵物種類 goes before 寵物."""
    folded = fold(text)
    named: dict[int, list[Question]] = {}
    for question in questions:
        titles = [fold_word(words) for words in (question.short or question.ask).values()]
        if found := [title for title in titles if title and title in folded]:
            named.setdefault(max(map(len, found)), []).append(question)
    longest = named.get(max(named, default=0), [])
    return longest[0] if len(longest) == 1 else None


def words_of(choice: Choice) -> tuple[str, ...]:
    """Return everything that may be typed for a choice."""
    return (*choice.label.values(), *choice.also)


def has_ranges(question: Question) -> bool:
    return any(choice.range is not None for choice in question.choices)


def _holding(question: Question, text: str) -> Choice | None:
    """Return the choice whose range holds the amount, or the whole span, that the text names."""
    ranged = [(choice, choice.range) for choice in question.choices if choice.range is not None]
    span, amount = span_of(text), amount_of(text)
    if span is not None:
        held = [
            choice for choice, range_ in ranged if _lower(range_) <= span[0] and span[1] <= _upper(range_)
        ]
    elif amount is not None and _is_of_the_size(float(amount), ranged):
        is_limit = is_upper_limit(text)
        held = [choice for choice, range_ in ranged if _is_within(float(amount), range_, is_limit=is_limit)]
    else:
        held = []
    return held[0] if len(held) == 1 else None


def _lower(range_: Range) -> float:
    return float("-inf") if range_.min is None else range_.min


def _upper(range_: Range) -> float:
    return float("inf") if range_.max is None else range_.max


def _is_within(amount: float, range_: Range, *, is_limit: bool) -> bool:
    """15000 belongs to 15,000–25,000, but "15000以下" to what ends there."""
    if is_limit:
        return _lower(range_) < amount <= _upper(range_)
    return _lower(range_) <= amount < _upper(range_)


def _is_of_the_size(amount: float, ranged: list[tuple[Choice, Range]]) -> bool:
    """A 2 among rents of 15,000 and more is a position or short for 2萬, not two dollars."""
    bounds = [bound for _, range_ in ranged for bound in (range_.min, range_.max) if bound]
    return amount == 0 or not bounds or amount * 100 >= min(bounds)


def _contained(question: Question, text: str) -> tuple[Choice, ...]:
    """Return the choices whose words stand in the text; the longest word first takes its place."""
    loosened = loosen(text)
    if len(loosened) > WORD_LIMIT_CHARS or _asks(text):
        return ()
    rest = loosened
    meant: set[str] = set()
    for word in sorted(_not_negated(_words_in(question, loosened), loosened), key=lambda word: -word.length):
        if TAKEN not in rest[word.start : word.end]:
            rest = rest[: word.start] + TAKEN * (word.end - word.start) + rest[word.end :]
            meant.add(word.choice_id)
    rest = _RUN_TAKEN.sub(f" {TAKEN} ", rest)
    if any(refusal.search(rest) for refusal in _refusals()):
        return ()
    return tuple(choice for choice in question.choices if choice.id in meant)


@dataclass(frozen=True, slots=True)
class _WordInText:
    """Where in a text a word of a choice stands, and how long that word is folded."""

    choice_id: str
    start: int
    end: int
    length: int

    def is_within(self, other: "_WordInText") -> bool:
        return self.choice_id == other.choice_id and other.start <= self.start and self.end <= other.end


def _words_in(question: Question, text: str) -> list[_WordInText]:
    return [
        _WordInText(choice.id, *found.span(), length=len(fold_word(word)))
        for choice in question.choices
        for word in words_of(choice)
        if fold_word(word)
        for found in word_pattern(word).finditer(text)
    ]


def _not_negated(words: Sequence[_WordInText], text: str) -> list[_WordInText]:
    """Leave out what another choice's word negates: in 沒有寵物, the 有寵物 of "yes" yields to the 沒有 of "no".

    That it is longer counts for nothing there, and neither does a shorter word within it.
    """
    ends = [found.end() for found in _negations().finditer(text)]
    negating = [(word, end) for word in words for end in ends if word.start < end <= word.end]

    def is_negated(word: _WordInText) -> bool:
        return any(
            other.choice_id != word.choice_id
            and other.start < word.start
            and (end == word.start or end < word.start < other.end)
            for other, end in negating
        )

    negated = [word for word in words if is_negated(word)]
    return [word for word in words if not any(word.is_within(one) for one in negated)]


@cache
def _refusals() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern.translate(han_variants())) for pattern in REFUSALS)


@cache
def _negations() -> re.Pattern[str]:
    return re.compile(NEGATION.translate(han_variants()))


def _asks(text: str) -> bool:
    plain = normalize("NFKC", text)
    return "?" in plain or plain.rstrip(" 。.!~").endswith(QUESTION_ENDS)


def _at_positions(question: Question, text: str) -> tuple[Choice, ...]:
    """Return the choices that the text names by number: 2, ２, 第二個; several where several may be chosen."""
    plain = normalize("NFKC", text).casefold().strip(" 。.!#")
    parts = re.split(r"[\s,、和跟&]+", plain) if question.multiple else [plain]
    found = [_POSITION.fullmatch(part) for part in parts]
    # Where the choices' words have numbers themselves, a bare 2 may mean 兩房; 第二個 cannot.
    have_numbers = any(
        _ANY_NUMERAL.search(fold(word)) for choice in question.choices for word in words_of(choice)
    )
    positions: list[int] = []
    for match in found:
        if match is None or (have_numbers and not (match["ordinal"] and match["counter"])):
            return ()
        positions.append(_HAN_POSITIONS.get(match["number"]) or int(match["number"]))
    if not all(1 <= position <= len(question.choices) for position in positions):
        return ()
    chosen = {question.choices[position - 1].id for position in positions}
    return tuple(choice for choice in question.choices if choice.id in chosen)
