"""The inbox as its pages: who sees what, what can be done, and what comes first."""

import re

import pytest
import sqlalchemy as sa

from contacts.imported import News, tell
from contacts.media import MediaFile
from contacts.models import Contact
from segmentation.models import Tag
from staff.models import AuditEntry, Role, StaffUser
from tests.console.inboxes import HOSTILE, Inbox
from tests.console.people import Browser, signed_in
from tests.shop import Shop


@pytest.fixture
def engine_name() -> str:
    """What pages do is the same on either database; `test_inbox_at_size.py` and `test_live.py` ask both."""
    return "sqlite"


@pytest.fixture
def inbox(shop: Shop) -> Inbox:
    return Inbox(shop)


def browser_of(inbox: Inbox, user: StaffUser) -> Browser:
    return signed_in(inbox.shop.app, inbox.shop.database, user, now=inbox.shop.now())


def words_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


def test_an_agent_reads_answers_notes_and_solves(inbox: Inbox) -> None:
    lin = inbox.agent("lin", "general")
    mina, ticket = inbox.customer("美娜", "想看房子")
    browser = browser_of(inbox, lin)
    url = f"/console/inbox/{ticket}"

    assert "美娜" in browser.get("/console/inbox/").text
    assert "想看房子" in browser.get("/console/inbox/list").text
    assert "Free reply" in words_of(browser.get(url).text)
    assert browser.post(f"{url}/answer", {"text": "什麼時候方便？"}).status_code == 302
    inbox.shop.works()
    assert mina.sees[-1] == "什麼時候方便？"
    opened = browser.get(url).text
    assert "Sent as a free reply" in opened
    assert "Costs one push" in words_of(opened)

    assert browser.post(f"{url}/note", {"text": "趕時間"}).status_code == 302
    assert browser.post(f"{url}/solve").status_code == 302
    inbox.shop.works()
    opened = words_of(browser.get(url).text)
    assert "趕時間" in opened
    assert "solved by Lin" in opened
    assert "the bot answers again" in opened
    assert "趕時間" not in "".join(mina.sees)
    done = [entry.action for entry in inbox.shop.rows(AuditEntry) if entry.noun == "ticket"]
    assert done == ["ticket.answer", "ticket.note", "ticket.solve"]
    assert "什麼時候" not in str([entry.detail for entry in inbox.shop.rows(AuditEntry)])


def test_an_answer_that_is_sent_twice_arrives_once(inbox: Inbox) -> None:
    lin = inbox.agent("lin", "general")
    mina, ticket = inbox.customer("Mina", "hello")
    browser = browser_of(inbox, lin)
    for _ in range(3):
        answer = browser.post(f"/console/inbox/{ticket}/answer", {"text": "Hi!", "answer_id": "a1"})
        assert answer.status_code == 302
    inbox.shop.works()
    assert [said for said in mina.sees if said == "Hi!"] == ["Hi!"]


def test_the_answers_card_and_the_tags_tell_what_was_said_to_the_bot(inbox: Inbox) -> None:
    lin = inbox.agent("lin", "general", "taipei")
    mina = inbox.shop.person("美娜")
    mina.follows()
    for label in ("開始找房", "台北市", "25,000–40,000", "兩房以上"):
        mina.taps(label)
    ticket = inbox.waits(mina, "taipei")
    browser = browser_of(inbox, lin)
    opened = words_of(browser.get(f"/console/inbox/{ticket}").text)
    for told in (
        "Find a home",
        "Taipei City",
        "25,000–40,000",
        "answer to “Budget” in “Find a home”",
        "開始找房",
    ):
        assert told in opened
    assert "Two bedrooms in Taipei" in opened
    assert browser.post(f"/console/inbox/{ticket}/untag", {"tag": "area:taipei"}).status_code == 302
    assert "Two bedrooms in Taipei" not in words_of(browser.get(f"/console/inbox/{ticket}").text)
    assert browser.post(f"/console/inbox/{ticket}/tag", {"tag": "area:taipei"}).status_code == 302
    assert "area:taipei" in str([e.detail for e in inbox.shop.rows(AuditEntry)])
    assert browser.post(f"/console/inbox/{ticket}/tag", {"tag": "no:such"}).status_code == 404


def test_what_came_with_a_file_is_one_line_between_the_messages(inbox: Inbox) -> None:
    lin = inbox.agent("lin", "general")
    _mina, ticket = inbox.customer("美娜", "想看房子")
    with inbox.shop.database.write() as session:
        contact = session.scalars(sa.select(Contact)).one()
        news = {contact.id: News({"city": "<b>台北"}, ["area:taipei"], ["vip"]), contact.id + 1: News()}
        tell(session.connection(), contact.channel_id, news, source="import:a.csv", now=inbox.shop.now())
        labels = session.scalar(sa.select(Tag.labels).where(Tag.name == "area:taipei"))
    told = words_of(browser_of(inbox, lin).get(f"/console/inbox/{ticket}").text)
    label = labels["en"] if labels else "area:taipei"
    assert f"import a.csv city: &lt;b&gt;台北, {label}, tag removed vip" in told


