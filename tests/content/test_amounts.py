from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.amounts import amount_of, is_upper_limit, span_of


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("20000", 20000),
        ("２００００", 20000),
        ("20,000元", 20000),
        ("20 000", 20000),
        ("NT$20,000", 20000),
        ("$20000", 20000),
        ("2萬", 20000),
        ("2 萬", 20000),
        ("2萬5", 25000),
        ("2萬5千", 25000),
        ("2萬5000", 25000),
        ("12萬5", 125000),
        ("1.5萬", 15000),
        ("1萬2千5", 12500),
        ("两万", 20000),
        ("兩萬", 20000),
        ("兩萬五", 25000),
        ("兩萬零五", 20005),
        ("三萬二千五百", 32500),
        ("一千五", 1500),
        ("兩百五", 250),
        ("二十五", 25),
        ("十五", 15),
        ("100萬", 1000000),
        ("1億2千萬", 120000000),
        ("二〇二七", 2027),
        ("2万円", 20000),
        ("2万5千円", 25000),
        ("2만", 20000),
        ("2만 5천원", 25000),
        ("20k", 20000),
        ("1.5K", 1500),
        ("2w", 20000),
        ("20 thousand", 20000),
        ("about 20000", 20000),
        ("大約兩萬左右", 20000),
        ("我想租兩萬以內的", 20000),
        ("一個月兩萬", 20000),
        ("每月20000", 20000),
        ("20000/月", 20000),
        ("三", 3),
        ("3個", 3),
        ("五人", 5),
        ("0", 0),
        ("-5", -5),
        ("2.5", "2.5"),
    ],
)
def test_an_amount_is_read_as_it_is_meant(typed: str, amount: float | str) -> None:
    assert amount_of(typed) == Decimal(amount)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "台北",
        "萬",
        "十分便宜",
        "千萬不要",
        "一定要安靜",
        "15000-25000",
        "2萬到3萬",
        "兩三萬",
        "2萬 5",
        "10:00",
        "3/1",
        "1,5",
        "1.2.3",
        "9" * 40,
        "百千",
        "千百萬",
        "2" * 99 + "萬萬",
        "20000 " * 50,
    ],
)
def test_what_names_no_single_amount_is_none(typed: str) -> None:
    assert amount_of(typed) is None


@pytest.mark.parametrize(
    ("typed", "low", "high"),
    [
        ("15000-25000", 15000, 25000),
        ("15,000–25,000", 15000, 25000),
        ("１５０００〜２５０００円", 15000, 25000),
        ("2萬到3萬", 20000, 30000),
        ("兩萬到三萬元", 20000, 30000),
        ("2~3萬", 20000, 30000),
        ("1.5-2.5萬", 15000, 25000),
        ("$15k to $25k", 15000, 25000),
        ("15000円から25000円", 15000, 25000),
        ("5千到1萬", 5000, 10000),
    ],
)
def test_a_range_gives_both_ends(typed: str, low: int, high: int) -> None:
    assert span_of(typed) == (Decimal(low), Decimal(high))


@pytest.mark.parametrize("typed", ["20000", "25000-15000", "2房2萬", "3/1", "1-2-3", "10:00-20:00"])
def test_what_is_no_range_has_no_ends(typed: str) -> None:
    assert span_of(typed) is None


@pytest.mark.parametrize("typed", ["兩萬以內", "２万円以下", "15000以下", "under 20k", "最多2萬", "2만 이하"])
def test_a_limit_is_told_from_a_plain_amount(typed: str) -> None:
    assert is_upper_limit(typed)
    assert not is_upper_limit("兩萬左右")


@given(st.text(alphabet="0123456789,. 一二兩三十百千萬億零万만kw-~到元$/月個", max_size=40))
def test_nothing_typed_breaks_the_reading(text: str) -> None:
    amount, span = amount_of(text), span_of(text)
    assert amount is None or amount.is_finite()
    assert amount is None or span is None


@given(st.integers(min_value=0, max_value=10**14))
def test_plain_numbers_are_read_with_and_without_separators(number: int) -> None:
    assert amount_of(str(number)) == number
    assert amount_of(f"NT${number:,}元") == number


@given(st.integers(min_value=1, max_value=9999), st.integers(min_value=0, max_value=9999))
def test_wan_counts_ten_thousands(wan: int, rest: int) -> None:
    typed = f"{wan}萬{rest:04d}" if rest else f"{wan}萬"
    assert amount_of(typed) == wan * 10000 + rest
