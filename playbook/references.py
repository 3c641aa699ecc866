"""Everything that points at something else in the playbook must find it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from content.model import Card, MenuArea, RichMenu, When
from content.phrases import KEYWORDS, PHRASES
from content.steps import Say, Show, Start, Step
from content.text import Frozen
from playbook.draft import AnyPart, Draft, Names
from playbook.faults import Faults, suggestion
from playbook.locate import Path
from playbook.schema import PlaybookFile
from playbook.walk import models
from questionnaires.definition import Choice, Condition, Question, Questionnaire


@dataclass(frozen=True)
class _Place:
    """One model of one file, and where to put what is wrong with it."""

    part: AnyPart
    path: Path
    names: Names
    languages: tuple[str, ...] | None
    pictures: frozenset[str]
    faults: Faults

    def fault(self, where: Path, what: str) -> None:
        self.part.blame(self.faults, (*self.path, *where), what)

    def known(self, where: Path, noun: str, name: str, known: Iterable[str] | None) -> bool:
        """Note an unknown name; return whether it is known."""
        if known is None or name in set(known):
            return True
        self.fault(where, f"unknown {noun} {name!r}{suggestion(name, known)}")
        return False

    def picture(self, where: Path, name: str | None, folder: str) -> None:
        """Note a picture that is not in `folder`, be it misspelt or somewhere else."""
        there = {path.removeprefix(f"{folder}/") for path in self.pictures if path.startswith(f"{folder}/")}
        if name is None or name in there:
            return
        if "/" in name or "\\" in name:
            self.fault(where, f"a picture is named by its file in {folder}/, without a path: not {name!r}")
        else:
            self.fault(where, f"no picture {name!r} in {folder}/{suggestion(name, there)}")

    def tags(self, field: str, tags: Iterable[str] | None) -> None:
        for place, tag in enumerate(tags or ()):
            self.known((field, place), "tag", tag, self.names.tags)

    def one_of_each_group(self, field: str, tags: Iterable[str] | None) -> None:
        """Two tags of a single-choice group set together: the second would take the first off again."""
        seen: dict[str, str] = {}
        for place, tag in enumerate(tags or ()):
            group = (self.names.tags or {}).get(tag)
            if group not in self.names.single_groups:
                continue
            first = seen.setdefault(group, tag)
            if first != tag:
                self.fault(
                    (field, place),
                    f"{first!r} and {tag!r} are both of {group!r}, of which a contact carries one;"
                    " set one of them, or give the group `choice: multiple`",
                )


def check_references(draft: Draft, names: Names, faults: Faults) -> None:
    """Name every tag, questionnaire, question, card, menu, picture, phrase and keyword that is not there."""
    languages = draft.account.value.all_languages() if draft.account is not None else None
    pictures = frozenset(name for name in draft.folder.names if not name.endswith(".yaml"))
    for part in draft.parts():
        for path, model in models(part.value):
            check = _CHECKS.get(type(model))
            if check is not None:
                check(model, _Place(part, path, names, languages, pictures, faults))


def _step(step: Step, place: _Place) -> None:
    place.tags("tag", step.tag)
    place.tags("untag", step.untag)
    place.one_of_each_group("tag", step.tag)
    if step.menu is not None:
        place.known(("menu",), "rich menu", step.menu, place.names.rich_menus)


def _start(start: Start, place: _Place) -> None:
    if not place.known(("questionnaire",), "questionnaire", start.questionnaire, place.names.questionnaires):
        return
    questions = place.names.questions[start.questionnaire]
    for question, choice in start.answers.items():
        if not place.known(("answers", question), "question", question, questions):
            continue
        choices = questions[question] if questions is not None else None
        if choices and "{{" not in choice and "{%" not in choice:
            place.known(("answers", question), "choice", choice, choices)


def _show(show: Show, place: _Place) -> None:
    for position, card in enumerate(show.cards):
        place.known(("cards", position), "card", card, place.names.cards)
    place.tags("tagged", show.tagged)
    for position, group in enumerate(show.fitting):
        place.known(("fitting", position), "tag group", group, place.names.groups)
    if place.names.cards == frozenset() and not show.cards:
        place.fault((), "shows cards, and cards.yaml has none")


def _say(say: Say, place: _Place) -> None:
    place.picture(("picture",), say.picture, "pictures")


def _card(card: Card, place: _Place) -> None:
    place.tags("tags", card.tags)
    place.picture(("picture",), card.picture, "pictures")


def _menu(menu: RichMenu, place: _Place) -> None:
    if isinstance(menu.picture, str):
        place.picture(("picture",), menu.picture, "rich_menus")
    for language, name in menu.picture.items() if isinstance(menu.picture, dict) else ():
        place.known(("picture", language), "language", language, place.languages)
        place.picture(("picture", language), name, "rich_menus")


def _area(area: MenuArea, place: _Place) -> None:
    if area.open is not None:
        place.known(("open",), "rich menu", area.open, place.names.rich_menus)


def _when(when: When, place: _Place) -> None:
    place.tags("tags", when.tags)
    place.tags("without_tags", when.without_tags)
    for tag in sorted(set(when.tags) & set(when.without_tags)):
        place.fault(("without_tags",), f"{tag!r} is both asked for and ruled out, so this never holds")
    for position, language in enumerate(when.language):
        place.known(("language", position), "language", language, place.languages)
    if when.completed is not None:
        place.known(("completed",), "questionnaire", when.completed, place.names.questionnaires)


def _condition(condition: Condition, place: _Place) -> None:
    place.tags("tags", condition.tags)
    place.tags("without_tags", condition.without_tags)


def _choice(choice: Choice, place: _Place) -> None:
    place.tags("tags", choice.tags)
    place.one_of_each_group("tags", choice.tags)


def _question(question: Question, place: _Place) -> None:
    place.tags("tags", question.tags)
    place.one_of_each_group("tags", question.tags)
    if question.cards and place.names.cards == frozenset():
        place.fault(("cards",), "offers cards, and cards.yaml has none")


def _questionnaire(questionnaire: Questionnaire, place: _Place) -> None:
    place.tags("sets_tags", questionnaire.sets_tags)
    place.one_of_each_group("sets_tags", questionnaire.sets_tags)


def _account(account: PlaybookFile, place: _Place) -> None:
    for key in account.phrases:
        place.known(("phrases", key), "phrase", key, PHRASES)
    for key in account.keywords:
        place.known(("keywords", key), "keyword", key, KEYWORDS)


_CHECKS: Mapping[type[Frozen], Callable[[Any, _Place], None]] = {
    Step: _step,
    Start: _start,
    Show: _show,
    Say: _say,
    Card: _card,
    RichMenu: _menu,
    MenuArea: _area,
    When: _when,
    Condition: _condition,
    Choice: _choice,
    Question: _question,
    Questionnaire: _questionnaire,
    PlaybookFile: _account,
}
