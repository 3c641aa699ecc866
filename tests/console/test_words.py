"""Words that are ours and not a customer's are said in the language of whoever reads the page."""

import ast
import re
from pathlib import Path

import pytest

from console.audit_words import ACTIONS
from console.conversation import _delivery
from console.drawn import WORDS
from line.outbox import Outgoing, SendKind, SendStatus
from rendering import Word
from segmentation.models import Segment
from staff.models import Role
from tests.console.inboxes import Inbox
from tests.console.people import browser_of
from tests.shop import Shop
from tickets.models import Ticket

ROOT = Path(__file__).parents[2]
RECORDERS = {"record", "audit", "_audit"}


def test_every_action_of_the_audit_log_has_words() -> None:
    written = {f"ticket.{action}" for action in _literals("console/inbox_actions.py", {"_done"}, r"[a-z]+")}
    for package in ("console", "staff", "campaigns", "segmentation", "tickets", "playbook", "api", "bot"):
        for path in (ROOT / package).rglob("*.py"):
            written |= _literals(str(path.relative_to(ROOT)), RECORDERS, r"[a-z]+\.[a-z_]+")
    assert len(written) > 30
    assert written - ACTIONS.keys() == set()


def _literals(file: str, functions: set[str], shape: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in functions:
            found |= {
                one.value
                for one in node.args
                if isinstance(one, ast.Constant)
                and isinstance(one.value, str)
                and re.fullmatch(shape, one.value)
            }
    return found


def test_every_word_of_a_drawn_message_has_words() -> None:
    assert set(WORDS) == set(Word)


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Sticker 1/2"), ("zh-TW", "貼圖 1/2"), ("ja", "スタンプ 1/2")]
)
def test_a_sticker_is_called_what_the_reader_calls_it(shop: Shop, language: str, said: str) -> None:
    inbox = Inbox(shop)
    mina, ticket = inbox.customer("Mina")
    admin = browser_of(shop.app, shop.database, Role.ADMIN, now=shop.now())
    admin.post("/console/language", {"language": language})
    mina.sends_sticker("1", "2")
    assert said in admin.get(f"/console/inbox/{ticket}").text


def test_an_agents_push_that_came_too_late_says_why(shop: Shop) -> None:
    with shop.console.test_request_context("/console/"):
        push = _delivery(Outgoing(kind=SendKind.PUSH, status=SendStatus.TOO_LATE))
        reply = _delivery(Outgoing(kind=SendKind.REPLY, status=SendStatus.TOO_LATE))
    assert "a whole day" in push.words
    assert "the minute for a free reply" in reply.words


SEARCH = ("開始找房", "台北市", "15,000–25,000", "一房一廳", "越快越好", "沒有", "正確")


def test_why_a_ticket_is_where_it_is_is_told_in_the_readers_words(shop: Shop) -> None:
    inbox = Inbox(shop)
    inbox.agent("lin", "general", "taipei", "newtaipei", "japanese")
    mina = shop.person("Mina")
    mina.follows()
    for label in SEARCH:
        mina.taps(label)
    (ticket,) = shop.rows(Ticket)
    admin = browser_of(shop.app, shop.database, Role.ADMIN, now=shop.now())
    admin.post("/console/language", {"language": "zh-TW"})
    conversation = admin.get(f"/console/inbox/{ticket.public_id}").text
    person = admin.get(f"/console/contacts/{shop.contact(mina).public_id}").text
    stage = admin.get(f"/console/stage/known?person={mina.user_id}").text
    for page in (conversation, stage):
        assert "有「台北市」標籤" in page
        assert "「找房」的「縣市」" in page, "a tag says which question set it"
        assert "does not" not in page
        assert "area:taipei" not in page.replace('name="tag" value="area:taipei"', "").replace(
            'data-new="area:taipei"', ""
        )
    soon = next(one for one in shop.rows(Segment) if one.key == "within_a_month")
    page = admin.get(f"/console/segments/{soon.public_id}").text
    assert "「入住時間」從" in page
    assert "move_in" not in page.partition("<textarea")[0]
    assert "目前最有餘裕：手上有 0 件，上限 10 件" in stage
    assert "routing:" not in stage
    for page in (conversation, person):
        assert "預算（下限）" in page
        assert "budget_min" not in page


def test_a_campaign_that_says_nothing_yet_is_not_at_fault(shop: Shop) -> None:
    Inbox(shop)
    admin = browser_of(shop.app, shop.database, Role.ADMIN, now=shop.now())
    empty = {"step": "0", "kind.0": "text"}
    look = admin.post("/console/campaigns/try", empty).text
    assert "look-fault" not in look
    assert "It says nothing yet." in look
    assert "look-fault" in admin.post("/console/campaigns/try", empty | {"words.0.zh-TW": "{{ nobody"}).text