def test_another_queues_ticket_is_not_there(inbox: Inbox) -> None:
    lin, chen = inbox.agent("lin", "general"), inbox.agent("chen", "taipei")
    _, ticket = inbox.customer("Mina", "secret words", queue="general")
    assert inbox.ticket(ticket).agent_id == lin.id
    stranger = browser_of(inbox, chen)
    url = f"/console/inbox/{ticket}"
    for path in ("", "/now", "/earlier?before=MS4wLjE"):
        answer = stranger.get(url + path)
        assert answer.status_code == 404
        assert "secret" not in answer.text
    for action in ("take", "answer", "note", "solve", "tag", "untag"):
        assert stranger.post(f"{url}/{action}", {"text": "x", "tag": "a"}).status_code == 404
    assert stranger.post(f"{url}/assign", {"agent": "chen"}).status_code == 403
    assert "Mina" not in stranger.get("/console/inbox/?view=all").text
    assert "Mina" not in stranger.get("/console/inbox/list?view=all&q=secret").text


def test_the_pane_says_why_this_agent_and_why_nobody_yet_in_the_readers_language(inbox: Inbox) -> None:
    inbox.agent("lin", "general", capacity=1)
    chen = inbox.agent("chen", "general", is_on_duty=False)
    _mina, first = inbox.customer("美娜", "想看房子")
    _ken, second = inbox.customer("Ken", "hello")
    boss = browser_of(inbox, inbox.agent("boss", role=Role.SUPERVISOR))

    def pane(ticket: str, language: str) -> str:
        page = boss.get(f"/console/inbox/{ticket}", headers={"Accept-Language": language}).text
        return words_of(page.partition('id="b-ticket"')[2])

    told = pane(first, "zh-TW")
    assert "為什麼是這位專員 Lin 目前最有餘裕：手上有 0 件，上限 1 件" in told
    assert "為什麼還沒有人" not in told
    waits = pane(second, "zh-TW")
    assert "為什麼是這位專員" not in waits
    assert "為什麼還沒有人接手" in waits
    assert "Lin 已達上限：1 件，上限 1 件" in waits
    assert "Chen 未值班" in waits
    inbox.goes(chen, on=True)
    assert "Why this agent Chen the least busy: 0 of 10 conversations" in pane(second, "en")


def test_only_who_has_it_answers_and_others_are_told_who_that_is(inbox: Inbox) -> None:
    inbox.agent("lin", "general")
    mina, ticket = inbox.customer("Mina", "hello")
    chen, boss = inbox.agent("chen", "general"), inbox.agent("boss", "general", role=Role.SUPERVISOR)
    second, third = browser_of(inbox, chen), browser_of(inbox, boss)
    url = f"/console/inbox/{ticket}"
    assert "Lin has this conversation" in second.get(url).text
    assert second.post(f"{url}/answer", {"text": "me too"}).status_code == 403
    taken = second.post(f"{url}/take", headers={"HX-Request": "true"})
    assert taken.status_code == 409
    assert "Lin took it a moment ago." in taken.text
    assert third.post(f"{url}/assign", {"agent": "boss"}).status_code == 302
    assert third.post(f"{url}/answer", {"text": "The boss here"}).status_code == 302
    inbox.shop.works()
    assert mina.sees[-1] == "The boss here"
    inbox.goes(chen, on=False)
    refused = third.post(f"{url}/assign", {"agent": "chen"}, headers={"HX-Request": "true"})
    assert refused.status_code == 409
    assert "Chen is off duty." in refused.text
    assert third.post(f"{url}/move", {"queue": "taipei"}).status_code == 302
    assert inbox.ticket(ticket).queue_id == inbox.queue_id("taipei")


