"""The bot was away while customers wrote: they are answered once, late or not at all, and never at a price."""

from tests.shop import Shop
from tests.stories.customer import Customer

PEOPLE = 6


def crowd(agency: Shop) -> list[Customer]:
    """Friends who each write five texts, a second apart, while nobody works."""
    people = [Customer(agency, f"Friend {number}") for number in range(PEOPLE)]
    for customer in people:
        customer.follows()
    for word in ("押金", "租金", "仲介費", "寵物", "營業時間"):
        agency.stores(*(customer.would_say(word) for customer in people))
        agency.clock.advance(1.0)
    return people


def pushes(agency: Shop) -> int:
    return agency.simulator.line.ledger.accepted["push"]


def test_within_ten_minutes_only_the_newest_answer_is_pushed(agency: Shop) -> None:
    people, before = crowd(agency), pushes(agency)
    seen = [len(customer.person.messages) for customer in people]
    agency.waits(minutes=8)
    assert pushes(agency) - before == PEOPLE, "one for each of them, not one for each text"
    for customer, count in zip(people, seen, strict=True):
        (late,) = customer.person.sees[count:]
        assert late.startswith("服務時間為每日 10:00–20:00。")


def test_after_ten_minutes_nothing_is_pushed_and_everything_was_handled(agency: Shop) -> None:
    people, before = crowd(agency), pushes(agency)
    seen = [len(customer.person.messages) for customer in people]
    agency.waits(minutes=11)
    assert pushes(agency) == before
    assert [len(customer.person.messages) for customer in people] == seen
    assert people[0].says("押金")[0].startswith("押金為兩個月租金"), "whoever writes now is answered"


def test_who_blocked_the_account_meanwhile_is_not_pushed_at(agency: Shop, mina: Customer) -> None:
    mina.follows()
    before = pushes(agency)
    agency.stores(mina.would_say("押金"))
    agency.clock.advance(120)
    mina.unfollows()
    agency.waits(minutes=1)
    assert pushes(agency) == before


def test_taps_of_the_outage_are_all_taken(agency: Shop, mina: Customer) -> None:
    """Late answers still are answers; only the words come late."""
    mina.follows()
    mina.taps("開始找房")
    for word in ("台北市", "2萬", "兩房", "越快越好", "沒有"):
        agency.stores(mina.would_say(word))
        agency.clock.advance(1.0)
    agency.waits(minutes=8)
    assert mina.person.sees[-1].startswith("請確認您的找房條件")
    assert mina.tags >= {"area:taipei", "budget:mid", "type:two_bed", "timing:asap", "pet:no"}
    mina.taps("正確")
    assert mina.runs == [("find_home", "confirmed")]
