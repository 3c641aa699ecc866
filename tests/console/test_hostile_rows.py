"""Every page over tables in which everything that people or programs can write means no good."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa

from campaigns.models import Campaign
from contacts.models import Contact
from core.db import Base
from segmentation.models import Segment
from simulator.person import Person
from staff.models import ApiToken, Role, StaffUser
from tests.campaigns.office import Office
from tests.console.inboxes import Inbox
from tests.console.people import browser_of
from tests.console.roles import EXPECTED
from tests.console.test_hostile_content import BREAKOUT, IMG, Markup, is_harmless
from tests.console.test_roles import filled
from tests.shop import Shop
from tickets.models import Ticket

WRITTEN_BY_OTHERS = {
    "staff_users": ("display_name",),
    "api_tokens": ("name",),
    "audit_log": ("by_name", "noun_id", "address"),
    "contacts": ("display_name", "status_message", "entry_source"),
    "import_runs": ("name",),
    "queues": ("labels",),
    "rfm_groups": ("labels",),
    "segments": ("labels", "descriptions", "targeting_reason", "created_by", "reviewed_by"),
    "tags": ("labels", "group_name"),
    "campaigns": ("name", "created_by", "paused_because"),
    "contact_events": ("properties",),
    "contact_fields": ("text", "source"),
    "customers": ("customer_key",),
    "media_files": ("file_name",),
    "orders": ("sales_channel", "store_key", "coupon_code"),
    "timeline_entries": ("text",),
    "ticket_notes": ("text",),
    "staff_sessions": ("browser", "address"),
    "tickets": ("reason",),
    "deliveries": ("reason",),
    "line_menus": ("error",),
    "webhook_events": ("error",),
    "outbox": ("reason",),
    "contact_tags": ("source",),
    "segment_memberships": ("entered_because", "left_because"),
    "assignments": ("because",),
    "channels": ("sending_stopped_because",),
}


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


def spoils(shop: Shop, words: str) -> None:
    """Put the words into every column that somebody else fills."""
    with shop.database.write() as session:
        columns = [
            Base.metadata.tables[table].c[name]
            for table, names in WRITTEN_BY_OTHERS.items()
            for name in names
        ]
        for found in columns:
            value: Any = words
            if isinstance(found.type, sa.JSON):
                value = {"": words, "en": words, "zh-TW": words} if found.name == "labels" else {words: words}
            elif isinstance(found.type, sa.String):
                value = words[: found.type.length]
            is_told = found.is_not(None) if found.nullable else sa.true()
            session.execute(sa.update(found.table).where(is_told).values({found.name: value}))


def ids(shop: Shop) -> Iterator[str]:
    for table in (Contact, Ticket, Segment, Campaign, StaffUser, ApiToken):
        yield from [row.public_id for row in shop.rows(table)][:2]


def lives(shop: Shop) -> tuple[Person, str]:
    """Let the shop have something on every page; return a customer and their ticket."""
    inbox, office = Inbox(shop), Office(shop, playbook="rental")
    inbox.agent("lin", "general")
    mina, ticket = inbox.customer("Mina", "hello")
    mina.taps("開始找房")
    mina.taps("台北市")
    mina.sends_file("a.html", b"<b>", "text/html")
    office.sends({"say": "早安 {{ name }}"}, name="News", segment=office.segment())
    shop.does_chores()
    return mina, ticket


@pytest.mark.parametrize("words", [IMG, BREAKOUT])
def test_no_page_takes_words_for_markup(shop: Shop, words: str) -> None:
    mina, ticket = lives(shop)
    admin = browser_of(shop.app, shop.database, Role.ADMIN, now=shop.now())
    admin.post(f"/console/inbox/{ticket}/note", {"text": "note"})
    admin.post(f"/console/contacts/{shop.contact(mina).public_id}/tag", {"tag": "pet:yes"})
    spoils(shop, words)
    looked_at, shown = set(), set()
    for route in EXPECTED:
        method, path = filled(route)
        if method != "GET" or path == "/console/live" or "/static/" in path or "/messages/" in path:
            continue
        for public_id in ids(shop) if "nobodyatall2" in path else ("",):
            answer = admin.get(
                path.replace("nobodyatall2", public_id),
                query_string={"q": words, "tag": words, "contact": shop.contact(mina).public_id, "by": words},
            )
            assert answer.status_code < 500, path
            if answer.mimetype == "text/html":
                phones = shop.simulator.url if path in {"/console/stage/", "/console/system/"} else ""
                assert is_harmless(answer.text, phones=phones), path
                if answer.status_code == 200:
                    looked_at.add(route)
                    if words in Markup(answer.text).text:
                        shown.add(route)
            answer.close()
    assert len(looked_at) > 30, looked_at
    assert len(shown) > 20, shown


@pytest.mark.parametrize("words", [IMG, BREAKOUT])
def test_a_list_that_is_uploaded_is_only_words(shop: Shop, words: str) -> None:
    Inbox(shop)
    admin = browser_of(shop.app, shop.database, Role.ADMIN, now=shop.now())
    mina = shop.person("Mina")
    mina.follows()
    for lines in (words, f"{words}\n{mina.user_id}\n=1+1,{words}", "\x00\ufeff\n" + words * 3):
        form = {"label": words[:40], "names": words, "file": (BytesIO(lines.encode()), f"{words}.csv")}
        answer = admin.post("/console/segments/upload", form, content_type="multipart/form-data")
        assert answer.status_code in {302, 422}
        assert is_harmless(answer.text)
        assert is_harmless(admin.get("/console/segments/").text)
        for segment in shop.rows(Segment):
            assert is_harmless(admin.get(f"/console/segments/{segment.public_id}").text)
            assert is_harmless(admin.get(f"/console/segments/{segment.public_id}/moves").text)
    assert is_harmless(admin.get("/console/audit/").text)
