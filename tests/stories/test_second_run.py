"""A second passage through 找房 beside what the first one said."""

import pytest

from contacts.fields import FieldBook
from contacts.models import Contact
from questionnaires.standing import MOST_RUNS
from segmentation.tags import TagBook
from tests.shop import Shop
from tests.stories.customer import Customer

FIRST = ["台北市", "15,000–25,000", "套房", "越快越好", "有", "狗", "正確"]
OF_PETS = {"pet:yes", "pet:no", "pet:dog", "pet:cat", "pet:other"}


@pytest.fixture
def owner(searcher: Customer) -> Customer:
    """Somebody with a dog who confirmed, and begins again."""
    searcher.taps(*FIRST)
    assert searcher.tags >= {"pet:yes", "pet:dog", "lead:qualified"}
    starts_again(searcher)
    return searcher


def starts_again(customer: Customer) -> None:
    customer.unfollows()
    customer.follows()
    customer.taps("開始找房")


def test_who_has_no_pets_any_more_has_no_dog_also_before_confirming(agency: Shop, owner: Customer) -> None:
    assert owner.tags >= {"pet:yes", "pet:dog", "area:taipei"}, "nothing was answered yet"
    owner.taps("新北市", "25,000–40,000", "套房", "還不確定")
    assert owner.tags & OF_PETS == {"pet:yes", "pet:dog"}
    owner.taps("沒有")
    assert owner.tags & OF_PETS == {"pet:no"}
    agency.waits(hours=25)
    assert owner.runs[-1] == ("find_home", "expired")
    assert owner.tags & OF_PETS == {"pet:no"}
    assert owner.tags >= {"area:new_taipei", "lead:qualified"}


def test_what_was_confirmed_stands_however_many_silences_follow(agency: Shop, owner: Customer) -> None:
    for _ in range(MOST_RUNS + 1):
        owner.taps("新北市")
        agency.waits(hours=25)
        starts_again(owner)
    owner.taps("桃園市")
    assert owner.tags >= {"area:taoyuan", "pet:dog", "budget:mid", "lead:qualified"}
    assert owner.fields["budget_max"] == 25000


def test_another_kind_of_pet_takes_the_place_of_the_first(agency: Shop, owner: Customer) -> None:
    owner.taps("台北市", "15,000–25,000", "套房", "越快越好", "有", "貓")
    agency.waits(hours=25)
    assert owner.tags & OF_PETS == {"pet:yes", "pet:cat"}


def test_an_amount_of_the_first_run_does_not_stay_beside_that_of_the_second(
    agency: Shop, owner: Customer
) -> None:
    assert owner.fields["budget_max"] == 25000
    owner.taps("台北市", "40,000 以上")
    assert (owner.fields["budget_min"], owner.fields.get("budget_max")) == (40000, None)
    agency.waits(hours=25)
    assert "budget_max" not in owner.fields


def test_cancelling_brings_the_dog_back(owner: Customer) -> None:
    owner.taps("台北市", "15,000 以下", "套房", "越快越好", "沒有")
    assert owner.tags & OF_PETS == {"pet:no"}
    owner.says("取消")
    assert owner.tags & OF_PETS == {"pet:yes", "pet:dog"}
    assert owner.fields["budget_min"] == 15000


def test_cancelling_brings_nothing_back_that_staff_took_off(agency: Shop, owner: Customer) -> None:
    with agency.database.write() as session:
        contact = session.get_one(Contact, owner.contact.id)
        TagBook(session, contact, event_key=None, now=agency.now()).remove("pet:dog", source="staff:mina")
    owner.taps("新北市")
    owner.says("取消")
    assert owner.tags >= {"area:taipei", "pet:yes"}
    assert "pet:dog" not in owner.tags


