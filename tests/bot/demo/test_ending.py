"""LINE becomes real: nothing is left of the demo, of whoever was played, nor of hours without a night."""

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from bot import up
from bot.demo import shop as demo
from bot.demo.shops import RENTAL
from campaigns.models import Campaign, CampaignState, Delivery, Push
from config import Settings
from contacts.models import Contact
from contacts.service import meet
from content.models import Revision
from content.revisions import Revisions
from core.ids import new_public_id
from line.channels import ensure_channel
from line.outbox import OPEN, Outgoing, SendKind, SendStatus
from playbook.apply import apply
from playbook.check import check
from playbook.schema import Playbook
from simulator.demo_persons import demo_user_id
from staff.models import AuditEntry, StaffUser
from tests.bot.conftest import Run
from tests.shop import Shop
from tickets.models import Ticket

PEOPLE = 12
REAL = "U" + "1" * 32


@pytest.fixture(scope="module")
def rental() -> Playbook:
    found = check(RENTAL.folder)
    assert found.playbook is not None, found.faults
    return found.playbook


@pytest.fixture
def program(shop: Shop, rental: Playbook) -> Shop:
    """A filled demo in which somebody has played by hand, and the draft was sent to them."""
    demo.fill(shop.database, rental, base_url="http://127.0.0.1:8000", now=shop.now(), people=PEOPLE)
    shop.person("Somebody new").follows()
    chang = shop.person("張志豪", user_id=demo_user_id("張志豪"))
    chang.follows()
    chang.says("我要找專人")
    chang.says("真人客服")
    now = shop.now()
    with shop.database.write() as session:
        known = session.scalars(sa.select(Contact).where(Contact.line_user_id == chang.user_id)).one()
        assert not known.is_demo
        meet(session, shop.channel_id, REAL, shard=1, sent_at=now, now=now)
        draft = session.scalars(sa.select(Campaign).where(Campaign.key.is_not(None))).one()
        draft.state, draft.started_at, draft.recipients, draft.requests = CampaignState.RUNNING, now, 1, 1
        request = Outgoing(
            channel_id=shop.channel_id, shard=0, kind=SendKind.MULTICAST, status=SendStatus.QUEUED, body=b"{}",
            created_at=now, due_at=now + timedelta(hours=1), deadline_at=now + timedelta(days=1), attempts=0,
        )  # fmt: skip
        push = Push(campaign_id=draft.id, number=1, size=1, outgoing=request)
        session.add(push)
        session.flush()  # for the id that the delivery carries
        session.add(Delivery(campaign_id=draft.id, contact_id=known.id, push_id=push.id, released_at=now))
        weekly = Campaign(
            public_id=new_public_id(), channel_id=shop.channel_id, name="Weekly", segment=draft.segment,
            content=draft.content, state=CampaignState.SCHEDULED, repeat="0 11 * * fri",
            send_at=now + timedelta(days=3), created_at=now, created_by="marketer",
        )  # fmt: skip
        session.add(weekly)
    return shop


def real(database_url: str) -> Settings:
    return Settings(
        database_url=database_url,
        line_channel_secret=SecretStr("s" * 32),
        line_channel_access_token=SecretStr("t"),
    )


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch, command: Run) -> None:
    """Let LINE be real for the commands that are started."""
    monkeypatch.setenv("LINE_CHANNEL_SECRET", "s" * 32)
    monkeypatch.setenv("LINE_CHANNEL_ACCESS_TOKEN", "t")


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize("was_removed_before", [False, True])
def test_with_credentials_nobody_is_left_who_was_invented_or_played(
    program: Shop, rental: Playbook, database_url: str, *, was_removed_before: bool
) -> None:
    database = program.database
    if was_removed_before:
        demo.remove(database, by=demo.BY, now=program.now())
        with database.read() as session:
            left = set(session.scalars(sa.select(Contact.line_user_id)))
            assert len(left) == 3, "whoever is played by hand stays while LINE is simulated"
    up._prepare(real(database_url), invents=True)
    with database.read() as session:
        assert session.scalars(sa.select(Contact.line_user_id)).all() == [REAL]
        assert session.scalars(sa.select(Ticket)).all() == []
        assert session.scalars(sa.select(StaffUser).where(StaffUser.deactivated_at.is_(None))).all() == []
        campaigns = session.scalars(sa.select(Campaign)).all()
        assert {one.name: (one.state, one.send_at, one.recipients) for one in campaigns} == {
            "本週新上架": (CampaignState.DRAFT, None, 0),
            "Weekly": (CampaignState.DRAFT, None, 0),
        }
        assert session.scalars(sa.select(Outgoing.id).where(Outgoing.status.in_(OPEN))).all() == []
        live = Revisions().live(session, program.channel_id)
        assert live is not None
        assert live.content.campaign_rules.quiet_hours is not None, "nobody is pushed to at night"
        assert live.content.hours == rental.content.hours, "closed at night again"
        revisions = session.scalar(sa.select(sa.func.count()).select_from(Revision))
        told = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "demo.remove")).all()
        assert told[-1].detail is not None
        assert told[-1].detail["people"] == (2 if was_removed_before else 2 + PEOPLE)
    up._prepare(real(database_url), invents=True)
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Revision)) == revisions


@pytest.mark.usefixtures("credentials")
def test_what_staff_have_published_since_stays_and_that_is_said(
    program: Shop, rental: Playbook, database_url: str, command: Run, capfd: pytest.CaptureFixture[str]
) -> None:
    with program.database.write() as session:
        channel = ensure_channel(session, now=program.now())
        own = demo.open_all_day(rental, now=program.now() + timedelta(days=1))
        apply(session, channel, own, now=program.now(), by="command line:wang", overwrite=True)
    up._prepare(real(database_url), invents=True)
    assert "what is published is your own, and stays" in capfd.readouterr().err
    with program.database.read() as session:
        assert session.scalars(sa.select(Contact.line_user_id)).all() == [REAL]
        newest = session.scalars(sa.select(Revision).order_by(Revision.id.desc()).limit(1)).one()
        assert newest.published_by == "command line:wang"
        assert session.scalars(sa.select(Campaign.state).where(Campaign.key.is_not(None))).one() is (
            CampaignState.DRAFT
        )


def test_somebodys_own_simulator_keeps_its_people(
    shop: Shop, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Tests start the program with credentials again and again, beside a LINE on their own machine."""
    monkeypatch.chdir(tmp_path)
    shop.publishes(RENTAL.folder)
    mina = shop.person("Mina")
    mina.follows()
    done: list[tuple[str, ...]] = []
    monkeypatch.setattr(up, "_do", lambda _what, *arguments: done.append(arguments))
    up._prepare(real(database_url).model_copy(update={"line_api_base": shop.simulator.url}), invents=True)
    assert done == []
    up._prepare(real(database_url), invents=True)
    assert done == [("demo", "remove")]
