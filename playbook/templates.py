"""Placeholders in texts: readable Liquid that asks only for what will be there."""

import re
from collections.abc import Mapping

from content.liquid import template_fault, variables_of
from content.model import MenuArea, RichMenu, Score, Segment, SpecialDay, Tag, TagGroup
from content.phrases import PHRASES
from content.routing import QueueSpec
from content.steps import Show, Start
from content.text import Frozen
from playbook.draft import AnyPart, Draft, Names
from playbook.faults import Faults, suggestion
from playbook.locate import Path
from playbook.walk import models, texts
from questionnaires.definition import Question, Questionnaire
from questionnaires.state import HintKind

EVERYWHERE = frozenset(
    {"name", "contact.display_name", "account", "privacy_url", "tags", "is_open", "opens_at", "hours_today",
     "language", "time_zone"}
)  # fmt: skip
"""What every text may use, besides `fields.…`, `last.…` and `scores.…`."""

IN_SHOWN = frozenset({"count"})
IN_CARDS = frozenset({"card.id", "card.title"})
NEEDS_NOBODY = EVERYWHERE
"""What a campaign's texts may use, besides `fields.…`: the others take too long for everybody at once."""
IN_HINTS = frozenset({"min", "max", "chosen", "choice"})
"""What is said when an answer does not fit: the question's bounds, and what is chosen so far."""

IN_PHRASES: Mapping[str, frozenset[str]] = {
    key: (IN_HINTS if key in set(HintKind) else frozenset())
    | (frozenset().union(*(variables_of(text) for text in words.values())) - EVERYWHERE)
    for key, words in PHRASES.items()
}
"""What the sentences of the program may use besides: what their own wording uses, and what hints are given."""

_NEVER_FILLED_IN = (Tag, TagGroup, SpecialDay, RichMenu, MenuArea, Score, Segment, QueueSpec)
"""Their texts are drawn or listed once for everybody."""

_ROOT = re.compile(r"[.\[]")


def check_templates(draft: Draft, names: Names, faults: Faults) -> None:
    """Name every template that cannot be read and every placeholder that nothing would fill."""
    for part in draft.parts():
        known = _Known(part, names)
        for path, owner, name, words in texts(part.value):
            extra = known.beside(path, owner, name)
            for language, text in words.items():
                where = (*path, language) if language else path
                if isinstance(owner, _NEVER_FILLED_IN) and ("{{" in text or "{%" in text):
                    what = f"{name} is the same for everybody, so it takes no placeholders"
                    part.blame(faults, where, what)
                else:
                    _check(part, where, text, known.everywhere | extra, faults)
        for path, model in models(part.value):
            if isinstance(model, Start):
                for question, answer in model.answers.items():
                    _check(part, (*path, "answers", question), answer, known.everywhere | IN_CARDS, faults)


class _Known:
    """The placeholders that one file's texts may use."""

    def __init__(self, part: AnyPart, names: Names) -> None:
        self.in_cards = part.file == "cards.yaml"
        questions = names.questions.get(part.value.key) if isinstance(part.value, Questionnaire) else {}
        fields = frozenset(f"fields.{name}" for name in names.fields)
        if part.file == "campaigns.yaml":
            self.everywhere = NEEDS_NOBODY | fields
            return
        self.everywhere = (
            EVERYWHERE
            | fields
            | {f"last.{key}" for key in names.questionnaires}
            | {f"scores.{key}" for key in names.scores or ()}
            | {f"answers.{question}" for question in questions or {}}
        )

    def beside(self, path: Path, owner: Frozen, name: str) -> frozenset[str]:
        """Return what one text may use besides."""
        if name == "phrases":
            return IN_PHRASES.get(str(path[-1]), frozenset())
        if isinstance(owner, Show):
            return IN_SHOWN
        if isinstance(owner, Question) and name == "invalid":
            return IN_HINTS
        return IN_CARDS if self.in_cards else frozenset()


def _check(part: AnyPart, where: Path, text: str, known: frozenset[str], faults: Faults) -> None:
    reason = template_fault(text)
    if reason is not None:
        part.blame(faults, where, f"the placeholders cannot be read: {reason}")
        return
    for variable in sorted(variables_of(text)):
        if not _is_known(variable, known):
            near = suggestion(variable, known) or "; docs/playbook.md lists what texts may use"
            part.blame(faults, where, f"unknown placeholder {variable!r}{near}")


def _is_known(variable: str, known: frozenset[str]) -> bool:
    if variable in known:
        return True
    parts = _ROOT.split(variable)
    # `tags` alone loops over something, `tags[0]` takes one of it; `answers[x]` is decided when it is filled in.
    return parts[0] in known or ("[" in variable and any(name.startswith(f"{parts[0]}.") for name in known))