def test_cancelling_brings_nothing_back_that_has_ended(agency: Shop, mina: Customer) -> None:
    mina.follows()
    mina.says("報修")
    mina.taps("冷氣")
    mina.says("新北市板橋區府中路 20 號")
    mina.taps("略過", "週末", "選好了")
    mina.says("0912345678")
    mina.taps("正確")
    assert "repair:aircon" in mina.tags
    agency.waits(days=29)
    starts = [mina.says("選單"), mina.taps("報修")]
    assert starts
    mina.taps("網路")
    mina.says("取消")
    assert "repair:aircon" in mina.tags
    agency.waits(days=2)
    assert "repair:aircon" not in mina.tags, "it ends when it would have ended"
    mina.taps("報修", on=mina.person.messages[-1] if mina.says("選單") else None)
    mina.taps("網路")
    mina.says("取消")
    assert not any(tag.startswith("repair:") for tag in mina.tags)


def test_what_was_said_before_a_silence_stands_until_a_later_run_says_otherwise(
    agency: Shop, owner: Customer
) -> None:
    owner.taps("新北市", "25,000–40,000", "套房", "還不確定", "沒有")
    agency.waits(hours=25)
    starts_again(owner)
    assert owner.tags >= {"area:new_taipei", "pet:no"}
    owner.taps("桃園市")
    assert owner.tags >= {"area:taoyuan", "budget:high", "pet:no"}
    owner.says("取消")
    assert owner.tags >= {"area:new_taipei", "budget:high", "pet:no"}
    assert not owner.tags & {"pet:dog", "area:taipei", "budget:mid"}


def test_a_first_run_that_ended_by_silence_is_not_forgotten_by_looking_again(
    agency: Shop, searcher: Customer
) -> None:
    searcher.taps("台北市", "15,000 以下")
    agency.waits(hours=25)
    starts_again(searcher)
    assert searcher.tags >= {"area:taipei", "budget:low"}


def test_confirming_leaves_only_what_was_confirmed(agency: Shop, owner: Customer) -> None:
    owner.taps("新北市", "25,000–40,000", "套房", "還不確定", "有", "貓")
    agency.waits(hours=25)
    starts_again(owner)
    owner.taps("桃園市", "15,000–25,000", "雅房", "越快越好", "沒有", "正確")
    assert {tag for tag in owner.tags if tag.split(":")[0] in {"area", "budget", "type", "timing", "pet"}} == {
        "area:taoyuan", "budget:mid", "type:room", "timing:asap", "pet:no",
    }  # fmt: skip


@pytest.mark.parametrize("is_taken_first", [True, False])
def test_cancelling_brings_no_field_back_that_others_took_off(
    agency: Shop, owner: Customer, is_taken_first: bool
) -> None:
    if not is_taken_first:
        owner.taps("新北市", "40,000 以上")
    agency.waits(minutes=1)
    takes_off(agency, owner, "budget_min")
    if is_taken_first:
        owner.taps("新北市", "40,000 以上")
    owner.says("取消")
    assert owner.fields.get("budget_max") == 25000, "what nobody took off is there again"
    assert "budget_min" not in owner.fields


def test_a_field_that_was_said_anew_since_it_was_taken_off_comes_back(agency: Shop, owner: Customer) -> None:
    takes_off(agency, owner, "budget_min")
    owner.taps("台北市", "25,000–40,000", "套房", "還不確定", "沒有", "正確")
    agency.waits(minutes=1)
    starts_again(owner)
    owner.taps("台北市", "15,000 以下")
    owner.says("取消")
    assert owner.fields["budget_min"] == 25000


def takes_off(agency: Shop, customer: Customer, name: str) -> None:
    with agency.database.write() as session:
        contact = session.get_one(Contact, customer.contact.id)
        book = FieldBook(session, contact, event_key=None, now=agency.now())
        book.withdraw(name, source=book.set_by("")[name])


def test_filling_in_anew_brings_back_what_the_answers_before_had_taken(agency: Shop, owner: Customer) -> None:
    before = owner.tags, owner.fields
    owner.taps("新北市", "40,000 以上", "套房", "還不確定", "沒有", "重新填寫")
    assert (owner.tags, owner.fields) == before
    agency.waits(hours=25)
    assert owner.runs[-1] == ("find_home", "expired")
    assert (owner.tags, owner.fields) == before
