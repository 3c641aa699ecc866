"""Reading what was typed, picked or sent as the answer to one question."""

import re
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from unicodedata import category, normalize

import phonenumbers
import regex
from email_validator import EmailNotValidError, validate_email

from content.amounts import amount_of
from content.hours import is_open
from content.matching import fits_whole
from questionnaires.answers import Answer, Value
from questionnaires.bounds import MOMENTS, Moment, bounds_as_values, number_bound, wall_clock
from questionnaires.choosing import choices_meant
from questionnaires.definition import Choice, Question
from questionnaires.path import chosen_of
from questionnaires.state import Facts, Hint, HintKind, Picked, SentLocation, SentPhoto
from questionnaires.typed_dates import date_in, datetime_in, time_in

TEXT_LIMIT_CHARS = 5_000
"""LINE's own limit for a message."""

_VALUE_FORMS = {
    "date": re.compile(r"[12]\d{3}-\d{2}-\d{2}"),
    "time": re.compile(r"\d{2}:\d{2}"),
    "datetime": re.compile(r"[12]\d{3}-\d{2}-\d{2}T\d{2}:\d{2}"),
}
_UNSEEN = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
"""Marks that reorder or hide text. The joiner of emoji stays."""

_KIND_HINTS = {
    "text": HintKind.TEXT,
    "number": HintKind.NUMBER,
    "date": HintKind.DATE,
    "time": HintKind.TIME,
    "datetime": HintKind.DATETIME,
    "phone": HintKind.PHONE,
    "email": HintKind.EMAIL,
    "photo": HintKind.PHOTO,
    "location": HintKind.LOCATION,
}


def read_text(question: Question, text: str, facts: Facts) -> Answer | Hint:
    """Read a typed answer: a choice's words first, then what the question's kind asks for."""
    if len(text) > TEXT_LIMIT_CHARS:
        return hint_for(question, HintKind.TOO_LONG if question.kind == "text" else None)
    meant = choices_meant(question, text)
    plain = tuple(choice.id for choice in meant if choice.pick is None)
    if plain:
        return Answer(plain)
    if meant and meant[0].pick is not None:
        return hint_for(question, _KIND_HINTS[meant[0].pick])
    if question.kind == "choice":
        return _typed_into_picker(question, text, facts)
    return _read_kind(question, text, facts)


def read_picked(question: Question, picked: Picked, facts: Facts) -> Answer | Hint | None:
    """Read a picker's value; None when the question has no such picker, so the tap is not ours."""
    value = picked.value.replace("t", "T")
    moment = next((moment for moment, form in _VALUE_FORMS.items() if form.fullmatch(value)), None)
    if moment is None:
        return None
    choices = [choice for choice in question.choices if choice.pick == moment]
    if picked.choice:
        choices = [choice for choice in choices if choice.id == picked.choice]
    if choices:
        return check_moment(question, MOMENTS[moment], value, facts, choice=choices[0])
    return check_moment(question, MOMENTS[moment], value, facts) if question.kind == moment else None


def read_photo(question: Question, photo: SentPhoto) -> Answer | Hint:
    return Answer(value=photo.message_id) if question.kind == "photo" else hint_for(question)


def read_location(question: Question, place: SentLocation) -> Answer | Hint:
    """Read a place; a question for a text takes its address, as that is what was asked for."""
    words = tuple(dict.fromkeys(filter(None, (clean(place.title), clean(place.address)))))
    if question.kind == "location":
        return Answer(value=f"{place.latitude:.6f},{place.longitude:.6f}", shown=", ".join(words) or None)
    if question.kind == "text" and question.pattern is None and place.address:
        return _text(question, place.address)
    return hint_for(question)


def still_fits(question: Question, answer: Answer, facts: Facts) -> bool:
    """Return whether an answer of an earlier run would be accepted today."""
    if answer.is_skipped:
        return question.optional
    chosen = chosen_of(question, answer)
    if len(chosen) != len(answer.choices) or (len(chosen) > 1 and not question.multiple):
        return False
    moment = _moment_of(question, answer)
    if moment is not None:
        value = answer.value if isinstance(answer.value, str) else ""
        return isinstance(check_moment(question, moment, value, facts), Answer)
    if chosen:
        return answer.value is None
    if question.kind in {"text", "number", "phone", "email"}:
        return isinstance(_read_kind(question, str(answer.value), facts), Answer)
    return question.kind in {"photo", "location"} and isinstance(answer.value, str)


def said_again(question: Question, answer: Answer, facts: Facts) -> Answer:
    """Return an answer of an earlier run as one that is given today; it may be older than `Answer.on`."""
    moment = _moment_of(question, answer)
    return answer if moment is None or answer.is_skipped else replace(answer, on=_said_on(moment, facts))


def _moment_of(question: Question, answer: Answer) -> Moment | None:
    """Return what kind of moment the value of an answer is."""
    chosen = chosen_of(question, answer)
    return chosen[0].pick if chosen else MOMENTS.get(question.kind)


def _said_on(moment: Moment, facts: Facts) -> str | None:
    return None if moment == "time" else wall_clock(facts).date().isoformat()


def check_moment(
    question: Question, moment: Moment, value: str, facts: Facts, *, choice: Choice | None = None
) -> Answer | Hint:
    """Accept a date, time or both that exists, lies within the bounds, and in business hours if it must."""
    if _VALUE_FORMS[moment].fullmatch(value) is None or not _exists(moment, value):
        return hint_for(question, _KIND_HINTS[moment])
    low, high = bounds_as_values(question, moment, facts)
    if (low is not None and value < low) or (high is not None and value > high):
        kind = HintKind.DATE_RANGE if moment == "date" else HintKind.MOMENT_RANGE
        return hint_for(question, kind if low and high else _KIND_HINTS[moment], low, high)
    if moment == "datetime" and question.open_hours and not _is_open_at(value, facts):
        return hint_for(question, HintKind.CLOSED, low, high)
    return Answer(() if choice is None else (choice.id,), value, on=_said_on(moment, facts))


