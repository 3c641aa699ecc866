"""Whether an answer is what a branch waits for.

Pure, and decided by what is stored alone: a day counted from today counts from the day on which
the answer was given, so that a run goes the same way tomorrow.
"""

from datetime import date

from contacts.folding import fold, fold_word, holds_word
from content.comparing import Comparison, is_time
from content.days import day_from, is_day
from questionnaires.answers import Answer, Value
from questionnaires.definition import Question, Wanted

DAY_CHARS = len("2027-03-01")
"""The beginning of a date and time is its date; after the T stands the time of day."""
TEXTS = frozenset({"text", "phone", "email"})


def fits(question: Question, answer: Answer | None, wanted: Wanted) -> bool:
    """Return whether an answer fits; none, and a skipped question, fit only where none is wanted."""
    is_known = answer is not None and not answer.is_skipped
    if isinstance(wanted, Comparison) and wanted.known is not None:
        return is_known == wanted.known
    if answer is None or not is_known:
        return False
    if not isinstance(wanted, Comparison):
        return bool(set(answer.choices) & set(wanted))
    if (limits := wanted.limits()) != ():
        return _is_within(wanted, limits, answer)
    if wanted.contains is not None:
        return wanted.contains in answer.choices or _contains(question, answer.value, wanted.contains)
    if wanted.one_of is not None:
        return any(_is_same(question, answer, one) for one in wanted.one_of)
    if wanted.is_not is not None:
        return not _is_same(question, answer, wanted.is_not)
    assert wanted.is_ is not None
    return _is_same(question, answer, wanted.is_)


def _is_within(wanted: Comparison, limits: tuple[float | str, ...], answer: Answer) -> bool:
    value = answer.value
    if not isinstance(limits[0], str):
        if not isinstance(value, int | float):
            return False
        return wanted.is_within(float(value), [float(limit) for limit in limits])
    if not isinstance(value, str):
        return False
    texts = [str(limit) for limit in limits]
    if is_time(texts[0]):
        at = value[DAY_CHARS + 1 :] if "T" in value else value
        return is_time(at) and wanted.is_within(at, texts)
    if answer.on is None:
        return False
    said_on = date.fromisoformat(answer.on)
    return wanted.is_within(value[:DAY_CHARS], [day_from(text, said_on) for text in texts])


def _is_same(question: Question, answer: Answer, wanted: object) -> bool:
    if not isinstance(wanted, str):
        # No answer is true or false, and in Python 1 is True.
        return not isinstance(wanted, bool) and answer.value is not None and answer.value == wanted
    if wanted in answer.choices:
        return True
    if not isinstance(answer.value, str):
        return False
    if answer.on is not None and is_day(wanted):
        return answer.value[:DAY_CHARS] == day_from(wanted, date.fromisoformat(answer.on))
    if question.kind in TEXTS:
        return fold(answer.value) == fold_word(wanted)
    return answer.value == wanted


def _contains(question: Question, value: Value | None, wanted: str) -> bool:
    return question.kind in TEXTS and isinstance(value, str) and holds_word(value, wanted)
