"""Menus by tag, where the tag changes without a turn or the playbook does."""

from datetime import UTC
from pathlib import Path

import pytest

from bot.importer import Importer, Plan
from bot.segmenting import SEGMENTS
from contacts.models import Contact
from core.leases import new_owner
from facts.models import ImportKind
from line.channels import Channel
from segmentation import tags
from segmentation.bulk_tags import Say, Verb, say_many
from segmentation.touches import touch
from tests.api.program import a_program, an_owner
from tests.console.queries import counted
from tests.handlers.workshop import FILES
from tests.playbook.folders import Files, write
from tests.shop import Shop
from tests.stories.customer import Customer

ASKED = str(FILES["rich_menus/club.yaml"]).replace("tags: vip", "tags: asked")
DEFAULT = ["Book", "City rider"]
CLUB = ["Book", "Leave the club"]
ROAD_MENU = """\
bar: Road
size: [800, 540]
picture: main.png
when: {tags: "rider:road", without_tags: vip}
areas:
  - {label: Rides, id: rides, say: Soon.}
"""
ROAD = ["Rides"]


def with_menus(folder: Path, **menus: str) -> Path:
    files: Files = {**FILES, **{f"rich_menus/{key}.yaml": menu for key, menu in menus.items()}}
    return write(folder, files)


def gives(
    shop: Shop, customer: Customer, tag: str, verb: Verb = Verb.SET, source: str = "import:old"
) -> None:
    """Say something about a tag behind the program's back."""
    with shop.database.write() as session:
        id_ = shop.contact(customer.person).id
        say_many(session, shop.channel_id, [Say(verb, id_, tag, source)], now=shop.now())


def test_a_tag_that_ends_by_the_clock_takes_its_menu_along(workshop: Shop, tmp_path: Path) -> None:
    workshop.publishes(with_menus(tmp_path / "more", asked=ASKED))
    ann = Customer(workshop, "Ann", language="en")
    ann.follows()
    workshop.does_chores()
    assert ann.person.menu == CLUB, "the greeting sets the tag for an hour"
    workshop.waits(minutes=61)
    workshop.does_chores()
    assert ann.tags == set()
    assert ann.person.menu == DEFAULT


def test_a_playbook_that_adds_a_menu_gives_it_to_those_who_carry_its_tag(
    workshop: Shop, rider: Customer, tmp_path: Path
) -> None:
    other = Customer(workshop, "Bob", language="en")
    other.follows()
    gives(workshop, rider, "rider:road")
    workshop.does_chores()
    assert rider.person.menu == DEFAULT
    workshop.publishes(with_menus(tmp_path / "more", road=ROAD_MENU))
    workshop.does_chores()
    assert (rider.person.menu, other.person.menu) == (ROAD, DEFAULT)


def test_a_playbook_without_the_menu_takes_it_back(workshop: Shop, rider: Customer, tmp_path: Path) -> None:
    gives(workshop, rider, "rider:road")
    workshop.publishes(with_menus(tmp_path / "more", road=ROAD_MENU))
    workshop.does_chores()
    workshop.publishes(with_menus(tmp_path / "fewer"))
    workshop.does_chores()
    assert rider.person.menu == DEFAULT


def test_everybody_is_looked_at_in_pages(
    workshop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.menu_keeper.PAGE", 2)
    people = [Customer(workshop, name, language="en") for name in "ABCDE"]
    for one in people:
        one.follows()
        gives(workshop, one, "rider:road")
    workshop.publishes(with_menus(tmp_path / "more", road=ROAD_MENU))
    workshop.does_chores()
    assert [one.person.menu for one in people] == [ROAD] * 5
    assert [channel.menus_sweep_at for channel in workshop.rows(Channel)] == [None]


def test_a_menu_that_a_step_has_linked_stays(workshop: Shop, rider: Customer, tmp_path: Path) -> None:
    rider.taps("Club")
    workshop.does_chores()
    gives(workshop, rider, "vip", Verb.REMOVE)
    workshop.publishes(with_menus(tmp_path / "more", road=ROAD_MENU))
    workshop.does_chores()
    assert rider.person.menu == CLUB


def test_an_import_brings_the_menu_of_its_tag(workshop: Shop, rider: Customer, tmp_path: Path) -> None:
    file = tmp_path / "vips.csv"
    file.write_text(f"line_user_id,tags\n{rider.person.user_id},vip\n", encoding="utf-8")
    plan = Plan(ImportKind.CONTACTS, file, UTC, "consent:news", b"k" * 40)
    importer = Importer(workshop.database, clock=workshop.now, owner=new_owner(), segments=SEGMENTS)
    importer.run(workshop.channel_id, plan, lambda _done, _total: None)
    assert "vip" in rider.tags
    workshop.does_chores()
    assert rider.person.menu == CLUB
    with workshop.database.write() as session:
        tags.undo(session, "import:vips.csv", [workshop.contact(rider.person).id], now=workshop.now())
    workshop.does_chores()
    assert rider.person.menu == DEFAULT


def test_a_program_that_sets_a_tag_changes_the_menu(workshop: Shop, rider: Customer) -> None:
    program = a_program(
        workshop.app, workshop.database, an_owner(workshop.database, now=workshop.now()), now=workshop.now()
    )
    at = f"contacts/{workshop.contact(rider.person).public_id}/tags/vip"
    program.sends("POST", at)
    workshop.does_chores()
    assert rider.person.menu == CLUB
    program.sends("DELETE", at)
    workshop.does_chores()
    assert rider.person.menu == DEFAULT


def test_a_segment_s_tag_brings_its_menu(workshop: Shop, rider: Customer, tmp_path: Path) -> None:
    files: Files = {
        **FILES,
        "segments.yaml": "segments:\n  - {id: road, label: Road, rule: {tag: 'rider:road'}, gives_tag: vip}\n",
    }
    workshop.publishes(write(tmp_path / "more", files))
    workshop.does_chores()
    assert rider.person.menu == DEFAULT
    program = a_program(
        workshop.app, workshop.database, an_owner(workshop.database, now=workshop.now()), now=workshop.now()
    )
    program.sends("POST", f"contacts/{workshop.contact(rider.person).public_id}/tags/rider:road")
    workshop.does_chores()
    assert rider.person.menu == CLUB


def test_without_menus_by_tag_nobody_is_looked_at(shop: Shop, tmp_path: Path) -> None:
    files: Files = {key: value for key, value in FILES.items() if key != "rich_menus/club.yaml"}
    files |= {
        key: value.replace("menu: club", "menu: main")
        for key, value in files.items()
        if isinstance(value, str)
    }
    shop.publishes(write(tmp_path / "plain", files))
    assert [channel.menus_sweep_at for channel in shop.rows(Channel)] == [None]
    ann = Customer(shop, "Ann", language="en")
    ann.follows()
    shop.does_chores()
    counts = []
    for _ in range(2):  # the first reads what is published
        with shop.database.write() as session:
            touch(session, session.get_one(Contact, shop.contact(ann.person).id), ["tag:vip"], at=shop.now())
        with counted(shop.database) as asked:
            assert shop.chores.kinds["segments"]() == 1
        counts.append(asked.number)
    due, waiting, look_up, fence, forget = 1, 1, 1, 1, 1
    assert counts[-1] == due + waiting + look_up + fence + forget
