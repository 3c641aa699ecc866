"""When campaigns begin: chosen times and clocks that jump, outages, quiet hours; each begins once."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot.campaigning import EXCLUSIONS
from bot.segmenting import SEGMENTS
from campaigns import service
from campaigns.models import Campaign, CampaignState
from campaigns.times import Once, Weekly, quiet_from, quiet_until, read_when, weekly_of
from campaigns.why import Verdict, why
from contacts.models import Contact, Following
from content.hours import instant_of
from content.model import CampaignRules
from content.models import Revision
from core.errors import Conflict, IllegalTransition, InvalidInput
from segmentation.models import Membership
from tests.campaigns.office import Office

TAIPEI = ZoneInfo("Asia/Taipei")
BERLIN = ZoneInfo("Europe/Berlin")
HELLO = {"say": "新品上市！"}
TEN = datetime(2027, 3, 1, 10, tzinfo=TAIPEI)


def local(text: str) -> Once:
    when = read_when(text)
    assert isinstance(when, Once)
    return when


@pytest.fixture
def planned(office: Office) -> str:
    """A campaign for ten o'clock of the first of March."""
    office.befriends(3)
    office.shop.clock.set(TEN - timedelta(days=3))
    campaign = office.writes(HELLO)
    office.does(campaign, service.schedule_at, when=local("2027-03-01T10:00"), zone=TAIPEI)
    return campaign


def test_it_begins_at_its_time_and_not_a_moment_before(office: Office, planned: str) -> None:
    office.at(TEN - timedelta(milliseconds=1))
    assert office.state(planned) is CampaignState.SCHEDULED
    office.at(TEN)
    assert office.state(planned) is CampaignState.FINISHED
    assert len(office.got()) == 3


@pytest.mark.parametrize("hours", [-24, 24])
def test_a_clock_that_jumps_by_a_day_sends_it_once_or_leaves_it_to_a_person(
    office: Office, planned: str, hours: int
) -> None:
    office.at(TEN - timedelta(hours=2))
    office.at(TEN - timedelta(hours=2) + timedelta(hours=hours))
    office.at(TEN - timedelta(hours=1))  # the clock is put right
    if hours > 0:
        assert office.state(planned) is CampaignState.OVERDUE
        office.does(planned, service.send_late)
    office.at(TEN)
    office.at(TEN + timedelta(hours=1))
    assert office.state(planned) is CampaignState.FINISHED
    assert len(office.got()) == 3


def test_a_clock_put_back_in_the_middle_holds_nobody_up(office: Office) -> None:
    friends = office.befriends(600)
    campaign = office.writes(HELLO)
    office.does(campaign, service.send_now)
    campaigner = office.campaigner()
    campaigner._begin_due()
    campaigner._work()
    office.shop.clock.advance(-24 * 3600)
    office.shop.does_chores()
    assert office.state(campaign) is CampaignState.FINISHED
    assert sorted(office.got()) == sorted(friends)


def test_six_hours_late_it_waits_for_a_person_and_half_an_hour_late_it_does_not(
    office: Office, planned: str
) -> None:
    office.at(TEN + timedelta(hours=6))
    assert office.state(planned) is CampaignState.OVERDUE
    assert office.got() == []
    office.does(planned, service.send_late)
    office.shop.does_chores()
    assert len(office.got()) == 3
    second = office.writes(HELLO)
    office.does(second, service.schedule_at, when=local("2027-03-02T10:00"), zone=TAIPEI)
    office.at(TEN + timedelta(days=1, minutes=30))
    assert office.state(second) is CampaignState.FINISHED


def test_what_falls_into_quiet_hours_begins_when_they_end_however_late_that_is(
    office: Office, planned: str
) -> None:
    office.changes_rules(CampaignRules(quiet_hours="21:00-10:30"))
    office.at(TEN)
    office.at(TEN + timedelta(minutes=30) - timedelta(milliseconds=1))
    assert office.state(planned) is CampaignState.SCHEDULED
    ends = TEN + timedelta(minutes=30)
    assert office.campaign(planned).held_until == ends
    office.at(ends)
    assert office.state(planned) is CampaignState.FINISHED
    assert office.campaign(planned).held_until == ends, "the ledger says why it came late"


