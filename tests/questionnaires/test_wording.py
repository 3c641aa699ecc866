import pytest

from questionnaires.state import Action
from questionnaires.wording import action_typed


@pytest.mark.parametrize(
    ("typed", "action"),
    [
        ("返回", Action.BACK),
        ("上一题", Action.BACK),
        ("戻る", Action.BACK),
        ("Back", Action.BACK),
        ("뒤로", Action.BACK),
        ("取消", Action.CANCEL),
        ("キャンセル", Action.CANCEL),
        ("CANCEL!", Action.CANCEL),
        ("취소", Action.CANCEL),
        ("略過", Action.SKIP),
        ("跳过", Action.SKIP),
        ("スキップ", Action.SKIP),
        ("ｓｋｉｐ", Action.SKIP),
        ("건너뛰기", Action.SKIP),
        ("選好了", Action.DONE),
        ("完成", Action.DONE),
        ("選択完了", Action.DONE),
        ("done", Action.DONE),
        ("완료", Action.DONE),
        ("正確", Action.CONFIRM),
        ("はい", Action.CONFIRM),
        ("That's right", Action.CONFIRM),
        ("네", Action.CONFIRM),
        ("修改一項", Action.CHANGE),
        ("不對", Action.CHANGE),
        ("1項目だけ直す", Action.CHANGE),
        ("重新填寫", Action.RESTART),
        ("最初からやり直す", Action.RESTART),
        ("Start over", Action.RESTART),
        ("我想取消上次的預約", None),
        ("", None),
        ("？", None),
    ],
)
def test_what_the_buttons_do_can_be_typed(typed: str, action: Action | None) -> None:
    assert action_typed(typed, set(Action), {}) == action


def test_only_what_is_possible_here_is_understood() -> None:
    assert action_typed("略過", {Action.BACK}, {}) is None


def test_the_playbook_may_know_more_words() -> None:
    assert action_typed("掰掰", {Action.CANCEL}, {"cancel": ("掰掰",)}) is Action.CANCEL


def test_no_word_asks_for_two_things() -> None:
    actions: dict[Action, list[str]] = {}
    for typed in (
        "返回",
        "取消",
        "略過",
        "完成",
        "正確",
        "修改",
        "重新填寫",
        "back",
        "cancel",
        "skip",
        "done",
        "ok",
        "change",
    ):
        found = [action for action in Action if action_typed(typed, {action}, {})]
        assert len(found) == 1, typed
        actions.setdefault(found[0], []).append(typed)
    assert len(actions) == 7
