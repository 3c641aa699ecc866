"""Which language a page is in: what the user chose, else the first that the browser asks for and we speak."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, g, request, session
from flask_babel import Babel

TRANSLATIONS = Path(__file__).parent / "translations"


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the console."""

    tag: str
    """For `lang`, so that a browser draws Han characters the way this language's readers know them."""
    locale: str
    """For Babel: the name of the catalogue."""
    name: str
    """As its own readers call it."""


LANGUAGES: Mapping[str, Language] = {
    one.tag: one
    for one in (
        Language("zh-TW", "zh_Hant_TW", "繁體中文"),
        Language("en", "en", "English"),
        Language("ja", "ja", "日本語"),
    )
}
DEFAULT = LANGUAGES["en"]

# Browsers ask for zh-Hant-TW or zh-HK too, and neither Werkzeug nor Babel finds zh-TW for those. Readers
# of simplified characters read traditional ones more easily than English.
_ALIASES = {
    "zh": "zh-TW", "zh-hant": "zh-TW", "zh-hant-tw": "zh-TW", "zh-hant-hk": "zh-TW", "zh-hant-mo": "zh-TW",
    "zh-tw": "zh-TW", "zh-hk": "zh-TW", "zh-mo": "zh-TW", "zh-cn": "zh-TW", "zh-hans": "zh-TW",
    "zh-hans-cn": "zh-TW", "zh-sg": "zh-TW", "zh-hans-sg": "zh-TW",
}  # fmt: skip


def find_language(tag: str) -> Language | None:
    """Return the language we speak for a tag that a browser or a user named."""
    folded = tag.strip().replace("_", "-").lower()
    if folded in _ALIASES:
        return LANGUAGES[_ALIASES[folded]]
    return LANGUAGES.get(folded.partition("-")[0])


def current_language() -> Language:
    """Return the language of this page."""
    me = g.get("me")
    for wanted in ((me.language or "") if me else "", str(session.get("language", ""))):
        if wanted and (found := find_language(wanted)):
            return found
    for tag, quality in request.accept_languages:
        if quality > 0 and (found := find_language(tag)):
            return found
    return DEFAULT


def install_languages(app: Flask) -> None:
    """Let templates and views say `_("...")`."""
    Babel(
        app,
        default_locale=DEFAULT.locale,
        default_translation_directories=str(TRANSLATIONS),
        locale_selector=lambda: current_language().locale,
    )