@pytest.mark.parametrize(
    ("language", "taken", "solved", "blocked"),
    [
        ("en", "Boss has this conversation", "Somebody has just solved it.", "This person has blocked"),
        ("zh-TW", "這個對話由 Boss 負責", "剛剛有人結案了。", "對方已封鎖帳號"),
        ("ja", "この会話はBossさんの担当です", "たった今、対応済みになりました。", "ブロックしている"),
    ],
)
def test_what_came_first_while_somebody_wrote_is_told_in_their_language(
    inbox: Inbox, language: str, taken: str, solved: str, blocked: str
) -> None:
    lin, boss = inbox.agent("lin", "general"), inbox.agent("boss", "general", role=Role.SUPERVISOR)
    here, above = browser_of(inbox, lin), browser_of(inbox, boss)
    htmx = {"HX-Request": "true", "Accept-Language": language}

    def refused(ticket: str, action: str, status: int) -> str:
        answer = here.post(f"/console/inbox/{ticket}/{action}", {"text": "馬上查"}, headers=htmx)
        assert answer.status_code == status
        return words_of(answer.text)

    mina, ticket = inbox.customer("美娜", "在嗎？")
    mina.unfollows()
    assert blocked in refused(ticket, "answer", 409)
    above.post(f"/console/inbox/{ticket}/assign", {"agent": "boss"})
    assert taken in refused(ticket, "answer", 403)
    assert taken in refused(ticket, "solve", 403)
    above.post(f"/console/inbox/{ticket}/solve")
    for action in ("answer", "solve", "take"):
        assert solved in refused(ticket, action, 409)


def test_who_cannot_be_reached_or_reads_along_gets_a_reason_and_no_box(inbox: Inbox) -> None:
    lin, eye = inbox.agent("lin", "general"), inbox.agent("eye", role=Role.VIEWER)
    mina, ticket = inbox.customer("Mina", "hello")
    url = f"/console/inbox/{ticket}"
    seen = browser_of(inbox, eye).get(url).text
    assert "Your role reads along" in seen
    assert "<textarea" not in seen
    mina.unfollows()
    browser = browser_of(inbox, lin)
    assert "has blocked the account" in browser.get(url).text
    assert 'data-write="answer"' not in browser.get(url).text
    assert browser.post(f"{url}/answer", {"text": "hello?"}).status_code == 409


def test_empty_and_endless_answers_are_refused_in_words(inbox: Inbox) -> None:
    lin = inbox.agent("lin", "general")
    _, ticket = inbox.customer("Mina", "hello")
    browser = browser_of(inbox, lin)
    for words in ("", "  \n ", "👍" * 2501):
        assert browser.post(f"/console/inbox/{ticket}/answer", {"text": words}).status_code == 422
    assert browser.post(f"/console/inbox/{ticket}/answer", {"text": "👍" * 2500}).status_code == 302


def test_a_message_taken_back_is_gone_from_the_page(inbox: Inbox) -> None:
    lin = inbox.agent("lin", "general")
    mina, ticket = inbox.customer("Mina", "hello")
    regret = mina.says("my card number is 4111")
    browser = browser_of(inbox, lin)
    assert "4111" in browser.get(f"/console/inbox/{ticket}").text
    mina.unsends(regret)
    opened = browser.get(f"/console/inbox/{ticket}").text
    assert "4111" not in opened
    assert "message withdrawn" in opened
    assert "4111" not in browser.get("/console/inbox/list").text


def test_files_are_for_staff_only_and_never_pages(inbox: Inbox) -> None:
    lin = inbox.agent("lin", "general")
    mina, ticket = inbox.customer("Mina")
    mina.sends_photo()
    mina.sends_file("../../etc/<b>.html", b"<script>alert(1)</script>", "text/html")
    shop = inbox.shop
    shop.does_chores()
    browser = browser_of(inbox, lin)
    photo, page = shop.rows(MediaFile)
    base = f"/console/media/{shop.contact(mina).public_id}"
    assert f"{base}/{photo.message_id}" in browser.get(f"/console/inbox/{ticket}").text
    shown = browser.get(f"{base}/{photo.message_id}")
    assert shown.status_code == 200
    assert shown.headers["Content-Type"] == "image/jpeg"
    saved = browser.get(f"{base}/{page.message_id}")
    assert saved.headers["Content-Type"] == "application/octet-stream"
    assert saved.headers["Content-Disposition"].startswith("attachment")
    assert "/" not in saved.headers["Content-Disposition"].partition("filename=")[2].replace("UTF-8''", "")
    for answer in (shown, saved):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        answer.close()
    other = shop.person("Other")
    other.follows()
    wrong = f"/console/media/{shop.contact(other).public_id}/{photo.message_id}"
    assert browser.get(wrong).status_code == 404
    assert shop.app.test_client().get(f"{base}/{photo.message_id}").status_code == 302


def test_hostile_names_are_escaped_on_every_fragment(inbox: Inbox) -> None:
    lin = inbox.agent("lin", "general")
    mallory, ticket = inbox.customer(HOSTILE, HOSTILE, "{{ 7*7 }}")
    browser = browser_of(inbox, lin)
    for path in (f"/{ticket}", f"/{ticket}/now", "/list", "/list?q=%3Cimg", "/?q=%22%3E%3Cimg"):
        answer = browser.get(f"/console/inbox{path}")
        assert answer.status_code == 200
        assert "<img src=x" not in answer.text
        assert ">49<" not in answer.text
    assert mallory.name == HOSTILE
