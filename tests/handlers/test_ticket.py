"""Which queue a turn decides on, where the playbook asks for segments and fields."""

from pathlib import Path

import pytest

from tests.handlers.conftest import TUESDAY_NOON
from tests.handlers.workshop import FILES
from tests.playbook.folders import Files, write
from tests.shop import Shop
from tests.stories.customer import Customer
from tickets.models import Queue, Ticket

MORE: Files = {
    "segments.yaml": """\
segments:
  - {id: members, label: Members, rule: {tag: vip}}
""",
    "routing.yaml": """\
queues:
  - {id: club, label: Club}
  - {id: fleets, label: Fleets}
  - {id: desk, label: Desk}
rules:
  - {id: fleet, when: {fields: {bikes: {between: [3, 5]}}}, queue: fleets}
  - {id: members, when: {segment: members}, queue: club}
default: desk
""",
}


@pytest.fixture
def rider(shop: Shop, tmp_path: Path) -> Customer:
    shop.clock.set(TUESDAY_NOON)
    shop.publishes(write(tmp_path / "workshop", {**FILES, **MORE}))
    customer = Customer(shop, "Ann", language="en")
    customer.follows()
    return customer


def queue_of(rider: Customer) -> str:
    (ticket,) = rider.shop.rows(Ticket)
    return str(next(queue.key for queue in rider.shop.rows(Queue) if queue.id == ticket.queue_id))


def test_who_is_in_a_segment_goes_to_its_queue(rider: Customer) -> None:
    rider.taps("Club")
    rider.says("human")
    assert queue_of(rider) == "club"


def test_what_somebody_told_decides_before_that(rider: Customer) -> None:
    rider.taps("Book", "A check")
    rider.says("4")
    rider.says("human")
    assert queue_of(rider) == "fleets"


def test_who_fits_no_rule_goes_to_the_default_queue(rider: Customer) -> None:
    rider.says("human")
    assert queue_of(rider) == "desk"
