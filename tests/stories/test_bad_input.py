"""What customers do that nobody expects: each gets a kind answer, and nothing is broken by it."""

import pytest
import sqlalchemy as sa

from contacts.timeline import TimelineEntry
from line.inbox import EventStatus, WebhookEvent
from questionnaires.models import Answer, Run
from tests.shop import Shop
from tests.stories.customer import Customer

HINT = "請從下面的選項選一個，或直接輸入選項的文字："
CITY = "想住在哪個縣市呢？"
OFFER = "要請專員直接協助您嗎？"
OLD_BUTTON = "這是先前的按鈕，答案已經記下來了。我們繼續目前這一題："
BUDGET = "每月租金預算大約多少？（元）"


def nothing_failed(shop: Shop) -> bool:
    return not shop.rows(WebhookEvent, WebhookEvent.status == EventStatus.PARKED)


NO_CHOICE = (
    "火星",
    "😀😀😀",
    "👨‍👩‍👧‍👦" * 200,
    "a" * 5000,
    "台北" * 2500,
    "???",
    " ",
    "\u200b",
    "1 OR 1=1; DROP TABLE runs",
    "{{ contact.secret }}{% for i in (1..1000000) %}x{% endfor %}",
    "<script>alert(1)</script>",
    "\u202e市北台",
    "台北市還是新北市",
    "不要台北",
)


def test_a_text_that_is_no_choice_is_asked_again_with_a_hint(agency: Shop, searcher: Customer) -> None:
    for text in NO_CHOICE:
        assert searcher.says(text)[-1] == f"{HINT}\n{CITY}", text
        assert searcher.buttons[-5:] == ["台北市", "新北市", "桃園市", "其他", "取消"]
    assert searcher.tags == set()
    assert nothing_failed(agency)


def test_after_two_misses_a_person_is_offered_and_the_question_stays(searcher: Customer) -> None:
    searcher.says("火星")
    assert searcher.says("月亮") == [OFFER, f"{HINT}\n{CITY}"]
    assert searcher.buttons[:2] == ["請專員協助", "先不用"]
    assert searcher.taps("先不用") == ["好的，有需要時輸入「專人」就可以了。"]
    assert searcher.taps("台北市") == [BUDGET]
    assert searcher.says("很多") == [f"{HINT}\n{BUDGET}"], "an answer in between starts the count anew"


def test_who_calls_the_person_may_go_on_later(searcher: Customer) -> None:
    searcher.says("火星")
    searcher.says("月亮")
    assert searcher.taps("請專員協助")[0].startswith("接下來由專員在這裡為您服務。")
    assert searcher.says("台北市") == [], "a person has the floor"
    assert searcher.taps("台北市") == [BUDGET], "but who taps the question goes on with it"
    assert "wants:human" not in searcher.tags


@pytest.mark.parametrize(
    "text", ["新竹\u0000市", "新竹\ud800市", "新竹\ufeff市", "新竹\u202e市", "新\r\n竹\u0007市"]
)
def test_a_text_that_no_database_keeps_is_kept_without_its_poison(
    agency: Shop, searcher: Customer, text: str
) -> None:
    searcher.taps("其他")
    before = len(searcher.person.messages)
    agency.receives(searcher.would_say(text))
    assert searcher.person.sees[before:] == [BUDGET]
    kept = searcher.fields["area_text"]
    assert isinstance(kept, str)
    assert kept.replace("\n", "").replace("\ufffd", "") == "新竹市"
    assert nothing_failed(agency)


FORGED = (
    "",
    "1",
    "1|a",
    "1|a|zzzzzzzz|1|area|taipei",
    "1|a|{run}|1|area|atlantis",
    "1|a|{run}|1|area|",
    "1|a|{run}|1|budget|low",
    "1|a|{run}|1|no_such_question|taipei",
    "1|a|{run}|999999|area|taipei",
    "1|a|{run}|99999999999999999999|area|taipei",
    "1|a|{run}|-1|area|taipei",
    "1|a|{run}|1|area|taipei|more",
    "1|r|{run}|1|confirm|",
    "1|r|{run}|1|change_item|pet",
    "1|r|{run}|1|explode|",
    "1|r|{run}|1|done|area",
    "1|b|menu.main|../../etc/passwd|",
    "1|b|end.find_home.1|consent_yes|",
    "1|b|end.find_home.99999999999|consent_yes|",
    "1|b|||",
    "2|a|{run}|1|area|taipei",
    "action=buy&item=1",
    '{"answer": "taipei"}',
    "%00%ff|%2e%2e",
    "\u0000' OR 1=1 --",
    "🦊" * 150,
)


def test_forged_data_changes_nothing_and_gets_a_kind_answer(agency: Shop, searcher: Customer) -> None:
    (run,) = agency.rows(Run, Run.contact_id == searcher.contact.id)
    for data in FORGED:
        assert searcher.posts_back(data.replace("{run}", run.public_id)), data
        assert searcher.tags == set(), data
    assert searcher.taps("台北市") == [BUDGET], "the question is still open"
    assert nothing_failed(agency)


def test_pickers_cannot_be_forged_past_their_bounds(agency: Shop, searcher: Customer) -> None:
    searcher.taps("台北市", "15,000–25,000", "套房")
    (run,) = agency.rows(Run, Run.contact_id == searcher.contact.id)
    data = f"1|a|{run.public_id}|1|move_in|date"
    for params in (
        {"date": "1999-01-01"},
        {"date": "2099-01-01"},
        {"date": "2027-02-30"},
        {"date": "tomorrow"},
        {"date": ""},
        {"datetime": "2027-03-01T10:00"},
        {"time": "10:00"},
        {},
        {"date": "２０２７-03-01"},
    ):
        assert "預計什麼時候入住？" in searcher.posts_back(data, params=params)[-1]
        assert "move_in" not in searcher.fields
    assert not searcher.tags & {"timing:asap", "timing:unsure"}
    assert nothing_failed(agency)


