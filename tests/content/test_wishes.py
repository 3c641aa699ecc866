"""Short sentences that only wish for a person, and those that are about something."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.folding import fold
from content.phrases import KEYWORDS
from content.wishes import AROUND, LIMIT_CHARS, wishes_for

WORDS = (*KEYWORDS["human"], "客服", "找人", "担当者に相談", "a person", "real person")


@pytest.mark.parametrize(
    "text",
    [
        "真人", "我想找真人", "我想找真人！", "請幫我轉真人客服", "请帮我转真人客服", "可以幫我轉接專員嗎？謝謝", "真人客服，感謝您", "an agent please, thank you", "麻煩請專人服務一下",
        "我要跟真人講話", "能不能找客服人員", "有真人嗎", "直接轉人工", "我要找人", "請專員盡快跟我聯絡，謝謝您",
        "担当者と話したいです", "担当者につないでください", "オペレーターをお願いします",
        "I want to talk to a human", "Can I speak with an agent, please?", "HUMAN please", "connect me to a real person",
        "상담원 연결해 주세요",
    ],
)  # fmt: skip
def test_a_wish(text: str) -> None:
    assert wishes_for(text, WORDS)


@pytest.mark.parametrize(
    "text",
    [
        "", "？", "我在當客服", "不用找專人", "先不用轉真人", "你是真人嗎", "客服電話", "人工草皮", "我找人一起住", "我想找", "請幫我轉",
        "專人打掃的套房", "有專人收包裹的社區", "我男友是真人秀演員", "担当者は要りません", "no human please", "I am an agent for homes",
        "I don't want to talk to a human", "謝謝客服", "感謝專人", "好的，謝謝專員", "thanks, human", "AI客服", "有AI客服嗎", "請幫我轉真人客服" * 6,
    ],
)  # fmt: skip
def test_no_wish(text: str) -> None:
    assert not wishes_for(text, WORDS)


@given(
    st.lists(st.sampled_from(AROUND), max_size=4),
    st.sampled_from(WORDS),
    st.lists(st.sampled_from(AROUND), max_size=4),
)
def test_wishing_words_may_stand_in_any_order(before: list[str], word: str, after: list[str]) -> None:
    text = " ".join((*before, word, *after))
    assert wishes_for(text, WORDS) == (len(fold(text)) <= LIMIT_CHARS)
    assert not wishes_for(" ".join((*before, *after)), ["zzz"])


@given(st.text(max_size=60))
def test_any_text_is_judged(text: str) -> None:
    wishes_for(text, WORDS)
