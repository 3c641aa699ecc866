"""A small shop with segments of a test's own, and somebody who has just said what she wants."""

from collections.abc import Mapping
from pathlib import Path

from line.channels import ensure_channel
from playbook.apply import apply
from simulator.person import Person
from tests.playbook.folders import GOOD
from tests.playbook.test_apply import the_playbook
from tests.shop import Shop


def opens(shop: Shop, folder: Path, files: Mapping[str, str]) -> Shop:
    """Publish the good playbook with other files, and wait until everybody was asked what it asks."""
    playbook = the_playbook(folder, {**GOOD, **files})
    with shop.database.write() as session:
        apply(session, ensure_channel(session, now=shop.now()), playbook, now=shop.now(), by="test")
    shop.does_chores()
    shop.waits(seconds=30)
    shop.does_chores()
    return shop


def wants_it_large(cafe: Shop) -> Person:
    """Let somebody come who orders water, and a large one."""
    mina = cafe.person("Mina", language="en")
    mina.follows()
    cafe.does_chores()
    mina.taps("Order")
    mina.says("water")
    cafe.does_chores()
    mina.taps("Large")
    return mina
