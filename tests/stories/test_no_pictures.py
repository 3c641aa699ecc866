"""A real LINE, and no address yet from which it could load pictures."""

from bot.dispatch import Dispatcher
from bot.worker import Worker
from core.leases import new_owner
from line.inbox import EventStatus, WebhookEvent
from tests.shop import ERASURE_KEY, Shop
from tests.stories.customer import Customer


def test_cards_come_without_pictures_where_line_cannot_load_any(agency: Shop, mina: Customer) -> None:
    public = agency.settings.model_copy(update={"base_url": "http://bot.example.com"})
    before = agency.worker
    agency.worker = Worker(
        agency.database,
        agency.messenger,
        Dispatcher(agency.database, clock=agency.now, erasure_key=ERASURE_KEY, base_url=public.media_base),
        clock=agency.now,
        owner=new_owner(),
        fallback=agency.settings.reply_fallback,
        pool=before._calls._pool,
    )
    try:
        mina.follows()
        assert mina.taps("先逛逛")
        shown = [entry.body.get("contents", {}) for entry in mina.person.messages]
        (cards,) = [found["contents"] for found in shown if found.get("type") == "carousel"]
        assert len(cards) == 4
        assert all("hero" not in card for card in cards)
        assert agency.rows(WebhookEvent, WebhookEvent.status != EventStatus.HANDLED) == []
    finally:
        agency.worker = before
