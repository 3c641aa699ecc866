"""campaigns.yaml: what is wrong with one, what becomes of a good one, and who wins when two have edited it."""

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.segmenting import SEGMENTS
from campaigns import service
from campaigns.messages import message_of
from campaigns.models import Campaign, CampaignState
from campaigns.service import Draft
from campaigns.times import read_when
from core.db import Database
from line.channels import ensure_channel
from playbook.apply import apply
from playbook.check import check
from playbook.doubts import doubts
from playbook.planned import EditedInConsole
from tests.campaigns.office import MARKETER, Office
from tests.shop import EXAMPLES, Shop

FAULTY = """
quiet_hours: "00:00-24:00"
cap: {times: 0, within: 7d}
campaigns:
  - id: one
    name: ""
    segment: brown_sugr
    consent: newz
    message:
      - say: "嗨 {{ last.my_cup }}"
      - say: "{% for i in (1..900) %}{% for j in (1..900) %}x{% endfor %}{% endfor %}"
      - tag: interest:new
    send: weekly fry 11:00
  - id: one
    name: Six
    segment: brown_sugar
    message: [{say: a}, {say: b}, {say: c}, {say: d}, {say: e}, {say: f}]
    send: 2027-02-30T10:00
"""


def test_every_fault_of_a_campaign_is_named_with_its_line(tmp_path: Path) -> None:
    folder = shutil.copytree(EXAMPLES / "tea_shop", tmp_path / "shop")
    (folder / "campaigns.yaml").write_text(FAULTY)
    told = "\n".join(str(fault) for fault in check(folder).faults)
    for line, words in (
        (3, "times must be at least 1"),
        (14, "there is a campaign 'one' already"),
    ):
        assert f"campaigns.yaml:{line}: {words}" in told
    (folder / "campaigns.yaml").write_text(FAULTY.replace("times: 0", "times: 1"))
    told = "\n".join(str(fault) for fault in check(folder).faults)
    for line, words in (
        (2, "quiet_hours '00:00-24:00' leave no time to send anything"),
        (6, "name is empty"),
        (7, "unknown segment 'brown_sugr'; did you mean 'brown_sugar'?"),
        (8, "nobody can agree to 'newz'"),
        (10, "unknown placeholder 'last.my_cup'"),
        (11, "the placeholders cannot be filled in: LoopIterationLimitError"),
        (12, "a campaign's message says and shows"),
        (13, "send cannot be 'weekly fry 11:00'"),
        (17, "up to 6 messages"),
        (18, "'2027-02-30T10:00' is no time"),
    ):
        assert [
            one for one in told.splitlines() if one.startswith(f"campaigns.yaml:{line}: ") and words in one
        ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(EXAMPLES / "tea_shop", tmp_path / "shop")


def publish(shop: Shop, folder: Path, *, overwrite: bool = False) -> None:
    playbook = check(folder).playbook
    assert playbook is not None
    with shop.database.write() as session:
        channel = ensure_channel(session, now=shop.now())
        apply(session, channel, playbook, now=shop.now(), by="test", overwrite=overwrite)


def change(folder: Path, old: str, new: str) -> None:
    file = folder / "campaigns.yaml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def only(shop: Shop) -> Campaign:
    (campaign,) = shop.rows(Campaign)
    assert isinstance(campaign, Campaign)
    return campaign


def test_a_playbooks_campaign_becomes_a_draft_or_a_plan_and_follows_its_changes(
    shop: Shop, folder: Path
) -> None:
    publish(shop, folder)
    assert (only(shop).state, only(shop).name) == (CampaignState.DRAFT, "新品搶先喝")
    change(folder, "    message:", "    send: weekly fri 11:00\n    message:")
    publish(shop, folder)
    weekly = only(shop)
    assert (weekly.state, weekly.repeat) == (CampaignState.SCHEDULED, "0 11 * * fri")
    assert weekly.send_at is not None
    assert weekly.send_at > shop.now()
    (folder / "campaigns.yaml").unlink()
    publish(shop, folder)
    assert only(shop).state is CampaignState.CANCELLED


def test_an_edit_in_the_console_stays_until_the_playbook_changes_the_same_campaign(
    shop: Shop, folder: Path, database: Database
) -> None:
    office = Office(shop)
    publish(shop, folder)
    public_id = only(shop).public_id
    with database.write() as session:
        campaign = service.get(session, shop.channel_id, public_id)
        service.edit(
            session,
            campaign,
            Draft("改過的", "brown_sugar", message_of(campaign)),
            version=campaign.version,
            published=office.published,
            base_url="http://127.0.0.1:8000",
            by=MARKETER,
            now=shop.now(),
        )
    change(folder, "within: 3d", "within: 4d")
    publish(shop, folder)
    assert only(shop).name == "改過的"
    change(folder, "name: 新品搶先喝", "name: 新品")
    with pytest.raises(EditedInConsole):
        publish(shop, folder)
    assert only(shop).name == "改過的"
    publish(shop, folder, overwrite=True)
    assert only(shop).name == "新品"


def test_other_words_in_the_playbook_start_nothing_that_staff_have_paused(
    shop: Shop, folder: Path, database: Database
) -> None:
    change(folder, "    message:", "    send: weekly fri 11:00\n    message:")
    publish(shop, folder)
    with database.write() as session:
        campaign = service.get(session, shop.channel_id, only(shop).public_id)
        service.pause(session, campaign, by=MARKETER, now=shop.now())
    change(folder, "name: 新品搶先喝", "name: 新品")
    publish(shop, folder)
    assert (only(shop).name, only(shop).state) == ("新品", CampaignState.PAUSED)
    assert only(shop).paused_because == "staff:mei"
    change(folder, "weekly fri", "weekly sat")
    publish(shop, folder)
    assert (only(shop).state, only(shop).repeat) == (CampaignState.SCHEDULED, "0 11 * * sat")


def test_other_words_in_the_playbook_leave_a_time_that_staff_have_chosen(
    shop: Shop, folder: Path, database: Database
) -> None:
    publish(shop, folder)
    with database.write() as session:
        campaign = service.get(session, shop.channel_id, only(shop).public_id)
        service.send_after(session, campaign, timedelta(days=1), by=MARKETER, now=shop.now())
    change(folder, "name: 新品搶先喝", "name: 新品")
    publish(shop, folder)
    assert (only(shop).name, only(shop).state) == ("新品", CampaignState.SCHEDULED)


def test_a_new_zone_keeps_the_time_of_day_of_what_waits(shop: Shop, folder: Path) -> None:
    change(folder, "    message:", "    send: 2027-03-01T10:00\n    message:")
    publish(shop, folder)
    before = only(shop).send_at
    account = folder / "playbook.yaml"
    account.write_text(account.read_text().replace("Asia/Taipei", "Asia/Tokyo"))
    publish(shop, folder)
    after = only(shop).send_at
    assert before is not None
    assert after is not None
    assert (before - after).total_seconds() == 3600
    assert only(shop).send_local == "2027-03-01T10:00"


def test_a_plan_doubts_that_a_segment_goes_while_a_campaign_of_the_console_waits_for_it(
    shop: Shop, folder: Path, database: Database
) -> None:
    office = Office(shop)
    publish(shop, folder)
    weekly = office.writes({"say": "hi"}, name="Every week", segment="brown_sugar")
    when = read_when("weekly fri 11:00")
    office.does(weekly, service.schedule_weekly, when=when, zone=ZoneInfo("Asia/Taipei"))
    playbook = check(folder).playbook
    assert playbook is not None

    def notes(*, without: str) -> tuple[str, ...]:
        content = playbook.content
        left = tuple(one for one in content.segments if one.id != without)
        campaigns = tuple(one for one in content.campaigns if one.segment != without)
        wanted = replace(
            playbook, content=content.model_copy(update={"segments": left, "campaigns": campaigns})
        )
        with database.read() as session:
            return doubts(session, shop.channel_id, wanted, SEGMENTS)

    doubt = "segment brown_sugar is dropped, and the campaign 'Every week' still waits to be sent to it"
    assert doubt in notes(without="brown_sugar")
    assert doubt not in notes(without="")
