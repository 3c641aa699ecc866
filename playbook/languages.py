"""Every text in every language of the playbook."""

import re

from content.model import RichMenu
from content.text import DEFAULT, Text
from playbook.draft import AnyPart, Draft
from playbook.faults import Faults, suggestion
from playbook.locate import Path
from playbook.walk import texts

_MARKUP = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_LETTER = re.compile(r"[^\W\d_]")


def check_translations(draft: Draft, faults: Faults) -> None:
    """Name every text that lacks a language, once each, and every language that the playbook does not speak."""
    if draft.account is None:
        return
    languages = draft.account.value.all_languages()
    for part in draft.parts():
        for path, _owner, name, words in texts(part.value):
            _check(part, path, _called(name, path), words, languages, faults)
        menu = part.value
        if isinstance(menu, RichMenu) and isinstance(menu.picture, dict):
            lacking = [language for language in languages if language not in menu.picture]
            if lacking:
                part.blame(faults, ("picture",), f"picture has none for {', '.join(lacking)}")


def reads_alike(words: str) -> bool:
    """Say whether a text has nothing to translate: figures, signs and placeholders."""
    return not _LETTER.search(_MARKUP.sub("", words))


def _called(name: str, path: Path) -> str:
    return f"phrase {path[-1]!r}" if name == "phrases" else name


def _check(
    part: AnyPart, path: Path, name: str, words: Text, languages: tuple[str, ...], faults: Faults
) -> None:
    for language, text in words.items():
        if language not in {DEFAULT, *languages}:
            what = f"{name}: unknown language {language!r}{suggestion(language, languages)}"
            part.blame(faults, (*path, language), what)
        if not text.strip():
            where = (*path, language) if language else path
            part.blame(faults, where, f"{name} is empty; write something after it or take it out")
    if DEFAULT in words:
        if len(words) > 1:
            part.blame(faults, path, f"{name} has a text without a language beside others; name its language")
        elif len(languages) > 1 and not reads_alike(words[DEFAULT]):
            what = f"{name} is written in one language only; write it in {', '.join(languages)}"
            part.blame(faults, path, what)
        return
    lacking = [language for language in languages if language not in words]
    if lacking:
        part.blame(faults, path, f"{name} is not translated into {', '.join(lacking)}")
