"""The stage: what came to the phone, what it cost, and what is only on its way."""

import re

import pytest
import sqlalchemy as sa

from campaigns import service
from campaigns.models import Campaign
from simulator.faults import Do
from staff.models import Role
from tests.campaigns.office import Office
from tests.console.people import Browser, browser_of
from tests.shop import SCENES, Shop

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