def hint_for(
    question: Question,
    kind: HintKind | None = None,
    minimum: str | None = None,
    maximum: str | None = None,
) -> Hint:
    """Return why the question comes again; without a kind, what an answer to it looks like."""
    if kind is None:
        choosing = HintKind.CHOOSE_SEVERAL if question.multiple else HintKind.CHOOSE
        kind = choosing if question.choices else _KIND_HINTS.get(question.kind, choosing)
    return Hint(kind, question.invalid, minimum, maximum)


def clean(text: str) -> str:
    """Return a text in one Unicode form, trimmed, without control characters and hidden marks; lines stay."""
    lines = normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    seen = _UNSEEN.sub("", lines)
    return "".join(char for char in seen if char == "\n" or category(char) not in {"Cc", "Cs"}).strip()


def _typed_into_picker(question: Question, text: str, facts: Facts) -> Answer | Hint:
    """Take a typed date for the choice that would have opened a picker for it."""
    refused: Hint | None = None
    for choice in question.choices:
        if choice.pick is None:
            continue
        read = _typed_moment(question, choice.pick, text, facts, choice=choice)
        if isinstance(read, Answer):
            return read
        refused = read or refused
    return refused or hint_for(question)


def _read_kind(question: Question, text: str, facts: Facts) -> Answer | Hint:
    match question.kind:
        case "date" | "time" | "datetime":
            read = _typed_moment(question, MOMENTS[question.kind], text, facts)
            return hint_for(question, _KIND_HINTS[question.kind]) if read is None else read
        case "number":
            return _number(question, text)
        case "phone":
            return _phone(question, text, facts.region)
        case "email":
            return _email(question, text)
        case "text":
            return _text(question, text)
        case _:
            return hint_for(question)


def _typed_moment(
    question: Question, moment: Moment, text: str, facts: Facts, *, choice: Choice | None = None
) -> Answer | Hint | None:
    """Return None when the text names no moment at all."""
    today = wall_clock(facts).date()
    value: str | None = None
    if moment == "date":
        day = date_in(text, today)
        value = None if day is None else day.isoformat()
    elif moment == "time":
        at = time_in(text)
        value = None if at is None else at.at.isoformat(timespec="minutes")
    elif (both := datetime_in(text, today)) is not None:
        at_minute, is_vague = both
        value = at_minute.isoformat(timespec="minutes")
        later = f"{value[:11]}{at_minute.hour + 12:02d}{value[13:]}"
        # "明天2點" for a viewing between ten and eight is two in the afternoon
        if is_vague and question.open_hours and not _is_open_at(value, facts) and _is_open_at(later, facts):
            value = later
    return None if value is None else check_moment(question, moment, value, facts, choice=choice)


def _exists(moment: Moment, value: str) -> bool:
    readers = {
        "date": date.fromisoformat,
        "time": time.fromisoformat,
        "datetime": datetime.fromisoformat,
    }
    try:
        readers[moment](value)
    except ValueError:
        return False
    return True


def _is_open_at(value: str, facts: Facts) -> bool:
    return is_open(facts.hours, datetime.fromisoformat(value).replace(tzinfo=facts.zone), facts.zone)


def _number(question: Question, text: str) -> Answer | Hint:
    amount = amount_of(text)
    low, high = number_bound(question.min), number_bound(question.max)
    bounds = (_plain(low), _plain(high))
    if amount is None or (low is not None and amount < low) or (high is not None and amount > high):
        return hint_for(question, HintKind.NUMBER, *bounds)
    return Answer(value=_whole(amount))


def _whole(amount: Decimal) -> Value:
    return int(amount) if amount == int(amount) else float(amount)


def _plain(bound: float | None) -> str | None:
    return None if bound is None else f"{bound:.10g}"


def _phone(question: Question, text: str, region: str) -> Answer | Hint:
    plain = normalize("NFKC", clean(text))
    digits = re.sub(r"\D", "", plain)
    # 886912345678 lacks only its plus
    abroad = [f"+{digits}"] if digits.startswith(str(phonenumbers.country_code_for_region(region))) else []
    for written in (plain, *abroad):
        try:
            number = phonenumbers.parse(written, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return Answer(value=phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return hint_for(question, HintKind.PHONE)


def _email(question: Question, text: str) -> Answer | Hint:
    try:
        address = validate_email(normalize("NFKC", clean(text)), check_deliverability=False)
    except EmailNotValidError:
        return hint_for(question, HintKind.EMAIL)
    return Answer(value=address.normalized)


def _text(question: Question, text: str) -> Answer | Hint:
    value = clean(text)
    low, high = number_bound(question.min), number_bound(question.max)
    bounds = (_plain(low), _plain(high))
    length = len(regex.findall(r"\X", value))
    if not any(category(char)[0] in "LN" for char in value):
        return hint_for(question, HintKind.TEXT, *bounds)
    if low is not None and length < low:
        return hint_for(question, HintKind.TOO_SHORT, *bounds)
    if high is not None and length > high:
        return hint_for(question, HintKind.TOO_LONG, *bounds)
    if question.pattern is not None and not fits_whole(question.pattern, normalize("NFKC", value)):
        return hint_for(question, HintKind.PATTERN)
    return Answer(value=value)
