import time

import pytest

from content.matching import MatchResult, compiled, fits_whole, match_fault, matches, pattern_fault
from content.model import Match
from tests.patience import PROMPTLY_S


def test_exact_is_blind_to_width_case_spaces_and_han_variant() -> None:
    match = Match(exact=("租金補貼", "Menu"))
    assert matches(match, "租金补贴！") == MatchResult(exact="租金補貼")
    assert matches(match, " ＭＥＮＵ ") == MatchResult(exact="Menu")
    assert matches(match, "租金補貼是什麼") is None


def test_contains_wants_all_and_any_of_wants_one() -> None:
    both = Match(contains=("租金", "多少"))
    assert matches(both, "請問租金大概多少？") == MatchResult(contains=("租金", "多少"))
    assert matches(both, "租金") is None
    one = Match(any_of=("租金", "多少錢"))
    assert matches(one, "多少錢啊") == MatchResult(any_of="多少錢")
    assert matches(one, "押金") is None


@pytest.mark.parametrize(
    ("word", "text", "occurs"),
    [
        ("pets", "Do you clean carpets?", False),
        ("commission", "the commissioner said so", False),
        ("the rent", "Where is the rental contract?", False),
        ("the rent", "How high is THE  RENT?", True),
        ("pets", "ＰＥＴＳ？", True),
        ("pets", "可以養pets嗎", True),
        ("café", "the cafés", False),
        ("24", "124 m", False),
        ("24", "24小時", True),
        ("wifi", "有wi-fi嗎", True),
        ("租金", "請問租金多少", True),
        ("ペット", "ペットOKですか", True),
        ("2房", "12房", False),
    ],
)
def test_a_word_of_latin_letters_or_digits_stands_by_itself(word: str, text: str, occurs: bool) -> None:
    assert (matches(Match(any_of=(word,)), text) is not None) == occurs
    assert (matches(Match(contains=(word,)), text) is not None) == occurs


def test_all_lists_that_are_given_must_hold() -> None:
    match = Match(contains=("押金",), any_of=("退", "還"), pattern=r"\?|？")
    result = matches(match, "押金會退嗎？")
    assert result == MatchResult(None, ("押金",), "退", r"\?|？")
    assert result is not None
    assert result.reason == r"contains “押金”; contains “退”; fits the pattern \?|？"
    assert matches(match, "押金會退嗎") is None


def test_a_match_that_asks_for_nothing_fits_every_text() -> None:
    result = matches(Match(), "")
    assert result is not None
    assert result.reason == "any text"


def test_a_word_of_nothing_but_spaces_never_matches() -> None:
    for match in (Match(exact=(" ",)), Match(contains=(" ",)), Match(any_of=("\u200b",))):
        assert matches(match, "") is None
        assert matches(match, "anything") is None
        assert match_fault(match) is not None


def test_a_pattern_is_looked_for_in_the_text_as_typed_and_in_its_usual_width() -> None:
    assert matches(Match(pattern=r"[0-9]+萬"), "預算２萬") is not None
    assert matches(Match(pattern="ｶﾞｽ"), "ｶﾞｽ") is not None
    assert matches(Match(pattern="hello"), "HELLO") is not None


@pytest.mark.parametrize(
    ("pattern", "text", "is_found"),
    [
        ("預算[0-9]+萬", "预算２万", True),
        ("预算", "預算", True),
        ("[台臺]北", "臺北", True),
        ("臺北", "台北", True),
        (r"停止.{0,4}通知", "请停止接收通知", True),
        (r"^\p{Han}{2}$", "宠物", True),
        ("[一-龥]{3}", "找宠物", True),
        ("[一-龥]{3}", "abc", False),
        (r"a\sb", "a b", True),
        (r"ab", "a b", False),
    ],
)
def test_a_pattern_is_blind_to_han_variants_and_sees_spaces(pattern: str, text: str, is_found: bool) -> None:
    assert pattern_fault(pattern) is None
    assert (matches(Match(pattern=pattern), text) is not None) == is_found


def test_a_pattern_that_runs_away_is_no_match_and_is_reported() -> None:
    runaways: list[str] = []
    began = time.perf_counter()
    assert matches(Match(pattern=r"(a+)+$"), "a" * 5000 + "!", ran_away=runaways.append) is None
    assert fits_whole(r"(a+)+", "a" * 5000 + "!") is False
    assert time.perf_counter() - began < PROMPTLY_S
    assert runaways == [r"(a+)+$"]


def test_fits_whole_wants_the_whole_text() -> None:
    assert fits_whole(r"[A-Z]\d{9}", "a123456789")
    assert not fits_whole(r"[A-Z]\d{9}", "A123456789x")


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("(", "cannot be read"),
        ("[a", "cannot be read"),
        ("a{2,1}", "cannot be read"),
        ("(a+)+$", "for ever"),
        (r"(\w+\s?)*$", "for ever"),
        ("(x+x+)+y", "for ever"),
        ("(臺|臺臺)+$", "for ever"),
        ("a" * 501, "501 characters"),
    ],
)
def test_an_unfit_pattern_is_named(pattern: str, says: str) -> None:
    fault = pattern_fault(pattern)
    assert fault is not None
    assert says in fault


@pytest.mark.parametrize(
    "pattern", [r"\d{10}", "租金|多少錢", r"^[\w.]+@\w+\.\w+$", "停止.{0,4}通知", r"#\p{Han}+店"]
)
def test_ordinary_patterns_are_fit(pattern: str) -> None:
    assert pattern_fault(pattern) is None
    assert match_fault(Match(pattern=pattern)) is None


def test_a_pattern_found_in_an_empty_text_is_a_fault_of_a_rule() -> None:
    assert "even an empty one" in (match_fault(Match(pattern=r"\d*")) or "")


def test_patterns_are_compiled_once() -> None:
    assert compiled("abc") is compiled("abc")
