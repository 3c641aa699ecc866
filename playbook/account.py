"""The account's own settings: languages, zone, hours, privacy policy."""

import re
from itertools import pairwise
from zoneinfo import available_timezones

import phonenumbers

from contacts.folding import fold
from content.hours import hours_fault
from content.model import BusinessHours
from content.phrases import KEYWORDS
from line.urls import link
from playbook.draft import Draft
from playbook.faults import Faults, suggestion
from playbook.locate import Path
from playbook.parse import Part
from playbook.schema import PlaybookFile

_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def check_account(draft: Draft, faults: Faults) -> None:
    """Name what is wrong with playbook.yaml beyond its shape."""
    part = draft.account
    if part is None:
        return
    account = part.value
    _languages(part, faults)
    if account.time_zone not in available_timezones():
        near = suggestion(account.time_zone, available_timezones())
        part.blame(faults, ("time_zone",), f"unknown time zone {account.time_zone!r}{near}")
    if account.region not in phonenumbers.SUPPORTED_REGIONS:
        part.blame(
            faults, ("region",), f"unknown region {account.region!r}; write two capital letters such as TW"
        )
    _privacy_url(part, faults)
    if account.resume_bot_after.total_seconds() <= 0:
        part.blame(faults, ("resume_bot_after",), "resume_bot_after must be longer than nothing")
    if not account.name.strip():
        part.blame(faults, ("name",), "name is empty; write what the account is called")
    _keywords(part, faults)
    _hours(part, account.hours, faults)


def _keywords(part: Part[PlaybookFile], faults: Faults) -> None:
    """Name keywords that are empty, or that ask for something else already."""
    asks_for = {fold(word): key for key, words in KEYWORDS.items() for word in words}
    for key, words in part.value.keywords.items():
        for place, word in enumerate(words):
            if not word.strip():
                part.blame(
                    faults, ("keywords", key, place), "a keyword is empty; write a word or take it out"
                )
            elif (first := asks_for.setdefault(fold(word), key)) != key:
                what = f"{word!r} asks for {first!r} already; a word asks for one thing"
                part.blame(faults, ("keywords", key, place), what)


def _languages(part: Part[PlaybookFile], faults: Faults) -> None:
    account = part.value
    for place, language in enumerate(account.languages):
        if not _LANGUAGE.fullmatch(language):
            what = f"{language!r} is not a language tag; write it like zh-TW, ja or en"
            part.blame(faults, ("languages", place), what)
        if language in account.languages[:place]:
            part.blame(faults, ("languages", place), f"{language!r} is written twice")
    if account.default_language not in account.all_languages():
        near = suggestion(account.default_language, account.languages)
        what = f"default_language {account.default_language!r} is not one of languages{near}"
        part.blame(faults, ("default_language",), what)
    elif not account.languages and not _LANGUAGE.fullmatch(account.default_language):
        what = f"{account.default_language!r} is not a language tag; write it like zh-TW, ja or en"
        part.blame(faults, ("default_language",), what)


def _privacy_url(part: Part[PlaybookFile], faults: Faults) -> None:
    url = part.value.privacy_url
    reasons = [fault.reason for fault in link(url, "privacy_url")]
    if not reasons and not url.startswith(("https://", "http://")):
        reasons = ["must begin with https://"]
    for reason in reasons:
        part.blame(faults, ("privacy_url",), f"privacy_url {reason}")


def _hours(part: Part[PlaybookFile], hours: BusinessHours, faults: Faults) -> None:
    if not any(getattr(hours, day) for day in _WEEKDAYS):
        what = "hours are empty; write when people are there, e.g. `mon: 10:00-20:00`"
        part.blame(faults, ("hours",), what)
    for day in _WEEKDAYS:
        _spans(part, ("hours", day), getattr(hours, day), faults)
    for place, special in enumerate(hours.special):
        _spans(part, ("hours", "special", place, "hours"), special.hours, faults)
        earlier = [other.on for other in hours.special[:place]]
        if special.on in earlier:
            part.blame(faults, ("hours", "special", place, "on"), f"{special.on} is written twice")


def _spans(part: Part[PlaybookFile], path: Path, spans: tuple[str, ...], faults: Faults) -> None:
    wrong = False
    for place, span in enumerate(spans):
        reason = hours_fault(span)
        if reason is not None:
            part.blame(faults, (*path, place), reason)
            wrong = True
    if wrong:
        return
    for earlier, later in pairwise(sorted(spans, key=_minutes)):
        if _minutes(later)[0] < _minutes(earlier)[1]:
            part.blame(faults, path, f"{earlier} and {later} overlap; write them as one")


def _minutes(span: str) -> tuple[int, int]:
    hour, minute, end_hour, end_minute = map(int, re.findall(r"\d+", span))
    start, end = hour * 60 + minute, end_hour * 60 + end_minute
    return start, end if end > start else end + 24 * 60