def test_an_answer_for_somebody_else_answers_for_nobody(agency: Shop, searcher: Customer) -> None:
    (run,) = agency.rows(Run, Run.contact_id == searcher.contact.id)
    thief = Customer(agency, "Thief")
    thief.follows()
    for data in (f"1|a|{run.public_id}|1|area|taipei", f"1|r|{run.public_id}|1|cancel|"):
        assert thief.posts_back(data) == ["這是先前的按鈕，已經不能用了。需要什麼服務，請從選單選擇。"]
    assert (searcher.tags, thief.tags) == (set(), set())
    assert searcher.runs == [("find_home", "running")]


def test_a_late_answer_is_recorded_and_changes_nothing(agency: Shop, searcher: Customer) -> None:
    first = searcher.last
    searcher.taps("台北市")
    kept = len(agency.rows(Answer))
    assert searcher.taps("新北市", on=first) == [f"{OLD_BUTTON}\n{BUDGET}"]
    assert len(agency.rows(Answer)) == kept
    (run,) = agency.rows(Run, Run.contact_id == searcher.contact.id)
    assert searcher.recorded_taps[-1][0] == f"run.{run.public_id}.area.new_taipei"


def test_texts_of_one_body_are_taken_in_the_order_they_were_sent(agency: Shop, searcher: Customer) -> None:
    """One body, several events, not in the order in which they were sent."""
    words = ("台北市", "2萬", "兩房", "越快越好", "沒有", "正確")
    now = agency.simulator.clock.now_ms() - 100
    events = [searcher.would_say(word) | {"timestamp": now + place} for place, word in enumerate(words)]
    agency.receives(*reversed(events))
    assert searcher.tags >= {"area:taipei", "budget:mid", "type:two_bed", "timing:asap", "lead:qualified"}
    assert searcher.runs == [("find_home", "confirmed")]


def test_the_same_event_twice_is_one_answer(agency: Shop, searcher: Customer) -> None:
    event = searcher.would_say("台北市")
    before = len(searcher.person.messages)
    agency.receives(event, event)
    agency.receives(event | {"deliveryContext": {"isRedelivery": True}})
    assert searcher.person.sees[before:] == [BUDGET]


def test_what_line_invents_next_year_is_kept_and_disturbs_nothing(agency: Shop, searcher: Customer) -> None:
    for act in (
        lambda person: person.sends_message({"type": "hologram", "url": "https://example.com"}),
        lambda person: person.causes("telepathy", telepathy={"thought": "?"}),
    ):
        assert searcher.does(act) == []
    assert searcher.taps("台北市") == [BUDGET]
    story = agency.rows(TimelineEntry, TimelineEntry.contact_id == searcher.contact.id)
    assert [entry.about for entry in story if entry.kind == "unsupported"] == [
        "message.hologram",
        "telepathy",
    ]
    assert nothing_failed(agency)


def test_groups_and_rooms_are_never_answered(agency: Shop, searcher: Customer) -> None:
    before = len(agency.simulator.line.ledger)
    for source in (
        {"type": "group", "groupId": "C" + "0" * 32, "userId": searcher.person.user_id},
        {"type": "room", "roomId": "R" + "0" * 32},
        {"type": "square", "squareId": "?"},
    ):
        agency.receives(searcher.would_say("台北市") | {"source": source})
    assert len(agency.simulator.line.ledger) == before
    assert searcher.tags == set()


def test_a_person_on_standby_is_heard_and_not_answered(agency: Shop, searcher: Customer) -> None:
    """Another channel has the chat."""
    searcher.person.state.is_standby = True
    assert searcher.says("台北市") == []
    assert searcher.tags == set()
    searcher.person.state.is_standby = False
    assert searcher.taps("台北市") == [BUDGET]


def test_a_message_taken_back_is_gone(agency: Shop, searcher: Customer) -> None:
    searcher.taps("其他")
    searcher.says("新竹市東區")
    said = [entry for entry in searcher.person.chat if entry.body.get("text") == "新竹市東區"][-1]
    searcher.does(lambda person: person.unsends(said))
    with agency.database.read() as session:
        texts = session.scalars(
            sa.select(TimelineEntry.text).where(TimelineEntry.line_message_id == said.message_id)
        ).all()
    assert texts == [None]


def test_what_somebody_writes_is_never_a_template(searcher: Customer) -> None:
    hostile = "{{ contact.line_user_id }}{% raw %}$&竹"
    searcher.taps("其他")
    searcher.says(hostile)
    searcher.taps("15,000 以下", "雅房", "越快越好", "沒有")
    assert hostile in searcher.person.sees[-1]
    assert searcher.taps("正確")[1].startswith(f"負責{hostile}的專員會在")


def test_another_worker_goes_on_where_the_first_one_stopped(agency: Shop, searcher: Customer) -> None:
    """The run is in the database, not in anybody's memory."""
    searcher.taps("台北市")
    agency.stores(searcher.would_say("2萬"))
    fresh = agency.hires()
    while fresh.step():
        pass
    assert searcher.person.sees[-1] == "想找哪種房型？"
