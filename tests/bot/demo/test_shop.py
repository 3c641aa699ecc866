"""The invented shop: alive when it is opened, the same every time, and gone without a trace."""

from collections import Counter
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from pydantic import SecretStr
from sqlalchemy.orm import Session

from bot import tables, up
from bot.demo import cast, shop
from bot.demo.shops import RENTAL, SHOPS, TEA_SHOP, shown
from bot.demo.till import SOURCE
from bot.segmenting import SEGMENTS
from campaigns.models import Campaign, CampaignState, Delivery
from config import Settings
from contacts.models import Contact, Following
from contacts.search_index import index_page
from content import hours
from content.revisions import Revisions
from core.db import Database
from facts import rfm
from facts.models import ContactEvent, Customer, Order, RfmScore
from line.channels import ensure_channel
from line.outbox import OPEN, Outgoing
from playbook.check import check
from playbook.schema import Playbook
from segmentation import audience
from segmentation.models import Membership
from staff import service as staff
from staff import sign_in_links
from staff.models import Role, StaffUser
from staff.sessions import find, open_session
from tests.console.people import a_user
from tickets.models import Ticket, TicketState
from tickets.routing import Decision
from tickets.service import assign, open_or_note

NOW = datetime(2026, 11, 21, 18, 14, tzinfo=UTC)
"""02:14 in Taipei."""
PEOPLE = 24
CUPS = 90
"""Friends of the tea shop; of fewer some segments would have nobody."""
KEPT = {
    "alembic_version", "assets", "audit_log", "auto_replies", "campaigns", "channels", "event_types", "outbox",
    "questionnaire_versions", "queues", "revisions", "scores", "segments", "tags",
}  # fmt: skip
"""What the playbook declares, and the record of what was done."""


@pytest.fixture(scope="module")
def rental() -> Playbook:
    found = check(RENTAL.folder)
    assert found.playbook is not None, found.faults
    return found.playbook


@pytest.fixture(scope="module")
def tea_shop() -> Playbook:
    found = check(TEA_SHOP.folder, segments=SEGMENTS)
    assert found.playbook is not None, found.faults
    return found.playbook


def filled(database: Database, playbook: Playbook, people: int = PEOPLE) -> None:
    assert shop.fill(database, playbook, base_url="http://127.0.0.1:8000", now=NOW, people=people) == people


def left_over(session: Session) -> set[str]:
    filled_tables = {
        name
        for name, table in tables.TABLES.items()
        if session.scalar(sa.select(sa.func.count()).select_from(table))
    }
    return filled_tables - KEPT


def test_a_living_shop_is_invented_and_taken_away(database: Database, rental: Playbook) -> None:
    filled(database, rental)
    with database.read() as session:
        people = session.scalars(sa.select(Contact)).all()
        assert len(people) == PEOPLE
        assert all(one.is_demo and one.display_name and one.first_seen_at < NOW for one in people)
        assert all(one.last_seen_at <= NOW for one in people)
        staff = session.scalars(sa.select(StaffUser)).all()
        agents = {one.display_name for one in staff if one.role is Role.AGENT and one.on_duty_since_at}
        assert agents == {"林雅婷", "陳柏宇", "佐藤美咲"}
        tickets = session.scalars(sa.select(Ticket)).all()
        assert any(one.state is TicketState.SOLVED and one.first_answered_at for one in tickets)
        load = Counter(one.agent_id for one in tickets if one.state is not TicketState.SOLVED)
        assert all(load[one.id] <= one.capacity for one in staff)
        campaigns = session.scalars(sa.select(Campaign)).all()
        states = Counter(one.state for one in campaigns)
        assert states == {CampaignState.FINISHED: 2, CampaignState.DRAFT: 1}
        assert session.scalar(sa.select(sa.func.count()).select_from(Delivery)) == sum(
            one.recipients for one in campaigns
        )
        assert session.scalars(sa.select(Outgoing.id).where(Outgoing.status.in_(OPEN))).all() == []

    shop.remove(database, by=shop.BY, now=NOW)
    with database.write() as session:
        while index_page(session):
            pass  # what was to be found is looked for once more, and is not there
    with database.read() as session:
        assert left_over(session) == set()
        assert session.scalars(sa.select(Campaign.key)).all() == ["new_this_week"]
        assert session.scalars(sa.select(Outgoing.id).where(Outgoing.body.is_not(None))).all() == []


