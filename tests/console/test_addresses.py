"""Addresses that no page of ours wrote: an answer, and never a fault."""

import pytest

from staff.models import Role
from tests.console.inboxes import Inbox
from tests.console.people import browser_of
from tests.shop import Shop

FIRST, LAST = "0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00"
"""Moments that are not of this calendar any more once they are told in UTC."""


@pytest.mark.parametrize("moment", [FIRST, LAST, "2026-11-22", "x"])
@pytest.mark.parametrize("page", ["/console/contacts/more", "/console/inbox/list"])
def test_a_place_at_the_end_of_the_calendar_is_no_place(shop: Shop, page: str, moment: str) -> None:
    Inbox(shop)
    browser = browser_of(shop.app, shop.database, Role.ADMIN, now=shop.now())
    assert browser.get(f"{page}?before={moment}_x").status_code == 200


def test_a_number_that_no_database_takes_is_not_found(shop: Shop) -> None:
    browser = browser_of(shop.app, shop.database, Role.ADMIN, now=shop.now())
    for number in (2**63 - 1, 2**63, 10**30):
        assert browser.post(f"/console/account/sessions/{number}/end").status_code == 404