def test_quiet_hours_in_the_middle_stop_it_and_their_end_lets_it_go_on(office: Office) -> None:
    office.changes_rules(CampaignRules(quiet_hours="22:00-09:00"))
    friends = office.befriends(300)
    late = datetime(2027, 3, 1, 21, 59, 59, 999_000, tzinfo=TAIPEI)
    office.shop.clock.set(late)
    office.shop.clock.stop()
    campaign = office.writes({"say": "{{ name }}"})
    office.does(campaign, service.send_now)
    campaigner = office.campaigner()
    campaigner._begin_due()
    campaigner._work()
    campaigner._work()  # the first page is released
    office.at(late + timedelta(milliseconds=1))
    assert office.got() == []
    office.at(datetime(2027, 3, 2, 8, 59, 59, 999_999, tzinfo=TAIPEI))
    assert office.got() == []
    assert office.state(campaign) is CampaignState.RUNNING
    office.at(datetime(2027, 3, 2, 9, tzinfo=TAIPEI))
    for _ in range(2):
        office.at(office.shop.now() + timedelta(seconds=1))  # what LINE takes in a second is bounded
    assert sorted(office.got()) == sorted(friends)


def test_who_got_it_before_quiet_hours_began_was_not_held_back_and_who_got_it_after_them_was(
    office: Office,
) -> None:
    office.changes_rules(CampaignRules(quiet_hours="22:00-09:00"))
    friends = office.befriends(250)  # more than a page of personal words
    begins, ends = datetime(2027, 3, 1, 22, tzinfo=TAIPEI), datetime(2027, 3, 2, 9, tzinfo=TAIPEI)
    office.shop.clock.set(begins - timedelta(minutes=1))
    office.shop.clock.stop()
    campaign = office.writes({"say": "{{ name }}"})
    assert told(office, campaign, friends[0]) == (Verdict.WOULD_GET, None)
    office.does(campaign, service.send_now)
    campaigner = office.campaigner()
    campaigner._begin_due()
    campaigner._work()
    campaigner._work()  # the first page is released
    office.shop.chores.kinds["bulk"]()
    first, last = friends[0], friends[-1]
    assert told(office, campaign, first) == (Verdict.SENT, None)
    assert told(office, campaign, last) == (Verdict.WAITING, None)
    office.at(begins)
    assert told(office, campaign, last) == (Verdict.WAITING, ends)
    assert told(office, office.writes(HELLO), last) == (Verdict.WOULD_GET, ends)
    for second in range(3):
        office.at(ends + timedelta(seconds=second))
    assert office.state(campaign) is CampaignState.FINISHED
    assert told(office, campaign, first) == (Verdict.SENT, None)
    assert told(office, campaign, last) == (Verdict.SENT, ends)


def overtaken_by_quiet_hours(office: Office, begins: datetime) -> str:
    """Send a campaign a minute before they begin, whose audience is frozen then and whose messages are not sent."""
    office.shop.clock.set(begins - timedelta(minutes=1))
    office.shop.clock.stop()
    campaign = office.writes({"say": "{{ name }}"})
    office.does(campaign, service.send_now)
    campaigner = office.campaigner()
    campaigner._begin_due()
    campaigner._work()
    office.at(begins)
    return campaign


def test_who_is_left_out_when_the_night_is_over_is_left_out_for_another_reason(office: Office) -> None:
    office.changes_rules(CampaignRules(quiet_hours="22:00-09:00"))
    stays, goes = office.befriends(2)
    begins, ends = datetime(2027, 3, 1, 22, tzinfo=TAIPEI), datetime(2027, 3, 2, 9, tzinfo=TAIPEI)
    campaign = overtaken_by_quiet_hours(office, begins)
    with office.shop.database.write() as session:
        blocked = sa.update(Contact).where(Contact.line_user_id == goes)
        session.execute(blocked.values(following=Following.BLOCKED))
    office.at(ends)
    assert told(office, campaign, stays) == (Verdict.SENT, ends)
    assert told(office, campaign, goes) == (Verdict.SKIPPED, None)
    second = office.writes(HELLO)
    office.does(second, service.schedule_at, when=local("2027-03-02T23:00"), zone=TAIPEI)
    assert told(office, second, stays) == (Verdict.WOULD_GET, ends + timedelta(days=1))
    office.at(begins + timedelta(days=1, hours=2))
    assert office.campaign(second).held_until == ends + timedelta(days=1)
    office.does(second, service.unschedule)
    assert office.campaign(second).held_until is None


