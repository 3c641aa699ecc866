"""The words that customers may type for what the buttons below a question do."""

from collections.abc import Collection, Mapping
from types import MappingProxyType

from contacts.folding import fold, fold_word
from content.phrases import KEYWORDS, PHRASES
from questionnaires.state import Action

MORE_WORDS: Mapping[Action, tuple[str, ...]] = MappingProxyType(
    {
        Action.BACK: ("回上一題", "回上一步", "上一步", "前に戻る", "もどる", "go back", "previous", "이전", "이전 질문"),
        Action.CANCEL: ("取消填寫", "不填了", "不要了", "算了", "中止", "やめます", "quit", "exit", "그만"),
        Action.DONE: ("好了", "選完了", "就這些", "以上", "終わり", "完了です", "that's all", "finish", "finished", "선택 완료"),
        Action.SKIP: ("跳過這題", "不填", "飛ばす", "とばす", "pass", "넘어가기", "패스"),
        Action.CONFIRM: (
            "正確", "確認", "確定", "對", "沒錯", "送出", "好", "是", "可以", "はい", "確認しました", "送信", "正しい", "これで",
            "ok", "okay", "yes", "confirm", "correct", "right", "looks good", "네", "예", "확인", "맞아요",
        ),
        Action.CHANGE: (
            "修改", "更改", "變更", "改一下", "修正", "変更", "直す", "change", "edit", "변경", "수정",
            "不對", "不正確", "有錯", "錯了", "違います", "いいえ", "no", "wrong", "아니요",
        ),
        Action.RESTART: ("重填", "重來", "重新開始", "從頭開始", "最初から", "やり直す", "restart", "again", "처음부터", "다시"),
    }
)  # fmt: skip
"""Beside the buttons' labels and `content.phrases.KEYWORDS`."""


def action_typed(
    text: str, allowed: Collection[Action], keywords: Mapping[str, tuple[str, ...]]
) -> Action | None:
    """Return which of the allowed actions the whole text asks for."""
    folded = fold(text)
    if not folded:
        return None
    for action in Action:
        if action in allowed and folded in map(fold_word, _words(action, keywords)):
            return action
    return None


def wants_change(text: str) -> bool:
    """Return whether a text speaks of changing something: 預算要改."""
    folded = fold(text)
    return any(
        fold_word(word) in folded
        for word in ("改", "變更", "変更", "修正", "直し", "change", "edit", "수정", "변경")
    )


def _words(action: Action, keywords: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return (
        *PHRASES.get(action.value, {}).values(),
        *KEYWORDS.get(action.value, ()),
        *MORE_WORDS.get(action, ()),
        *keywords.get(action.value, ()),
    )