@pytest.mark.parametrize("steps", [1, 4])
def test_a_filling_that_was_killed_is_begun_anew_at_the_next_start(
    database: Database,
    database_url: str,
    rental: Playbook,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    steps: int,
) -> None:
    class Killed(BaseException):
        pass

    left = steps
    write = Database.write

    def until_killed(self: Database) -> AbstractContextManager[Session]:
        nonlocal left
        if left == 0:
            raise Killed
        left -= 1
        return write(self)

    with monkeypatch.context() as dying:
        dying.setattr(Database, "write", until_killed)
        with pytest.raises(Killed):
            filled(database, rental)
    with database.read() as session:
        assert shop.is_half_filled(session)
    monkeypatch.chdir(tmp_path)  # where nobody was erased
    done: list[tuple[str, ...]] = []
    monkeypatch.setattr(up, "_do", lambda _what, *arguments: done.append(arguments))
    up._prepare(Settings(database_url=database_url).simulated(), invents=True)
    assert done == [("demo", "fill")]

    filled(database, rental)
    done.clear()
    up._prepare(Settings(database_url=database_url).simulated(), invents=True)
    assert done == []
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Contact)) == PEOPLE
        logins = session.scalars(sa.select(StaffUser.login)).all()
        assert len(logins) == len(set(logins)) == len(cast.STAFF)
        assert not shop.is_half_filled(session)
    shop.remove(database, by=shop.BY, now=NOW)
    with database.write() as session:
        while index_page(session):
            pass
        assert left_over(session) == set()


def test_the_demo_is_open_at_night_by_an_ordinary_special_day(database: Database, rental: Playbook) -> None:
    with database.write() as session:
        published = Revisions().live(session, shop.publish(session, rental, now=NOW))
    assert published is not None
    assert hours.is_open(published.content.hours, NOW, published.zone)
    assert not hours.is_open(rental.content.hours, NOW, published.zone)
    assert [day.on.isoformat() for day in published.content.hours.special] == ["2026-11-22"]
    assert published.content.campaign_rules.quiet_hours is None


def test_a_demo_that_runs_for_years_never_closes(database: Database, rental: Playbook) -> None:
    new_year = datetime(2027, 2, 6, 4, tzinfo=UTC)  # of the lunar year, when the agency itself is closed
    with database.write() as session:
        published = Revisions().live(session, shop.publish(session, rental, now=NOW))
    assert published is not None
    assert not hours.is_open(rental.content.hours, new_year, published.zone)
    later = [NOW + timedelta(days=day, hours=day % 24) for day in range(0, 1500, 7)]
    assert [
        at for at in (new_year, *later) if not hours.is_open(published.content.hours, at, published.zone)
    ] == []


def test_a_tea_shop_is_invented_with_orders_and_taps_and_somebody_in_every_segment(
    database: Database, tea_shop: Playbook
) -> None:
    filled(database, tea_shop, people=CUPS)
    zone = ZoneInfo(tea_shop.content.time_zone)
    with database.read() as session:
        assert shown(session) is TEA_SHOP
        for one in audience.current(session, ensure_channel(session, now=NOW).id):
            assert audience.count(session, SEGMENTS, one, now=NOW, zone=zone) > 0, one.key
            inside = set(audience.sample(session, SEGMENTS, one, limit=CUPS, now=NOW, zone=zone))
            stays = session.scalars(sa.select(Membership).where(Membership.segment_id == one.id)).all()
            assert {stay.contact_id for stay in stays if stay.left_at is None} == {one.id for one in inside}
            assert len({stay.entered_at for stay in stays}) > 1, "they came one after the other"
            assert {stay.entered_because for stay in stays} == {SOURCE}
        assert session.scalar(sa.select(sa.func.count(Membership.id)).where(Membership.left_at.is_not(None)))
        # Whatever is invented says so, and lies in the past.
        orders = session.scalars(sa.select(Order)).all()
        assert len(orders) > CUPS
        assert {one.source for one in orders} == {SOURCE}
        assert all(one.order_key.startswith("demo-") and one.ordered_at < NOW for one in orders)
        assert all(key.startswith("DEMO-") for key in session.scalars(sa.select(Customer.customer_key)))
        told = session.scalars(sa.select(ContactEvent).where(ContactEvent.source != "turn")).all()
        assert {one.source for one in told} == {SOURCE}
        assert all(one.at < NOW for one in told)
        assert all(one.last_seen_at <= NOW for one in session.scalars(sa.select(Contact)))
        groups = set(session.scalars(sa.select(RfmScore.group_key)))
        assert groups == {group.key for group in rfm.FIRST_GROUPS}

    shop.remove(database, by=shop.BY, now=NOW)
    with database.write() as session:
        while index_page(session):
            pass
    with database.read() as session:
        assert left_over(session) == set()


def test_every_shop_is_found_by_the_name_that_its_playbook_gives_it(
    rental: Playbook, tea_shop: Playbook
) -> None:
    assert {RENTAL.name: "rental", TEA_SHOP.name: "tea_shop"} == {
        rental.content.name: RENTAL.key,
        tea_shop.content.name: TEA_SHOP.key,
    }
    for one in SHOPS.values():
        for shares in (one.wants, *one.choices.values()):
            assert sum(shares.values()) == pytest.approx(1, abs=0.09)
        assert set(one.wants) == set(one.begins)