def test_quiet_hours_that_are_taken_away_at_night_have_held_back_until_then(office: Office) -> None:
    office.changes_rules(CampaignRules(quiet_hours="22:00-09:00"))
    (friend,) = office.befriends(1)
    night = datetime(2027, 3, 1, 23, tzinfo=TAIPEI)
    office.shop.clock.set(night)
    campaign = office.writes(HELLO)
    office.does(campaign, service.send_now)
    office.at(night + timedelta(minutes=1))
    assert office.campaign(campaign).held_until == datetime(2027, 3, 2, 9, tzinfo=TAIPEI)
    later = night + timedelta(hours=1)
    office.shop.clock.set(later)
    office.changes_rules(CampaignRules())
    campaigner = office.campaigner()  # it has not read the old rules
    while office.state(campaign) is not CampaignState.FINISHED:
        campaigner.step()
        office.shop.chores.kinds["bulk"]()
    assert office.got() == [friend]
    assert office.campaign(campaign).held_until == later
    assert told(office, campaign, friend) == (Verdict.SENT, later)


def test_quiet_hours_taken_away_hold_nobody_back_whose_audience_was_frozen_under_them(office: Office) -> None:
    office.changes_rules(CampaignRules(quiet_hours="22:00-09:00"))
    friends = office.befriends(250)  # more than a page of personal words
    begins = datetime(2027, 3, 1, 22, tzinfo=TAIPEI)
    campaign = overtaken_by_quiet_hours(office, begins)
    assert (office.state(campaign), office.got()) == (CampaignState.RUNNING, [])
    with office.shop.database.write() as session:
        old = session.scalars(sa.select(Revision).order_by(Revision.number.desc())).first()
        assert old is not None
        same = {one.key: getattr(old, one.key) for one in sa.inspect(Revision).column_attrs}
        rules: dict[str, Any] = {"campaign_rules": {}}
        session.add(Revision(**same | {"id": None, "number": old.number + 1, "content": old.content | rules}))
    later = begins + timedelta(hours=1)
    for second in range(3):
        office.at(later + timedelta(seconds=second))
    assert sorted(office.got()) == sorted(friends)
    assert office.campaign(campaign).held_until == later


@pytest.mark.parametrize("stop", [service.pause, service.cancel])
def test_what_somebody_stops_at_night_is_held_back_by_them_and_no_longer_by_the_hours(
    office: Office, stop: Any
) -> None:
    office.changes_rules(CampaignRules(quiet_hours="22:00-09:00"))
    (friend,) = office.befriends(1)
    begins = datetime(2027, 3, 1, 22, tzinfo=TAIPEI)
    campaign = overtaken_by_quiet_hours(office, begins)
    assert told(office, campaign, friend) == (Verdict.WAITING, begins + timedelta(hours=11))
    office.shop.clock.set(begins + timedelta(hours=1))
    office.does(campaign, stop)
    office.changes_rules(CampaignRules())
    assert office.campaign(campaign).held_until == begins + timedelta(hours=1)
    _verdict, until = told(office, campaign, friend)
    assert until is not None
    assert until <= office.shop.now()


def test_what_is_through_when_the_quiet_hours_begin_is_finished_and_was_not_held_back(office: Office) -> None:
    office.changes_rules(CampaignRules(quiet_hours="22:00-09:00"))
    office.befriends(3)
    begins = datetime(2027, 3, 1, 22, tzinfo=TAIPEI)
    office.shop.clock.set(begins - timedelta(milliseconds=1))
    office.shop.clock.stop()
    campaign = office.writes(HELLO)
    office.does(campaign, service.send_now)
    campaigner = office.campaigner()
    campaigner._begin_due()
    campaigner._work()
    campaigner._work()
    office.shop.chores.kinds["bulk"]()
    assert len(office.got()) == 3
    assert office.state(campaign) is CampaignState.RUNNING
    office.at(begins)
    campaigner._work()  # whose lease it is
    assert office.state(campaign) is CampaignState.FINISHED
    assert office.campaign(campaign).held_until is None


