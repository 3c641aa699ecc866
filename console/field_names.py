"""What the fields of people are called: as the questions that fill them are called in their summaries."""

from collections.abc import Callable, Iterator, Mapping

from sqlalchemy.orm import Session

from console.words import _
from content.revisions import Published
from content.text import Text
from questionnaires.definition import Question
from questionnaires.versions import Versions


def field_names(
    session: Session, versions: Versions, published: Published | None, pick: Callable[[Text, str], str]
) -> Mapping[str, str]:
    """Return what fields are called, by name; those that no question of the playbook fills are missing.

    :param pick: the text in the reader's language, and what to say without one.
    """
    if published is None:
        return {}
    ids = published.version_ids
    questions = [
        question
        for key in sorted(ids)
        for question in versions.get(session, ids[key]).definition.questions
        if question.short is not None
    ]
    names: dict[str, str] = {}
    for question in questions:
        for name, is_end in _filled_by(question):
            called = pick(question.short or {}, name)
            names.setdefault(name, _end(name, called) if is_end else called)
    return names


def _filled_by(question: Question) -> Iterator[tuple[str, bool]]:
    """Yield the fields that answers go to, and whether each is one of several: an end of a range."""
    if question.field is not None:
        yield question.field, False
    others = {name for choice in question.choices for name in choice.fields}
    for name in sorted(others):
        yield name, len(others) > 1


def _end(name: str, called: str) -> str:
    if name.endswith("_min"):
        return _("%(field)s (from)", field=called)
    if name.endswith("_max"):
        return _("%(field)s (to)", field=called)
    return f"{called} ({name})"
