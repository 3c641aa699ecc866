"""Words in several languages, and the frozen model that all content is made of."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

DEFAULT = ""
"""The key of a text written once, without naming its language."""


class Frozen(BaseModel):
    """Content as data: immutable, and a misspelt key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _by_language(value: Any) -> Any:
    return {DEFAULT: value} if isinstance(value, str) else value


Text = Annotated[dict[str, str], BeforeValidator(_by_language, json_schema_input_type=str | dict[str, str])]
"""Language tag to words. A plain string in the playbook is the default language."""


def pick(text: Text, language: str | None, default: str) -> str:
    """Return the words for a reader of `language`, else for a reader of `default`, else any there are.

    `language` is a BCP 47 tag as LINE gives it; `ja-JP` reads `ja`, and any Chinese reads `zh-TW`.
    """
    for wanted in (language or "", default):
        found = _find(text, wanted)
        if found is not None:
            return found
    return text.get(DEFAULT) or next(iter(text.values()), "")


def named(text: Text, default: str) -> dict[str, str]:
    """Return the words by language, those of a text written once under the default one."""
    return {language if language != DEFAULT else default: words for language, words in text.items()}


def speak(language: str | None, languages: tuple[str, ...], default: str) -> str:
    """Return which of the playbook's languages suits a contact whose LINE speaks `language`."""
    return _match(language or "", languages) or default


def _find(text: Text, wanted: str) -> str | None:
    key = _match(wanted, tuple(text))
    return text[key] if key else None


def _match(wanted: str, known: tuple[str, ...]) -> str | None:
    folded = wanted.replace("_", "-").lower()
    if not folded:
        return None
    for key in known:
        if key.lower() == folded:
            return key
    primary = folded.split("-")[0]
    for key in known:
        if key and key.lower().split("-")[0] == primary:
            return key
    return None
