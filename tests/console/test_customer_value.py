"""Customer value in the console: groups with their shares, thresholds that staff change, scoring by a button."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.customer_scoring import JOB
from bot.jobs import JOBS, score_customers
from bot.schedules import Tick
from contacts.models import Contact
from facts import rfm
from facts.models import OrderTotals
from staff.models import AuditEntry, Role
from tests.campaigns.office import Office
from tests.console.people import Browser, browser_of
from tests.console.queries import counted
from tests.shop import Shop

BOUGHT = ((6, 6_000_00, 2), (4, 300_00, 3), (1, 80_00, 5), (1, 90_00, 45), (2, 70_00, 120), (1, 60_00, 130))
"""How many orders, of how much each, the last how many days ago: high value, regular, new, slipping, 2 asleep."""


def they_bought(office: Office, bought: tuple[tuple[int, int, int], ...] = BOUGHT) -> None:
    """Let friends have ordered, and score them."""
    shop = office.shop
    user_ids = office.befriends(len(bought))
    known = {one.line_user_id: one.id for one in shop.rows(Contact)}
    with shop.database.write() as session:
        for user_id, (orders, each, days) in zip(user_ids, bought, strict=True):
            at = shop.now() - timedelta(days=days)
            session.add(
                OrderTotals(
                    contact_id=known[user_id],
                    orders=orders,
                    net_cents=orders * each,
                    first_at=at,
                    last_at=at,
                )
            )
    score_customers(shop.database, shop.now())


@pytest.fixture
def office(shop: Shop) -> Office:
    return Office(shop)


@pytest.fixture
def mei(shop: Shop) -> Browser:
    return browser_of(shop.app, shop.database, Role.MARKETER, now=shop.now())


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_groups_tell_how_many_and_which_share_of_the_value(office: Office, mei: Browser) -> None:
    they_bought(office)
    told = words(mei.get("/console/value/figures").text)
    assert "Customers 6" in told
    assert "Spent in all 37,570" in told
    assert (
        "High value ordered in the last 30 days at least 3 orders 5,000 or more an order 1 17% 96% 36,000"
        in told
    )
    assert "Sleeping no order for 90 days 2 33%" in told
    assert "Slipping away no order for 30 days 1 17%" in told


def test_squares_show_everybody_once(office: Office, mei: Browser) -> None:
    they_bought(office)
    page = mei.get("/console/value/figures").text
    squares = re.findall(r'<td data-warmth="(\d)">(?:<strong>(\d+)</strong>)?', page)
    assert len(squares) == 25
    assert sum(int(people or 0) for _warmth, people in squares) == 6
    assert all((warmth == "0") == (people == "") for warmth, people in squares)


def test_nobody_has_ordered(office: Office, mei: Browser) -> None:
    assert "Nobody has ordered yet" in mei.get("/console/value/figures").text


def test_figures_ask_as_much_for_many_as_for_few(office: Office, mei: Browser) -> None:
    def asked() -> int:
        with counted(office.shop.database) as count:
            assert mei.get("/console/value/figures").status_code == 200
        return count.number

    they_bought(office, BOUGHT[:1])
    asked()  # what is published is read once
    few = asked()
    they_bought(office, BOUGHT * 8)
    assert asked() == few
    assert few < 14


def test_a_threshold_is_changed_in_whole_units_and_audited(office: Office, mei: Browser) -> None:
    they_bought(office)
    form = mei.get("/console/value/groups/high_value").text
    assert 'value="5000"' in form
    answer = mei.post(
        "/console/value/groups/high_value",
        {"ordered_within_days": "60", "orders_at_least": "", "average_at_least": "6,500"},
    )
    assert answer.status_code == 302
    with office.shop.database.read() as session:
        (group, *_others) = rfm.groups(session, office.shop.channel_id)
    assert group.thresholds == rfm.Thresholds(60, None, None, 650_000)
    (entry,) = office.shop.rows(AuditEntry, AuditEntry.action == "customers.change_group")
    assert entry.detail is not None
    assert entry.detail["from"]["average_at_least_cents"] == 500_000
    assert entry.detail["to"]["average_at_least_cents"] == 650_000
    assert "6,500 or more an order" in words(mei.get("/console/value/figures").text)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "Ask at least one thing"),
        ({"orders_at_least": "three"}, "Write a whole number"),
        ({"orders_at_least": "-3"}, "Write a whole number"),
        ({"orders_at_least": "0"}, "Write a number from 1 to 100,000."),
        ({"ordered_within_days": "99999999999999999999999999"}, "Write a number from 1 to 3,650."),
        ({"average_at_least": "100000000001"}, "Write a number from 1 to 100,000,000,000."),
        ({"average_at_least": "<b>"}, "Write a whole number"),
    ],
)
def test_what_is_no_threshold_is_said_at_its_field(
    office: Office, mei: Browser, typed: dict[str, str], said: str
) -> None:
    answer = mei.post("/console/value/groups/loyal", typed)
    assert answer.status_code == 422
    assert said in answer.text
    for value in typed.values():
        assert f'value="{value.replace("<", "&lt;").replace(">", "&gt;")}"' in answer.text
    assert not office.shop.rows(AuditEntry, AuditEntry.action == "customers.change_group")


def test_a_group_that_is_none_is_not_found(office: Office, mei: Browser) -> None:
    assert mei.get("/console/value/groups/nosuch").status_code == 404
    assert mei.post("/console/value/groups/nosuch", {"orders_at_least": "3"}).status_code == 404


def test_the_button_wants_one_scoring_however_often_it_is_pressed(office: Office, mei: Browser) -> None:
    they_bought(office)
    assert JOB in JOBS
    for _press in range(2):
        assert mei.post("/console/value/score").status_code == 302
    with office.shop.database.read() as session:
        wanted = sa.select(sa.func.count()).where(Tick.name == JOB, Tick.due_at.is_not(None))
        assert session.scalars(wanted).one() == 1
    assert "Customers are being scored" in mei.get("/console/value/figures").text
    assert len(office.shop.rows(AuditEntry, AuditEntry.action == "customers.score")) == 1


def test_viewers_see_figures_and_no_buttons(office: Office) -> None:
    they_bought(office)
    viewer = browser_of(office.shop.app, office.shop.database, Role.VIEWER, now=office.shop.now())
    assert "Score again now" not in viewer.get("/console/value/").text
    assert "/console/value/groups/" not in viewer.get("/console/value/figures").text
    assert viewer.post("/console/value/score").status_code == 403
