"""Which cards are shown: a table over one small collection."""

import pytest

from content.model import BusinessHours, Card, Content, Fallback, Tag, TagGroup
from content.revisions import Published
from content.saying import choose_cards
from content.steps import Show


def card(name: str, *tags: str) -> Card:
    return Card(id=name, title={"": name}, tags=tags)


def group(name: str, *tags: str) -> TagGroup:
    return TagGroup(id=name, label={"": name}, tags=tuple(Tag(name=tag, label={"": tag}) for tag in tags))


PUBLISHED = Published(
    id=1,
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
            card("1", "north", "pets", "no_pets"),
            card("2", "north", "no_pets"),
            card("3", "south", "pets"),
            card("4"),
        ),
        fallback=Fallback(first=(), second=()),
    ),
    version_ids={},
    assets={},
)


@pytest.mark.parametrize(
    ("show", "carried", "expected"),
    [
        (Show(), set(), "1234"),
        (Show(limit=2), set(), "12"),
        (Show(cards=("3", "1")), set(), "13"),
        (Show(cards=("3", "gone")), set(), "3"),
        (Show(tagged=("pets",)), set(), "13"),
        (Show(tagged=("pets", "north")), set(), "1"),
        (Show(tagged=("castle",)), set(), ""),
        (Show(fitting=("area",)), {"north"}, "124"),
        (Show(fitting=("area",)), set(), "1234"),
        (Show(fitting=("area", "pet")), {"north", "pets"}, "14"),
        (Show(fitting=("area", "pet")), {"south", "no_pets"}, "4"),
        (Show(fitting=("area",)), {"north", "south"}, "1234"),
        (Show(fitting=("no_such_group",)), {"north"}, "1234"),
        (Show(fitting=("area",), tagged=("pets",), limit=1), {"south"}, "3"),
    ],
)
def test_cards_are_chosen_by_what_they_and_the_contact_say(
    show: Show, carried: set[str], expected: str
) -> None:
    assert "".join(card.id for card in choose_cards(PUBLISHED, show, carried)) == expected