def test_what_real_people_did_stays(database: Database, rental: Playbook) -> None:
    filled(database, rental)
    with database.write() as session:
        channel_id = ensure_channel(session, now=NOW).id
        session.add(
            Contact(
                public_id="real", channel_id=channel_id, line_user_id="Ureal", shard=0,
                following=Following.FOLLOWING, first_seen_at=NOW, last_seen_at=NOW,
            )
        )  # fmt: skip
    shop.remove(database, by=shop.BY, now=NOW)
    with database.read() as session:
        assert session.scalars(sa.select(Contact.public_id)).all() == ["real"]


def test_who_served_a_real_customer_is_locked_out_until_the_shop_is_invented_again(
    database: Database, rental: Playbook
) -> None:
    filled(database, rental)
    with database.write() as session:
        channel_id = ensure_channel(session, now=NOW).id
        customer = Contact(
            public_id="real", channel_id=channel_id, line_user_id="Ureal", shard=0,
            following=Following.FOLLOWING, first_seen_at=NOW, last_seen_at=NOW,
        )  # fmt: skip
        session.add(customer)
        decision = Decision("general", None, ())
        ticket = open_or_note(
            session, customer, reason="handoff:asked", decision=decision, event_key=None, now=NOW
        )
        lin = session.scalars(sa.select(StaffUser).where(StaffUser.login == "lin")).one()
        lin.capacity = 99
        session.flush()
        if ticket.agent_id != lin.id:
            assign(session, ticket, lin, None, now=NOW)
        token = open_session(session, lin, browser="", address="", now=NOW)
    shop.remove(database, by=shop.BY, now=NOW)
    with database.read() as session:
        left = session.scalars(sa.select(StaffUser)).all()
        assert "lin" in {one.login for one in left}
        assert not any(one.is_active or one.on_duty_since_at for one in left)
        assert find(session, token, now=NOW) is None
        (waiting,) = session.scalars(sa.select(Ticket)).all()
        assert (waiting.state, waiting.agent_id) == (TicketState.OPEN, None)
    filled(database, rental)
    with database.read() as session:
        lin = session.scalars(sa.select(StaffUser).where(StaffUser.login == "lin")).one()
        assert lin.is_active
        assert lin.on_duty_since_at is not None


@pytest.mark.parametrize("is_real", [True, False])
def test_once_line_is_real_nothing_invented_is_left(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch, *, is_real: bool
) -> None:
    with database.write() as session:
        lin = cast.STAFF[0]
        staff.add_user(
            session, login=lin.login, display_name=lin.name, role=lin.role, by=shop.BY, now=NOW, is_demo=True
        )
    done: list[tuple[str, ...]] = []
    monkeypatch.setattr(up, "_do", lambda _what, *arguments: done.append(arguments))
    settings = Settings(database_url=database_url)
    real = settings.model_copy(
        update={
            "line_channel_secret": SecretStr("s" * 32),
            "line_channel_access_token": SecretStr("t"),
        }
    )
    up._prepare(real if is_real else settings.simulated(), invents=False)
    assert (("demo", "remove") in done) is is_real


def test_the_first_start_invents_the_shop_that_is_asked_for_and_later_ones_leave_what_is_there(
    database: Database,
    database_url: str,
    tea_shop: Playbook,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)  # where nobody was erased
    done: list[tuple[str, ...]] = []
    monkeypatch.setattr(up, "_do", lambda _what, *arguments: done.append(arguments))
    settings = Settings(database_url=database_url).simulated()
    up._prepare(settings, invents=True)
    up._prepare(settings, invents=True, shop="tea_shop")
    up._prepare(settings, invents=False, shop="tea_shop")
    assert [arguments for arguments in done if arguments[0] != "db"] == [
        ("demo", "fill", "rental"),
        ("demo", "fill", "tea_shop"),
        ("playbook", "apply", str(TEA_SHOP.folder)),
    ]
    assert capsys.readouterr().err == ""
    with database.write() as session:
        shop.publish(session, tea_shop, now=NOW)
    done.clear()
    up._prepare(settings, invents=True, shop="rental")
    assert [arguments for arguments in done if arguments[0] != "db"] == []
    assert "python -m bot demo reset rental" in capsys.readouterr().err


def test_two_fills_invent_the_same_people() -> None:
    from bot.demo.town import friends

    told = [[(one.user_id, one.name, one.wants, one.now) for one in friends(until=NOW)] for _ in range(2)]
    assert told[0] == told[1]
    assert len(told[0]) == 400


def test_only_the_invented_admin_is_given_a_way_in(database: Database, rental: Playbook) -> None:
    with database.write() as session:
        a_user(session, Role.ADMIN, login="admin", now=NOW)
        assert shop.sign_in_link(session, now=NOW) is None, "somebody's own, though nothing is at LINE yet"
        session.execute(sa.delete(StaffUser))
    filled(database, rental)
    with database.write() as session:
        token = shop.sign_in_link(session, now=NOW)
        assert token is not None
        assert sign_in_links.look(session, token, now=NOW).is_demo