def told(office: Office, campaign: str, user_id: str) -> tuple[Verdict, datetime | None]:
    """Return what is said about one person's share, and until when quiet hours hold it back, or did."""
    with office.shop.database.read() as session:
        contact = session.scalars(sa.select(Contact).where(Contact.line_user_id == user_id)).one()
        found = why(
            session,
            SEGMENTS,
            EXCLUSIONS,
            session.scalars(sa.select(Campaign).where(Campaign.public_id == campaign)).one(),
            contact,
            published=office.published,
            now=office.shop.now(),
        )
    return found.verdict, found.held_until


def test_every_week_makes_a_campaign_of_its_own_once(office: Office) -> None:
    office.befriends(2)
    office.shop.clock.set(TEN)  # a Monday
    plan = office.writes(HELLO, name="每週")
    office.does(plan, service.schedule_weekly, when=Weekly(4, time(11)), zone=TAIPEI)
    friday = datetime(2027, 3, 5, 11, tzinfo=TAIPEI)
    office.at(friday)
    office.at(friday - timedelta(days=1))  # put back
    office.at(friday + timedelta(minutes=1))
    occurrences = office.shop.rows(Campaign, Campaign.plan_id.is_not(None))
    assert [(one.name, one.state) for one in occurrences] == [("每週 (2027-03-05)", CampaignState.FINISHED)]
    assert office.campaign(plan).send_local == "2027-03-12T11:00"
    office.does(plan, service.pause)
    office.at(friday + timedelta(days=8))
    office.does(plan, service.resume, zone=TAIPEI)
    assert office.campaign(plan).send_local == "2027-03-19T11:00"
    office.at(friday + timedelta(days=14))
    assert len(office.got()) == 4


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2027-03-28T02:30", datetime(2027, 3, 28, 1, 0, tzinfo=UTC)),  # skipped: 03:00 summer time
        ("2027-10-31T02:30", datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),  # comes twice: the first
        ("2027-07-01T12:00", datetime(2027, 7, 1, 10, 0, tzinfo=UTC)),
    ],
)
def test_each_chosen_time_happens_exactly_once(written: str, instant: datetime) -> None:
    assert instant_of(local(written).local, BERLIN) == instant


def test_a_weekly_time_that_the_clocks_skip_or_repeat_comes_once_that_week() -> None:
    sundays = Weekly(6, time(2, 30))
    at = datetime(2027, 3, 20, tzinfo=UTC)
    instants = []
    for _ in range(34):
        at = instant_of(sundays.next_after(at, BERLIN).local, BERLIN)
        instants.append(at)
    assert len({moment.astimezone(BERLIN).date() for moment in instants}) == 34
    assert weekly_of(sundays.cron) == sundays


def test_quiet_hours_across_midnight_end_at_their_minute() -> None:
    day = datetime(2027, 3, 1, tzinfo=TAIPEI)
    nine = day + timedelta(hours=9)
    for quiet in (day + timedelta(hours=21), day + timedelta(days=1) - timedelta(milliseconds=1), day):
        end = quiet_until("21:00-09:00", quiet, TAIPEI)
        assert end == (nine if quiet < nine else nine + timedelta(days=1))
    for loud in (nine, day + timedelta(hours=21) - timedelta(milliseconds=1)):
        assert quiet_until("21:00-09:00", loud, TAIPEI) is None
        assert quiet_from("21:00-09:00", loud, TAIPEI) == day + timedelta(hours=21)
    assert quiet_until(None, day, TAIPEI) is None


