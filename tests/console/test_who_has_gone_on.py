"""An old conversation of one's own queue does not open what the same customer says to another one since."""

import pytest

from staff.models import Role, StaffUser
from tests.console.inboxes import Inbox
from tests.console.people import Browser, signed_in
from tests.shop import Shop

SECRET = "我的病歷號碼是四七一一"
BEFORE = "冷氣不冷"


@pytest.fixture
def inbox(shop: Shop) -> Inbox:
    return Inbox(shop)


def browser_of(inbox: Inbox, user: StaffUser) -> Browser:
    return signed_in(inbox.shop.app, inbox.shop.database, user, now=inbox.shop.now())


def test_a_solved_ticket_is_no_way_into_the_conversation_of_another_queue(inbox: Inbox) -> None:
    lin, chen = inbox.agent("lin", "general"), inbox.agent("chen", "taipei")
    boss = inbox.agent("boss", role=Role.SUPERVISOR)
    mina, old = inbox.customer("美娜", BEFORE)
    here, there, above = (browser_of(inbox, user) for user in (lin, chen, boss))
    url = f"/console/inbox/{old}"
    here.post(f"{url}/answer", {"text": "馬上處理"})
    here.post(f"{url}/solve")
    inbox.shop.works()
    assert BEFORE in here.get(url).text, "nobody else talks with her"
    new = inbox.waits(mina, "taipei")
    mina.says(SECRET)
    inbox.shop.does_chores()
    for path in (url, f"{url}/now", "/console/inbox/?view=solved", "/console/inbox/list?view=solved"):
        page = here.get(path)
        assert page.status_code == 200
        assert SECRET not in page.text, path
    assert BEFORE not in here.get(url).text
    assert "another queue" in here.get(url).text, "it says why"
    assert here.get(f"{url}/earlier?before=MS4wLjE").status_code == 403
    for found in (f"list?view=solved&q={SECRET[:4]}", f"list?view=solved&q={SECRET[-4:]}"):
        assert "美娜" not in here.get(f"/console/inbox/{found}").text, "nor is she found by it"
    assert "美娜" in here.get("/console/inbox/list?view=solved&q=美娜").text
    for reader, path in ((there, f"/console/inbox/{new}"), (above, url), (above, f"/console/inbox/{new}")):
        assert SECRET in reader.get(path).text
    there.post(f"/console/inbox/{new}/solve")
    assert SECRET in here.get(url).text, "solved, it is open to all again (docs/decisions/0014)"
