"""Whether a short sentence is nothing but the wish for something: 請幫我轉真人客服, can I talk to a person please.

Around a keyword only words may stand that wish or ask, and after it such as thank. One word more and the
text is about something: 我在當客服 tells of a job, 不用找專人 wants nobody, 謝謝客服 has had what it wanted.
"""

from collections.abc import Iterable

from contacts.folding import fold, fold_word, loosen, word_pattern

LIMIT_CHARS = 40
"""Of the folded text; whoever writes more tells something."""

AROUND = (
    # 我想請你們幫我轉接一位……來處理一下，謝謝
    "我", "我們", "我想", "想", "想要", "要", "需要", "請", "請問", "麻煩", "拜託", "幫", "幫我", "幫忙", "替我", "給我", "給",
    "可以", "可不可以", "可否", "能", "能不能", "能否", "有", "有沒有", "直接", "快", "快點", "趕快", "盡快", "馬上", "現在", "先",
    "還是", "轉", "轉接", "轉給", "接", "找", "叫", "聯絡", "聯繫", "跟", "和", "與", "讓", "由", "你們", "你們的", "您們", "一位",
    "一個", "位", "個", "人員", "服務", "服務人員", "說", "說話", "說明", "講", "講話", "聊", "聊聊", "談", "談談", "對話", "溝通",
    "通話", "處理", "回覆", "回答", "協助", "服務一下", "來", "一下", "好", "好嗎", "嗎", "吧", "呢", "啊", "喔", "哦", "嗨", "你好",
    "您好", "了",
    "お願い", "お願いします", "お願いいたします", "お願いできますか", "話したい", "話したいです", "話したいのですが", "と", "に", "を",
    "の", "方", "さん", "つないで", "つないでください", "代わって", "代わってください", "呼んで", "ください", "したい", "したいです",
    "相談", "話", "です", "いますか", "もらえますか", "もらえませんか", "いただけますか", "直接", "すみません",
    "i", "id", "we", "want", "would", "like", "to", "need", "please", "can", "could", "may", "let", "me", "us", "speak", "talk",
    "chat", "with", "a", "an", "the", "real", "live", "connect", "transfer", "put", "through", "get", "from", "your", "you", "now",
    "directly", "instead", "help", "hi", "hello", "for", "ask", "rather",
    "연결", "연결해", "연결해주세요", "해주세요", "주세요", "부탁", "부탁드려요", "부탁드립니다", "부탁합니다", "원해요", "과", "와", "하고",
    "이랑", "싶어요", "싶습니다", "통화", "상담", "을", "를", "님", "에게", "한테",
)  # fmt: skip
THANKS = (
    "謝謝", "謝謝你", "謝謝您", "感謝", "感謝你", "感謝您", "感恩", "ありがとう", "ありがとうございます", "thanks", "thank", "thank you",
    "감사합니다", "고마워요",
)  # fmt: skip


def wishes_for(text: str, words: Iterable[str]) -> bool:
    """Say whether a text is one of these words, or one in nothing but wishing words."""
    folded = fold(text)
    wanted = [word for word in words if (folded_word := fold_word(word)) and folded_word in folded]
    if not wanted or len(folded) > LIMIT_CHARS:
        return False
    spoken = loosen(text)
    # Where the text has been read up to, without and with a wanted word in it.
    before, after = {0}, set[int]()
    for place in range(len(spoken)):
        if place in before:
            before |= _steps(spoken, place, AROUND)
            after |= _steps(spoken, place, wanted)
        if place in after:
            after |= _steps(spoken, place, (*AROUND, *THANKS, *wanted))
    return len(spoken) in after


def _steps(text: str, place: int, words: Iterable[str]) -> set[int]:
    found = (word_pattern(word).match(text, place) for word in words)
    return {_past_space(text, match.end()) for match in found if match}


def _past_space(text: str, place: int) -> int:
    return place + 1 if text.startswith(" ", place) else place
