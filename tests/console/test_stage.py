"""The stage: what came to the phone, what it cost, and what is only on its way."""

import re
from datetime import time, timedelta

import pytest
import sqlalchemy as sa

from campaigns import service
from campaigns.models import Campaign
from campaigns.times import Weekly
from content.model import CampaignRules
from simulator.faults import Do
from staff.models import Role
from tests.campaigns.office import Office
from tests.console.inboxes import Inbox
from tests.console.people import Browser, browser_of
from tests.shop import SCENES, Shop
from tickets.models import Ticket, TicketState

PERSONAL = {"say": "{{ name }}，新品上市！"}
SAME = {"say": "新品上市！"}


def marketer(shop: Shop) -> Browser:
    return browser_of(shop.app, shop.database, Role.MARKETER, now=shop.now())


def paid(page: str) -> int:
    found = re.findall(r'data-count="(\d+)"', page)
    assert len(found) == 2
    return int(found[1])


@pytest.mark.parametrize("says", [PERSONAL, SAME])
def test_a_campaign_message_is_counted_as_paid_and_has_arrived_once_line_has_it(
    shop: Shop, says: dict[str, str]
) -> None:
    office, mina = Office(shop), shop.person("Mina")
    mina.follows()
    browser = marketer(shop)
    address = f"/console/stage/known?person={mina.user_id}"
    before = paid(browser.get(address).text)
    for endpoint in ("push", "multicast"):
        shop.simulator.line.faults.order(endpoint, Do.ERROR_BEFORE, times=1)
    shop.clock.stop()
    public_id = office.writes(says)
    office.does(public_id, service.send_now)
    shop.does_chores()
    page = browser.get(address).text
    assert paid(page) == before
    assert "Arrived on the phone" not in page, "LINE has not taken it yet"
    shop.waits(minutes=5)
    shop.does_chores()
    page = browser.get(address).text
    assert len(mina.sees) == 2
    assert paid(page) == before + 1
    assert "Arrived on the phone" in page


def test_an_invented_draft_that_was_sent_is_still_there_and_has_arrived(shop: Shop) -> None:
    office, mina = Office(shop), shop.person("Mina")
    mina.follows()
    public_id = office.writes(SAME, name="Invented draft")
    with shop.database.write() as session:
        session.execute(sa.update(Campaign).where(Campaign.public_id == public_id).values(is_demo=True))
    office.does(public_id, service.send_now)
    shop.does_chores()
    page = marketer(shop).get(f"/console/stage/known?person={mina.user_id}").text
    assert "Arrived on the phone" in page.partition("Invented draft")[2]


def test_the_stage_shows_people_and_scenes_and_one_is_played(shop: Shop) -> None:
    Office(shop, playbook="rental")
    shop.person("Mina")
    browser = marketer(shop)
    page = browser.get("/console/stage/").text
    assert "Mina" in page
    key = re.search(r'<option value="(a_home[^"]*)"', page)
    assert key
    played = sum(not one.waits for one in SCENES.all().values())
    shown, waits = page.count("<option value="), page.count("<option disabled")
    assert (shown, waits) == (1 + played, len(SCENES.all()) - played), "all of them, and who acts them"
    assert "time passes in them" in page
    forgotten = re.search(r"<option disabled[^>]*>After two weeks nobody[^<]*", page)
    assert forgotten
    assert "(2 weeks pass)" in forgotten[0]
    assert browser.post("/console/stage/play", {"scene": "who_viewing_forgotten"}).status_code == 404
    somebody = browser.post("/console/stage/play", {"scene": key[1]}).get_json()["person"]
    acted = browser.post("/console/stage/act", {"person": somebody, "scene": key[1], "number": "0"})
    assert acted.get_json() == {"done": True}
    assert browser.get(f"/console/stage/known?person={somebody}").status_code == 200


def sendings(browser: Browser, person: str) -> str:
    page = browser.get(f"/console/stage/known?person={person}").text
    return page.partition('class="stage-sendings"')[2]


def test_a_campaign_that_stands_still_is_not_said_to_be_sent(shop: Shop) -> None:
    office, mina = Office(shop), shop.person("Mina")
    mina.follows()
    browser = marketer(shop)
    public_id = office.writes(SAME)
    office.does(public_id, service.send_now)
    office.campaigner().step()
    office.does(public_id, service.pause)
    told = sendings(browser, mina.user_id)
    assert "Paused" in told
    assert "being sent" not in told.casefold()


def test_only_what_comes_soon_counts_down_and_pressing_twice_is_told_in_words(shop: Shop) -> None:
    office, mina = Office(shop), shop.person("Mina")
    mina.follows()
    browser = marketer(shop)
    zone = office.published.zone
    public_id = office.writes(SAME, name="Weekly")
    here = shop.now().astimezone(zone)
    weekly = Weekly((here.weekday() + 3) % 7, time(11))
    office.does(public_id, service.schedule_weekly, when=weekly, zone=zone)
    assert "stage-countdown" not in sendings(browser, mina.user_id)
    assert "Scheduled" in sendings(browser, mina.user_id)
    assert browser.post(f"/console/stage/send/{public_id}").status_code == 409
    office.does(public_id, service.cancel)
    soon = office.writes(SAME, name="Soon")
    assert browser.post(f"/console/stage/send/{soon}").status_code == 204
    assert "stage-countdown" in sendings(browser, mina.user_id)
    again = browser.post(
        f"/console/stage/send/{soon}", headers={"HX-Request": "true", "Accept-Language": "zh-TW"}
    )
    assert again.status_code == 409
    assert "cannot become" not in again.text


def test_a_night_that_holds_a_campaign_back_is_told_instead_of_a_clock_that_stands(shop: Shop) -> None:
    office, mina = Office(shop), shop.person("Mina")
    mina.follows()
    here = shop.now().astimezone(office.published.zone)
    begins, ends = (f"{here + timedelta(hours=hours):%H}:00" for hours in (-1, 2))
    office.changes_rules(CampaignRules(quiet_hours=f"{begins}-{ends}"))
    office.does(office.writes(SAME), service.send_now)
    shop.does_chores()
    told = sendings(marketer(shop), mina.user_id)
    assert "waits for the quiet hours to end" in told
    assert "stage-countdown" not in told


def test_a_ticket_that_was_solved_without_anybody_waits_no_more(shop: Shop) -> None:
    Office(shop, playbook="rental")
    mina = shop.person("Mina")
    mina.follows()
    ticket = Inbox(shop).waits(mina)
    browser = marketer(shop)
    address = f"/console/stage/known?person={mina.user_id}"
    assert "Waits in its queue" in browser.get(address).text
    with shop.database.write() as session:
        solved = sa.update(Ticket).where(Ticket.public_id == ticket)
        session.execute(solved.values(state=TicketState.SOLVED, solved_at=shop.now()))
    page = browser.get(address).text
    assert "solved" in page
    assert "Waits in its queue" not in page


@pytest.mark.parametrize("person", ["../crowd", "U1\r\nX: 1", "ひと", "a b?c#d", ""])
def test_a_person_who_is_none_acts_nothing(shop: Shop, person: str) -> None:
    Office(shop, playbook="rental")
    acted = marketer(shop).post(
        "/console/stage/act", {"person": person, "scene": "a_home_in_taipei", "number": "0"}
    )
    assert (acted.status_code, acted.get_json()) == (200, {"done": False})
