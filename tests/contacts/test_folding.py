import unicodedata
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contacts.folding import fold, fold_word, han_variants, loosen


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("臺北", "台北"),
        ("桃园市", "桃園市"),
        ("氣象", "気象"),
        ("沢", "澤"),
        ("Ｔａｉｐｅｉ", "taipei"),
        ("TAIPEI", "taipei"),
        ("ｶﾞｽ", "ガス"),
        ("２００００", "20000"),
        ("20,000", "20000"),
        ("套 房", "套房"),
        ("套\u3000房。", "套房"),
        ("「套房」！", "套房"),
        ("\u200f\u202e套\u200b房\u2066", "套房"),
        ("15,000–25,000", "15000～25000"),
        ("Straße", "STRASSE"),
        ("서울", unicodedata.normalize("NFD", "서울")),
        ("✔\ufe0f", "✔"),
        ("a\x00b\ud800", "ab"),
        ("⽉", "月"),
    ],
)
def test_spellings_of_one_word_fold_together(typed: str, meant: str) -> None:
    assert fold(typed) == fold(meant)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("有", "沒有"),
        ("はは", "ばば"),
        ("cafe", "café"),
        ("👍", "👎"),
        ("？", "！"),
        ("カ", "か"),
        ("C", "C++"),
    ],
)
def test_different_words_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_punctuation_alone_is_kept_so_that_it_is_not_in_every_text() -> None:
    assert fold("？") == "?"
    assert fold(" \u200b ") == ""


def test_loosened_text_keeps_words_apart() -> None:
    assert loosen("No, PETS！我 要「套房」") == "no pets 我 要 套房"


def test_words_of_a_playbook_are_folded_alike() -> None:
    assert fold_word("臺北") == fold("台北")


def test_threads_that_fold_at_once_get_the_same_answer() -> None:
    han_variants.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(fold, ["臺灣氣象"] * 64))) == 1


@given(st.text())
@example("\u0345ͅ\u0345Ͱ")
@example("e\u200b\u0301")
@example("ﬀ⑳㌀")
@example("A\u030a\u2066臺\u3099か\u200d\u3099")
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(), st.text(alphabet=" \t\u3000\u200b\u200f。，!?-", max_size=5))
def test_spaces_and_punctuation_around_never_matter(text: str, noise: str) -> None:
    word = f"x{text}x"
    assert fold(noise + word + noise) == fold(word)


@given(st.text(alphabet=st.characters(codec="utf-8", categories=["Lu", "Ll", "Nd", "Lo"])))
def test_width_and_case_never_matter(text: str) -> None:
    assert fold(unicodedata.normalize("NFKC", text)) == fold(text)
    assert fold(text.casefold()) == fold(text)
