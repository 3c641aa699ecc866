"""Which cards are shown: a table over one small collection."""

import pytest

from content.model import BusinessHours, Card, Content, Fallback, Tag, TagGroup
from content.revisions import Published
from content.steps import Show
from handlers.steps import choose_cards


def card(name: str, *tags: str) -> Card:
    return Card(id=name, title={"": name}, tags=tags)


def group(name: str, *tags: str) -> TagGroup:
    return TagGroup(id=name, label={"": name}, tags=tuple(Tag(name=tag, label={"": tag}) for tag in tags))


PUBLISHED = Published(
    number=1,
    content=Content(
        name="Homes",
        default_language="en",
        languages=("en",),
        time_zone="Asia/Taipei",
        privacy_url="https://homes.example/",
        hours=BusinessHours(),
        tag_groups=(group("area", "north", "south"), group("pet", "pets", "no_pets")),
        cards=(
            card("a", "north", "pets", "no_pets"),
            card("b", "north", "no_pets"),
            card("c", "south", "pets"),
            card("d"),
        ),
        fallback=Fallback(first=(), second=()),
    ),
    version_ids={},
    assets={},
)


@pytest.mark.parametrize(
    ("show", "carried", "expected"),
    [
        (Show(), set(), "abcd"),
        (Show(limit=2), set(), "ab"),
        (Show(cards=("c", "a")), set(), "ac"),
        (Show(cards=("c", "gone")), set(), "c"),
        (Show(tagged=("pets",)), set(), "ac"),
        (Show(tagged=("pets", "north")), set(), "a"),
        (Show(tagged=("castle",)), set(), ""),
        (Show(fitting=("area",)), {"north"}, "abd"),
        (Show(fitting=("area",)), set(), "abcd"),
        (Show(fitting=("area", "pet")), {"north", "pets"}, "ad"),
        (Show(fitting=("area", "pet")), {"south", "no_pets"}, "d"),
        (Show(fitting=("area",)), {"north", "south"}, "abcd"),
        (Show(fitting=("no_such_group",)), {"north"}, "abcd"),
        (Show(fitting=("area",), tagged=("pets",), limit=1), {"south"}, "c"),
    ],
)
def test_cards_are_chosen_by_what_they_and_the_contact_say(
    show: Show, carried: set[str], expected: str
) -> None:
    assert "".join(card.id for card in choose_cards(PUBLISHED, show, carried)) == expected
