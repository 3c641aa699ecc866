"""Whoever holds several rows of campaigns takes them in one order: nobody waits in a ring."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot import privacy
from campaigns import service
from campaigns.models import Campaign, CampaignState, Push
from campaigns.outcomes import Judged, settle
from contacts.models import Contact
from contacts.timeline import EntryKind, note
from content.model import CampaignRules, Cap
from core.leases import new_owner
from line import bulk
from line.channels import Channel, ensure_channel
from line.outbox import Outgoing, Sending, SendKind, SendStatus
from line.settlement import Again, Over
from playbook.apply import apply
from playbook.check import check
from tests.campaigns.office import Office
from tests.locks import waits_in_thread, without_a_ring
from tests.shop import EXAMPLES
from tickets.assigning import drain
from tickets.models import Ticket
from tickets.routing import Decision
from tickets.service import open_or_note

PERSONAL = {"say": "{{ name }}，新品上市！"}
REFUSED = Over(SendStatus.REFUSED, reason="400: The property, 'to', is invalid")


@pytest.fixture
def office(office: Office) -> Office:
    if office.shop.database.is_sqlite:
        pytest.skip("SQLite has one lock, which nobody can wait for in a ring")
    return office


def leased(office: Office, count: int) -> list[Sending]:
    """Release a campaign of each of so many names, and lease one request of every one."""
    for number in range(count):
        office.does(office.writes(PERSONAL, name=f"News {number}"), service.send_now)
    office.campaigner().step()
    with office.shop.database.write() as session:
        session.execute(sa.update(Campaign).values(lease_owner=None, lease_until=None))
        return list(
            bulk.claim(
                session,
                new_owner(),
                channel_id=office.shop.channel_id,
                kind=SendKind.PUSH,
                limit=100,
                now=office.shop.now(),
            )
        )


def of_campaign(office: Office, number: int, sendings: list[Sending]) -> Sending:
    pushes = {push.outbox_id: push.campaign_id for push in office.shop.rows(Push)}
    campaigns = sorted(set(pushes.values()))
    mine = [sending for sending in sendings if pushes[sending.id] == campaigns[number]]
    found = mine[0]
    sendings.remove(found)
    return found


@pytest.mark.parametrize(
    "verdict", [REFUSED, Over(SendStatus.NO_QUOTA), Over(SendStatus.TOO_LATE)], ids=lambda one: one.status
)
def test_two_who_settle_refusals_of_two_campaigns_both_come_to_an_end(office: Office, verdict: Over) -> None:
    office.befriends(2)
    sendings = leased(office, 2)
    first, second = of_campaign(office, 0, sendings), of_campaign(office, 1, sendings)
    others = [of_campaign(office, 1, sendings), of_campaign(office, 0, sendings)]
    now = office.shop.now()

    def settles() -> None:
        with office.shop.database.write() as session:
            settle(session, [Judged(one, verdict) for one in others], now=now)

    with without_a_ring(office.shop.database):
        with office.shop.database.write() as session:
            session.execute(sa.text("SET LOCAL lock_timeout = '20s'"))
            settle(session, [Judged(first, verdict)], now=now)
            settling = waits_in_thread(office.shop.database, settles)
            settle(session, [Judged(second, verdict)], now=now)
        settling.result(timeout=60)
    with office.shop.database.read() as session:
        assert set(session.scalars(sa.select(Outgoing.status))) == {SendStatus(verdict.status)}


def test_an_erasure_and_who_settles_requests_of_the_same_person_both_come_to_an_end(office: Office) -> None:
    (mina,) = office.befriends(1)
    early, late = leased(office, 2)
    now = office.shop.now()
    with office.shop.database.write() as session:
        channel = ensure_channel(session, now=now)

    def erases() -> object:
        return privacy.erase(office.shop.database, channel, mina, key=b"k" * 40, now=now)

    with without_a_ring(office.shop.database):
        with office.shop.database.write() as session:
            session.execute(sa.text("SET LOCAL lock_timeout = '20s'"))
            bulk.hold(session, [early.id])
            erasing = waits_in_thread(office.shop.database, erases)
            judged = [
                Judged(early, Again(now, maybe_sent=True, reason="500")),
                Judged(late, Over(SendStatus.SENT)),
            ]
            settle(session, judged, now=now)
        erasing.result(timeout=60)


def test_a_release_and_who_publishes_a_playbook_both_come_to_an_end(office: Office) -> None:
    office.befriends(2)
    office.changes_rules(CampaignRules(cap=Cap(times=5, within=timedelta(days=7))))
    campaign = office.writes(PERSONAL)
    office.does(campaign, service.send_now)
    playbook = check(EXAMPLES / "rental").playbook
    assert playbook is not None

    campaigner = office.campaigner()
    campaigner._begin_due()
    campaigner._work()  # freezes it

    with without_a_ring(office.shop.database):
        with office.shop.database.write() as session:
            session.execute(sa.text("SET LOCAL lock_timeout = '20s'"))
            row = sa.select(Channel.id).where(Channel.id == office.shop.channel_id)
            session.execute(row.with_for_update(key_share=True))
            releasing = waits_in_thread(office.shop.database, campaigner._work)
            apply(
                session,
                session.get_one(Channel, office.shop.channel_id),
                playbook,
                now=office.shop.now(),
                by="test",
            )
            session.execute(sa.select(Campaign.id).with_for_update())
        assert releasing.result(timeout=60)
    assert office.state(campaign) in {CampaignState.RUNNING, CampaignState.FINISHED}


def test_an_erasure_and_who_gives_out_tickets_both_come_to_an_end(office: Office) -> None:
    (mina,) = office.befriends(1)
    now = office.shop.now()
    with office.shop.database.write() as session:
        channel = ensure_channel(session, now=now)
        contact = session.scalars(sa.select(Contact).where(Contact.line_user_id == mina)).one()
        decision = Decision("general", None, ())
        open_or_note(session, contact, reason="handoff:asked", decision=decision, event_key=None, now=now)

    def erases() -> object:
        return privacy.erase(office.shop.database, channel, mina, key=b"k" * 40, now=now)

    with without_a_ring(office.shop.database):
        with office.shop.database.write() as session:
            session.execute(sa.text("SET LOCAL lock_timeout = '20s'"))
            drain(session, office.shop.channel_id, now=now)
            erasing = waits_in_thread(office.shop.database, erases)
            # As giving her ticket to somebody does: a line of her story, which refers to her.
            ticket = session.scalars(sa.select(Ticket)).one()
            note(
                session, ticket.contact, EntryKind.TICKET_ASSIGNED, at=now, about=f"ticket:{ticket.public_id}"
            )
            session.flush()
        erasing.result(timeout=60)
