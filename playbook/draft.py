"""What was understood of a folder, and which names it declares, even where a part of it is faulty.

Names are taken from the trees, so that a rule which points at a faulty questionnaire is
not blamed as well. Where a whole file cannot be read its names are unknown (None), and
nothing that points there is judged.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from content.model import (
    AutoReply,
    Card,
    Greeting,
    MenuArea,
    PlannedCampaign,
    RichMenu,
    Score,
    Segment,
    TagGroup,
)
from content.routing import QueueSpec, Routing, RoutingRule
from content.steps import Button
from facts.events import BUILT_IN
from playbook.faults import Faults
from playbook.loader import REQUIRED, Folder
from playbook.parse import Model, Part, parse
from playbook.schema import (
    AutoRepliesFile,
    CampaignsFile,
    CardsFile,
    PlaybookFile,
    RoutingFile,
    SegmentsFile,
    TagsFile,
    WelcomeFile,
)
from playbook.source import Node
from questionnaires.definition import Question, Questionnaire

AnyPart = Part[Any]

OUTSIDE_FIELDS = ("registered_at", "birth_month", "birthday", "gender", "prefecture", "city", "device")
"""What an import of customers writes, and what rules ask for by a leaf of their own."""


@dataclass(frozen=True)
class Draft:
    """The parts that could be read, each on its own."""

    folder: Folder
    account: Part[PlaybookFile] | None
    tags: Part[TagsFile] | None
    welcome: Part[WelcomeFile] | None
    cards: Part[CardsFile] | None
    auto_replies: Part[AutoRepliesFile] | None
    segments: Part[SegmentsFile] | None
    campaigns: Part[CampaignsFile] | None
    routing: Part[RoutingFile] | None
    rich_menus: tuple[Part[RichMenu], ...]
    questionnaires: tuple[Part[Questionnaire], ...]

    def parts(self) -> Iterator[AnyPart]:
        """Yield every part that was understood."""
        for part in (
            self.account,
            self.tags,
            self.welcome,
            self.cards,
            self.auto_replies,
            self.segments,
            self.campaigns,
            self.routing,
        ):
            if part is not None:
                yield part
        yield from self.rich_menus
        yield from self.questionnaires


@dataclass(frozen=True)
class Names:
    """What may be pointed at. None: the file is there and unreadable, so anything may be."""

    tags: Mapping[str, str] | None
    """Tag to group."""
    single_groups: frozenset[str]
    groups: frozenset[str] | None
    topics: frozenset[str]
    """What buttons say they are about, besides tags."""
    cards: frozenset[str] | None
    rich_menus: frozenset[str]
    questions: Mapping[str, Mapping[str, frozenset[str]] | None]
    """By questionnaire: question to choices."""
    fields: frozenset[str]
    """What questionnaires write about a contact, and what comes from outside."""
    events: frozenset[str] | None
    """What contacts do: with the bot, and as segments.yaml says elsewhere."""
    segments: frozenset[str] | None
    scores: frozenset[str] | None
    queues: frozenset[str] | None
    campaigns: frozenset[str] | None

    @property
    def questionnaires(self) -> frozenset[str]:
        return frozenset(self.questions)


def understand(folder: Folder, faults: Faults) -> Draft:
    """Parse every file; faults of one item do not hide those of the next."""
    return Draft(
        folder,
        account=_file(folder, "playbook.yaml", PlaybookFile, faults, {}),
        tags=_file(folder, "tags.yaml", TagsFile, faults, {"groups": TagGroup}),
        welcome=_file(folder, "welcome.yaml", WelcomeFile, faults, {"greetings": Greeting}),
        cards=_file(folder, "cards.yaml", CardsFile, faults, {"buttons": Button, "cards": Card}),
        auto_replies=_file(folder, "auto_replies.yaml", AutoRepliesFile, faults, {"rules": AutoReply}),
        segments=_file(folder, "segments.yaml", SegmentsFile, faults, {"segments": Segment, "scores": Score}),
        campaigns=_file(folder, "campaigns.yaml", CampaignsFile, faults, {"campaigns": PlannedCampaign}),
        routing=_file(
            folder, "routing.yaml", RoutingFile, faults, {"queues": QueueSpec, "rules": RoutingRule}
        ),
        rich_menus=_files(folder, "rich_menus", RichMenu, faults, {"areas": MenuArea}),
        questionnaires=_files(folder, "questionnaires", Questionnaire, faults, {"questions": Question}),
    )


def names_of(folder: Folder) -> Names:
    """Collect what the folder's files declare."""
    tags, groups, single = _tags(folder)
    cards = _ids(folder, "cards.yaml", "cards")
    return Names(
        tags=tags,
        groups=groups,
        single_groups=single,
        topics=frozenset(name for node in folder.sources.values() for name in _topics(node)),
        cards=cards,
        rich_menus=folder.keys("rich_menus"),
        questions={
            key: _questions(folder.sources.get(f"questionnaires/{key}.yaml"), cards or frozenset())
            for key in sorted(folder.keys("questionnaires"))
        },
        fields=frozenset(
            (
                *(name for _, _, node in folder.under("questionnaires") for name in _fields(node)),
                *(_names(folder, "segments.yaml", "fields") or ()),
                *OUTSIDE_FIELDS,
            )
        ),
        events=None if (named := _names(folder, "segments.yaml", "events")) is None else named | {*BUILT_IN},
        segments=_ids(folder, "segments.yaml", "segments"),
        scores=_ids(folder, "segments.yaml", "scores"),
        queues=_queues(folder),
        campaigns=_ids(folder, "campaigns.yaml", "campaigns"),
    )


