"""A campaign may quote what a person answered; when they take it back, it quotes nothing any more."""

from collections.abc import Sequence

import pytest
import sqlalchemy as sa

from campaigns import service
from content.model import CampaignRules
from core.db import Base
from line.outbox import Outgoing, SendKind, SendStatus
from simulator.persons import Entry
from tests.campaigns.office import Office
from tests.shop import EXAMPLES
from tests.stories.customer import Customer

SECRET = "火星市祕密區"
QUOTING = {"say": "{{ fields.area_text }}有新物件"}


@pytest.fixture
def mina(office: Office) -> Customer:
    office.shop.publishes(EXAMPLES / "rental")
    office.changes_rules(CampaignRules())
    mina = Customer(office.shop)
    mina.follows()
    mina.taps("開始找房", "其他")
    return mina


def answers(mina: Customer) -> Entry:
    mina.says(SECRET)
    return [entry for entry in mina.person.chat if entry.body.get("text") == SECRET][-1]


def holds(office: Office) -> Sequence[str]:
    """Return the rows that hold the words, of every table."""
    with office.shop.database.read() as session:
        rows = [
            repr([v.decode(errors="replace") if isinstance(v, bytes) else v for v in row])
            for table in Base.metadata.sorted_tables
            for row in session.execute(sa.select(table))
        ]
    return [row for row in rows if SECRET in row]


def test_what_was_sent_is_blanked(office: Office, mina: Customer) -> None:
    entry = answers(mina)
    office.befriends(2)
    office.sends(QUOTING)
    assert f"{SECRET}有新物件" in office.texts()
    mina.does(lambda person: person.unsends(entry))
    assert holds(office) == []
    pushes = office.shop.rows(Outgoing, Outgoing.kind == SendKind.PUSH)
    assert sorted(push.body is None for push in pushes) == [False, False, True], "others keep theirs"
    assert {push.status for push in pushes} == {SendStatus.SENT}


def test_what_has_not_left_yet_does_not_leave(office: Office, mina: Customer) -> None:
    entry = answers(mina)
    office.shop.simulator.line.faults.order("push", "error_before", times=50)
    campaign = office.writes(QUOTING)
    office.does(campaign, service.send_now)
    office.shop.does_chores()
    (push,) = office.shop.rows(Outgoing, Outgoing.kind == SendKind.PUSH)
    assert push.status == SendStatus.QUEUED
    mina.does(lambda person: person.unsends(entry))
    assert holds(office) == []
    (push,) = office.shop.rows(Outgoing, Outgoing.kind == SendKind.PUSH)
    assert (push.status, push.reason) == (SendStatus.REFUSED, "quotes what was taken back")
    office.shop.waits(minutes=5)
    office.shop.does_chores()
    assert SECRET not in "".join(office.texts())
