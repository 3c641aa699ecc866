"""What turns take down about people: messages, taps, answers, follows, blocks, and the days they were here."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from content.revisions import button_name
from content.steps import Button
from facts.activity import days_of
from facts.models import ContactEvent, EventType
from line.postback import ButtonTap, pack
from simulator.person import Person
from tests.shop import EXAMPLES, Shop


@pytest.fixture
def tea(shop: Shop) -> Shop:
    shop.publishes(EXAMPLES / "tea_shop")
    return shop


def did(shop: Shop, person: Person) -> list[tuple[str, Mapping[str, object]]]:
    """Return the names and properties of what somebody did, the first first."""
    with shop.database.read() as session:
        rows = session.execute(
            sa.select(EventType.name, ContactEvent.properties)
            .join(EventType, EventType.id == ContactEvent.type_id)
            .where(ContactEvent.contact_id == shop.contact(person).id)
            .order_by(ContactEvent.id)
        )
        return [(row.name, row.properties or {}) for row in rows]


def test_following_blocking_and_writing(tea: Shop) -> None:
    mina = tea.person("Mina")
    mina.follows()
    mina.says("你好")
    mina.sends_sticker()
    mina.unfollows()
    mina.follows()
    assert did(tea, mina) == [
        ("follow", {"returning": False}),
        ("message", {"kind": "text"}),
        ("message", {"kind": "sticker"}),
        ("block", {}),
        ("follow", {"returning": True}),
    ]


def test_a_tap_tells_what_its_card_and_button_are_about(tea: Shop) -> None:
    mina = tea.person("Mina")
    mina.follows()
    tea.does_chores()
    mina.taps("新品")
    mina.taps("本季新品")
    mina.taps("想喝這杯")
    taps = [properties for name, properties in did(tea, mina) if name == "tap"]
    assert [(one["owner"], one["button"]) for one in taps] == [
        ("menu.stores", "tab_new"),
        ("menu.new", "new"),
        ("card.taro_milk", "want"),
    ]
    assert taps[-1]["card"] == "taro_milk"
    assert taps[-1]["tags"] == ["taste:milk_tea", "new", "interest:new"]


def test_forged_taps_are_no_facts(tea: Shop) -> None:
    mina = tea.person("Mina")
    mina.follows()
    before = did(tea, mina)
    forged = ("nonsense", pack(ButtonTap("card.taro_milk", "forged")), pack(ButtonTap("x" * 90, "want")))
    for data in forged:
        mina.posts_back(data)
    assert did(tea, mina) == before
    mina.posts_back(pack(ButtonTap("cards", "my_cup", card="<script>")))
    _, properties = next(fact for fact in did(tea, mina) if fact[0] == "tap")
    assert "card" not in properties


def test_answers_are_told_by_their_choices(shop: Shop) -> None:
    shop.publishes(EXAMPLES / "rental")
    mina = shop.person("王小美", language="zh-TW")
    mina.follows()
    for label in ("開始找房", "台北市", "15,000–25,000", "兩房以上", "越快越好", "有", "貓", "正確"):
        mina.taps(label)
    told = did(shop, mina)
    assert [name for name, _ in told][:4] == ["follow", "tap", "questionnaire_started", "answer"]
    assert told[3][1] == {"questionnaire": "find_home", "question": "area", "choice": "taipei"}
    assert told[-1] == ("questionnaire_finished", {"questionnaire": "find_home"})
    assert len([name for name, _ in told if name == "answer"]) == 6


def test_what_was_taken_back_is_no_fact(tea: Shop) -> None:
    mina = tea.person("Mina")
    mina.follows()
    message = mina.says("你好")
    mina.unsends(message)
    assert did(tea, mina) == [("follow", {"returning": False})]


def _until_ten(now: datetime) -> timedelta:
    """Return the time until it is next ten o'clock in the shop."""
    local = now.astimezone(ZoneInfo("Asia/Taipei"))
    ten = local.replace(hour=10, minute=0)
    return ten - local if ten > local else ten + timedelta(days=1) - local


def test_days_and_hours_are_those_of_the_shop(tea: Shop) -> None:
    mina = tea.person("Mina")
    tea.clock.advance(_until_ten(tea.now()))
    mina.follows()
    tea.waits(hours=1)
    mina.says("你好")
    mina.says("你好")
    tea.clock.advance(timedelta(days=1))
    mina.unfollows()
    tea.clock.advance(timedelta(days=1))
    mina.follows()
    with tea.database.read() as session:
        days = days_of(session, tea.contact(mina).id)
    assert [day["hours"] for day in days] == [[10, 11], [11]]


def test_a_button_that_is_about_nothing_keeps_its_name() -> None:
    """Of buttons without an id the name is a hash, and it stands in messages that customers have."""
    inner = {"label": "x", "say": "y"}
    steps = [{"tag": "interest:new"}, {"say": {"text": "好", "buttons": [inner]}}]
    assert button_name(Button.model_validate({"label": "想喝這杯", "do": steps})) == "f354b89c"
    assert Button.model_validate({"label": "券", "about": "offer"}).about == ("offer",)