def _file(
    folder: Folder, file: str, model: type[Model], faults: Faults, lists: Mapping[str, Any]
) -> Part[Model] | None:
    node = folder.sources.get(file)
    if node is None and file not in folder.names:
        node = Node(1, (), "map")
        if file in REQUIRED:
            return None
    return parse(node, file, model, faults, lists=lists) if node is not None else None


def _files(
    folder: Folder, under: str, model: type[Model], faults: Faults, lists: Mapping[str, Any]
) -> tuple[Part[Model], ...]:
    parsed = (
        parse(node, file, model, faults, lists=lists, given={"key": key})
        for file, key, node in folder.under(under)
    )
    return tuple(part for part in parsed if part is not None)


def _tags(folder: Folder) -> tuple[dict[str, str] | None, frozenset[str] | None, frozenset[str]]:
    groups = _list(folder, "tags.yaml", "groups")
    if groups is None:
        return None, None, frozenset()
    tags: dict[str, str] = {}
    single = set()
    for group in groups:
        group_id = _scalar(group, "id")
        if _scalar(group, "choice") == "single":
            single.add(group_id)
        written = group.get("tags")
        for tag in written.items() if written is not None else ():
            tags.setdefault(_scalar(tag, "name"), group_id)
    return tags, frozenset(_scalar(group, "id") for group in groups), frozenset(single)


def _questions(node: Node | None, cards: frozenset[str]) -> dict[str, frozenset[str]] | None:
    written = node.get("questions") if node is not None else None
    if written is None:
        return None
    found = {}
    for question in written.items():
        choices = question.get("choices")
        ids = {_scalar(choice, "id") for choice in (choices.items() if choices is not None else ())}
        shown = question.get("cards")
        found[_scalar(question, "id")] = frozenset(ids | cards if shown and shown.value else ids)
    return found


def _queues(folder: Folder) -> frozenset[str] | None:
    if "routing.yaml" not in folder.names:
        return frozenset({Routing().default})
    return _ids(folder, "routing.yaml", "queues")


def _topics(node: Node) -> Iterator[str]:
    """Yield what stands behind any `about` of a file."""
    for entry in node.entries():
        if entry.key == "about":
            yield from (str(one.value) for one in (entry.node.items() or (entry.node,)))
        yield from _topics(entry.node)
    for item in node.items():
        yield from _topics(item)


def _fields(node: Node) -> Iterator[str]:
    written = node.get("questions")
    for question in written.items() if written is not None else ():
        if name := _scalar(question, "field"):
            yield name
        choices = question.get("choices")
        for choice in choices.items() if choices is not None else ():
            fields = choice.get("fields")
            yield from (entry.key for entry in (fields.entries() if fields is not None else ()))


def _ids(folder: Folder, file: str, field: str) -> frozenset[str] | None:
    items = _list(folder, file, field)
    return None if items is None else frozenset(_scalar(item, "id") for item in items)


def _names(folder: Folder, file: str, field: str) -> frozenset[str] | None:
    items = _list(folder, file, field)
    return None if items is None else frozenset(str(item.value) for item in items)


def _list(folder: Folder, file: str, field: str) -> tuple[Node, ...] | None:
    """Return the items; None when the file is there and cannot be read."""
    node = folder.sources.get(file)
    if node is None:
        return None if file in folder.names else ()
    written = node.get(field)
    return written.items() if written is not None else ()


def _scalar(node: Node, key: str) -> str:
    inner = node.get(key)
    return str(inner.value) if inner is not None and inner.kind == "scalar" else ""
