"""Entry codes: where a friend came from, and what is said to those who come by one."""

from datetime import timedelta

from contacts.entry import link, register
from contacts.models import Contact
from tests.shop import Shop
from tests.stories.customer import Customer

XINYI = "王小美 您好，這裡是好窩租屋信義店！"


def test_the_code_of_a_branch_soon_after_following_says_where_the_friend_came_from(mina: Customer) -> None:
    mina.follows()
    assert mina.says("#信義店")[0].startswith(XINYI)
    assert mina.buttons == ["先逛逛", "開始找房"]
    assert mina.contact.entry_source == "#信義店"
    assert mina.tags == {"source:xinyi_store"}


def test_the_code_stands_behind_a_printed_square(agency: Shop, mina: Customer) -> None:
    """Scanning adds the account, types the code and sends it."""
    printed = link("@tagline", "#信義店")
    assert printed == "https://line.me/R/oaMessage/%40tagline/?%23%E4%BF%A1%E7%BE%A9%E5%BA%97"
    greeting, entrance = mina.does(lambda person: person.scans(printed))
    assert greeting.startswith("王小美 您好，歡迎加入好窩租屋！")
    assert entrance.startswith(XINYI)
    assert mina.contact.entry_source == "#信義店"


def test_the_code_long_after_following_is_a_visit(agency: Shop, mina: Customer) -> None:
    mina.follows()
    agency.clock.advance(timedelta(minutes=10, seconds=1))
    assert mina.says("#信義店")[0].startswith(XINYI)
    assert mina.contact.entry_source is None


def test_the_first_code_stays_where_the_friend_came_from(agency: Shop, mina: Customer) -> None:
    with agency.database.write() as session:
        register(session, agency.channel_id, "#捷運廣告", now=agency.now())
    mina.follows()
    assert mina.says("#捷運廣告") == [], "greeted a moment ago, and this entry has no words of its own"
    assert mina.says("#信義店")[0].startswith(XINYI)
    assert mina.contact.entry_source == "#捷運廣告"


def test_a_registered_code_of_old_is_greeted_like_anybody(agency: Shop, mina: Customer) -> None:
    with agency.database.write() as session:
        register(session, agency.channel_id, "#傳單", now=agency.now())
    mina.follows()
    agency.clock.advance(timedelta(days=1))
    assert mina.says("#傳單")[0].startswith("王小美 您好，歡迎加入好窩租屋！")
    assert mina.contact.entry_source is None


def test_a_code_nobody_registered_is_a_text_like_any_other(mina: Customer) -> None:
    mina.follows()
    assert mina.says("#隨便")[0].startswith("不好意思，我沒看懂這句話。")
    assert mina.contact.entry_source is None


def test_the_code_before_the_follow_event_came_counts(agency: Shop, mina: Customer) -> None:
    """Follow events come late now and then, or never."""
    assert mina.says("#信義店")[0].startswith(XINYI)
    assert mina.contact.entry_source == "#信義店"
    assert mina.follows()[0].startswith("王小美 您好，歡迎加入好窩租屋！")
    assert mina.contact.entry_source == "#信義店"


def test_a_code_typed_days_before_the_follow_is_no_source(agency: Shop, mina: Customer) -> None:
    assert mina.says("#信義店")[0].startswith(XINYI)
    agency.clock.advance(timedelta(days=3))
    mina.follows()
    assert mina.contact.entry_source is None
    assert mina.says("#信義店")[0].startswith(XINYI)
    assert mina.contact.entry_source == "#信義店"


def test_of_several_codes_before_the_follow_the_one_within_ten_minutes_counts(
    agency: Shop, mina: Customer
) -> None:
    with agency.database.write() as session:
        register(session, agency.channel_id, "#捷運廣告", now=agency.now())
    mina.says("#信義店")
    agency.clock.advance(timedelta(minutes=20))
    mina.says("#捷運廣告")
    agency.clock.advance(timedelta(minutes=9))
    mina.follows()
    assert mina.contact.entry_source == "#捷運廣告"


def test_a_source_that_a_file_brought_stays(agency: Shop, mina: Customer) -> None:
    mina.says("hello")
    with agency.database.write() as session:
        session.get_one(Contact, mina.contact.id).entry_source = "#展覽"
    mina.follows()
    assert mina.contact.entry_source == "#展覽"


def test_a_code_in_the_middle_of_a_questionnaire_leaves_it_open(mina: Customer) -> None:
    mina.follows()
    mina.taps("開始找房", "台北市")
    question = mina.last
    assert mina.says("#信義店")[0].startswith(XINYI)
    assert mina.taps("15,000–25,000", on=question) == ["想找哪種房型？"]


def test_the_branch_shows_its_homes(mina: Customer) -> None:
    mina.follows()
    mina.says("#信義店")
    cards, hint = mina.taps("先逛逛")
    assert "中山國小站 電梯兩房" in cards
    assert hint.startswith("有喜歡的可以直接預約看房")
