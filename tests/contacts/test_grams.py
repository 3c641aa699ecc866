"""What a text is found by, before any database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.grams import Phrase, find, phrases_of, tokens_of


def holds(text: str, query: str) -> bool:
    """Say what a database with this index must answer."""
    tokens = list(tokens_of(text))

    def stands(phrase: Phrase) -> bool:
        if phrase.is_prefix:
            return any(token.startswith(phrase.tokens[0]) for token in tokens)
        width = len(phrase.tokens)
        return any(tuple(tokens[at : at + width]) == phrase.tokens for at in range(len(tokens)))

    phrases = phrases_of(query)
    return bool(phrases) and all(stands(phrase) for phrase in phrases)


def test_pairs_of_characters_and_the_last_one_alone() -> None:
    assert tokens_of("可以看房。") == ["可以", "以看", "看房", "房"]
    assert tokens_of("Hello, 大安！") == ["hello", "大安", "安"]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("我要退貨", "退貨"),
        ("我要退貨", "貨"),
        ("臺北市大安區", "台北"),
        ("ペット可の物件", "ﾍﾟｯﾄ"),
        ("환불 요청 드립니다", "환불"),
        ("환불 요청 드립니다", "환불요청"),
        ("환불 요청 드립니다", "요청 환불"),
        ("ขอคืนสินค้าได้ไหมคะ", "สินค้า"),
        ("José Álvarez", "jose alv"),
        ("ＴＡＩＰＥＩ station", "taipei"),
        ("我的電話 0912-345-678 謝謝", "0912345678"),
        ("我的電話 0912-345-678 謝謝", "5678"),
        ("我的電話 0912345678 謝謝", "0912-345"),
        ("兩房 25,000", "25000"),
        ("3房2廳", "2廳"),
        ("好耶🎉", "🎉"),
        ("A棟12樓", "a棟"),
        ("हिन्दी में", "हिन्दी"),
    ],
)
def test_a_query_finds_it(text: str, query: str) -> None:
    assert holds(text, query)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("我要退貨", "退錢"),
        ("退一個貨", "退貨"),
        ("台北 貨運退件", "北退"),
        ("carpet", "pet"),
        ("我要退貨", "…"),
        ("我要退貨", ""),
        ('he said "no"', '"'),
        ("0912345678", "9876"),
    ],
)
def test_a_query_finds_only_what_it_says(text: str, query: str) -> None:
    assert not holds(text, query)


SOUP = st.text("台北退貨サービスカ나다라คนม0189 ，。aé", max_size=40)


@given(SOUP, st.data())
def test_whatever_stands_in_a_text_finds_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    piece = text[start : data.draw(st.integers(start, len(text)))]
    # Words of letters are found by their beginning; all else from anywhere.
    if any(char in "aé" for char in piece[:1]) and text[start - 1 : start] in {"a", "é"}:
        return
    if phrases_of(piece):
        assert holds(text, piece)


@given(SOUP, st.text(max_size=10))
def test_the_place_that_is_shown_holds_what_was_looked_for(text: str, query: str) -> None:
    place = find(text, phrases_of(query))
    if place is not None:
        assert 0 <= place[0] < place[1] <= len(text)
        assert find(text[slice(*place)], phrases_of(query)) == (0, place[1] - place[0])


@given(st.text(max_size=60))
def test_tokens_need_no_quoting_in_any_database(text: str) -> None:
    for token in [*tokens_of(text), *(t for phrase in phrases_of(text) for t in phrase.tokens)]:
        assert token
        assert not set(token) & set("'\"\\*:&|!<>() \t\n\x00")
