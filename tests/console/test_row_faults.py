"""What an import says of a file and its rows is said in the language of whoever reads it, whatever it is."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.segmenting import SEGMENTS
from bot.wording import Wording
from console.row_faults import SENTENCES
from content.revisions import Revisions

ROOT = Path(__file__).parents[2]
FILES = (
    *sorted((ROOT / "facts").glob("rows*.py")),
    *(ROOT / name for name in ("facts/events.py", "facts/orders.py", "bot/import_rows.py")),
    *(
        ROOT / name
        for name in (
            "bot/importer.py",
            "bot/refused_rows.py",
            "bot/cli/importing.py",
            "bot/import_followers.py",
        )
    ),
)
OF_THE_WHOLE_FILE = {"file", "purpose"}
HAN_OR_KANA = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


def reasons() -> Iterator[str]:
    """Yield every reason that the code gives, with a 7 in the place of whatever is filled in."""
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(func=ast.Name("BadCell"), args=[said]):
                    yield "total_amount " + _text(said)
                case ast.Call(func=ast.Name("InvalidInput"), args=[ast.Dict([ast.Constant(name)], [said])]):
                    yield (
                        f"{name!s}: " + _text(said)
                        if name in OF_THE_WHOLE_FILE
                        else f"{name!s} " + _text(said)
                    )
                case ast.Call(func=ast.Name("Conflict" | "tell"), args=[said]) if _has_words(said):
                    yield _text(said)
                case (
                    ast.Call(func=ast.Name("_BadColumn"), args=[said])
                    | ast.Call(func=ast.Name("RawRow"), args=[_, _, said])
                    | ast.Assign(targets=[ast.Name("reason")], value=said)
                ) if isinstance(said, ast.Constant | ast.JoinedStr) and "error" not in ast.unparse(said):
                    yield _text(said)
                case ast.FunctionDef(name="_fault"):
                    returned = [one.value for one in ast.walk(node) if isinstance(one, ast.Return)]
                    yield from (_text(one) for one in returned if ast.unparse(one or node) != "None")


def _has_words(said: ast.expr) -> bool:
    """Say whether it says something itself, and does not only pass on what others say."""
    return isinstance(said, ast.Constant | ast.JoinedStr) and re.search("[a-z]", _text(said)) is not None


def _text(said: ast.expr | None) -> str:
    match said:
        case ast.Constant(str() as words):
            return words
        case ast.JoinedStr(parts):
            return "".join(_text(part) if isinstance(part, ast.Constant) else "7" for part in parts)
        case _:
            raise AssertionError(f"no sentence: {ast.dump(said) if said else None}")


@pytest.mark.parametrize("language", ["zh-TW", "ja"])
def test_every_reason_is_told_in_the_language_of_the_reader(language: str) -> None:
    found = set(reasons())
    assert len(found) > 60
    with Wording(SEGMENTS, Revisions()).speaking(language):
        assert [one for one in found if HAN_OR_KANA.search(SENTENCES.in_words(one)) is None] == []


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("total_amount is negative", "total_amount：是負數"),
        (
            "properties note has more than 200 characters, or control characters",
            "properties 的 note 超過 200 個字，或含有控制字元",
        ),
        ("來店次數 has more than 1,000 characters", "來店次數：超過 1,000 個字"),
        (
            "file: has no column customer_id / line_user_id, tag: its columns are a, two\nlines, 100%",
            "檔案沒有欄位 customer_id / line_user_id, tag；現有的欄位是：a, two\nlines, 100%",
        ),
        ("something nobody has listed", "something nobody has listed"),
    ],
)
def test_what_was_filled_in_stays(said: str, told: str) -> None:
    with Wording(SEGMENTS, Revisions()).speaking("zh-TW"):
        assert SENTENCES.in_words(said) == told