def test_send_pressed_five_times_sends_once_and_a_stale_form_changes_nothing(office: Office) -> None:
    office.befriends(2)
    campaign = office.writes(HELLO)
    office.does(campaign, service.send_now)
    for _ in range(4):
        with pytest.raises(IllegalTransition):
            office.does(campaign, service.send_now)
    with pytest.raises(Conflict, match=r"stays as it is|was changed"):
        office.edits(campaign, {"say": "另一個"}, version=0)
    office.shop.does_chores()
    with pytest.raises(service.NotEditable):
        office.edits(campaign, {"say": "另一個"}, version=1)
    assert len(office.got()) == 2
    with pytest.raises(InvalidInput, match="future"):
        office.does(office.writes(HELLO), service.schedule_at, when=local("2001-01-01T10:00"), zone=TAIPEI)


def test_a_form_opened_before_somebody_elses_edit_is_refused(office: Office) -> None:
    campaign = office.writes(HELLO)
    office.edits(campaign, {"say": "第一個"}, version=1)
    with pytest.raises(service.EditedMeanwhile):
        office.edits(campaign, {"say": "第二個"}, version=1)
    office.edits(campaign, {"say": "第二個"}, version=2)


def test_pausing_and_cancelling_release_no_more(office: Office) -> None:
    office.befriends(1200)
    campaign = office.writes({"say": "{{ name }}"})
    office.does(campaign, service.send_now)
    campaigner = office.campaigner()
    campaigner._begin_due()
    for _ in range(3):
        campaigner._work()
    office.does(campaign, service.pause)
    office.shop.clock.advance(20)
    office.shop.does_chores()
    assert office.got() == []  # what had been released and waited was taken back
    office.does(campaign, service.resume, zone=TAIPEI)
    for _ in range(2):
        campaigner._work()
    office.shop.chores.kinds["bulk"]()
    got = len(office.got())
    assert 0 < got < 1000
    campaigner._work()
    office.does(campaign, service.cancel)
    office.shop.clock.advance(20)
    office.shop.does_chores()
    assert got == len(office.got())
    assert len(set(office.got())) == len(office.got())
    assert office.state(campaign) is CampaignState.CANCELLED


@pytest.mark.parametrize("act", [service.pause, service.cancel])
def test_whom_a_stopped_campaign_has_reached_is_asked_about_at_once(office: Office, act: Any) -> None:
    """Segments heard of it when a campaign was finished, and of one that was stopped by night."""
    office.befriends(1200)
    office.segment("reached", {"campaign": "received"})
    office.shop.waits(minutes=2)  # by the night's look it is kept current
    office.shop.does_chores()
    campaign = office.writes({"say": "{{ name }}"})
    office.does(campaign, service.send_now)
    campaigner = office.campaigner()
    campaigner._begin_due()
    for _ in range(3):
        campaigner._work()
    office.shop.chores.kinds["bulk"]()
    office.does(campaign, act)
    campaigner._work()
    office.shop.does_chores()
    assert 0 < len(office.got()) < 1200
    assert len(office.shop.rows(Membership, Membership.left_at.is_(None))) == len(office.got())


def test_what_somebody_sends_late_waits_out_the_quiet_hours_and_is_not_overdue_again(
    office: Office, planned: str
) -> None:
    office.changes_rules(CampaignRules(quiet_hours="22:00-08:00"))
    office.at(TEN + timedelta(hours=11))
    assert office.state(planned) is CampaignState.OVERDUE
    office.at(TEN + timedelta(hours=12, minutes=5))
    office.does(planned, service.send_late)
    office.at(TEN + timedelta(hours=22, minutes=5))
    assert office.state(planned) is CampaignState.FINISHED


def test_a_weekly_one_that_falls_into_the_night_says_so_of_that_week_only(office: Office) -> None:
    office.befriends(2)
    office.shop.clock.set(TEN)  # a Monday
    plan = office.writes(HELLO, name="每週")
    office.does(plan, service.schedule_weekly, when=Weekly(4, time(11)), zone=TAIPEI)
    office.changes_rules(CampaignRules(quiet_hours="22:00-12:00"))
    friday = datetime(2027, 3, 5, 11, tzinfo=TAIPEI)
    office.at(friday)
    office.at(friday + timedelta(hours=1))
    (one,) = office.shop.rows(Campaign, Campaign.plan_id.is_not(None))
    assert (one.state, one.held_until) == (CampaignState.FINISHED, friday + timedelta(hours=1))
    assert office.campaign(plan).held_until is None
