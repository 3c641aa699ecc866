"""However a playbook is spoiled, the check answers with faults that point into its files."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from content.model import Content
from playbook.check import check
from playbook.published import as_json
from questionnaires.definition import Questionnaire
from tests.playbook.folders import GOOD, write

TEXTS = sorted(name for name, content in GOOD.items() if isinstance(content, str))
WORDS = sorted({word.strip("{}[],") for name in TEXTS for word in str(GOOD[name]).split()} - {""})
SCRAPS = [
    *WORDS,
    "",
    "null",
    "[]",
    "{}",
    "-1",
    "true",
    "'",
    "&a",
    "*a",
    "{{",
    "- ",
    ": ",
    "\t",
    "?",
    "\ud83d",
    "茶",
    "é" * 50,
]


@st.composite
def spoiled(draw: st.DrawFn) -> dict[str, str | bytes]:
    files = dict(GOOD)
    for _ in range(draw(st.integers(1, 4))):
        name = draw(st.sampled_from(TEXTS))
        lines = str(files[name]).split("\n")
        place = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(["drop", "double", "move", "word", "indent"])):
            case "drop":
                del lines[place]
            case "double":
                lines.insert(place, lines[place])
            case "move":
                lines.insert(draw(st.integers(0, len(lines) - 1)), lines.pop(place))
            case "word":
                words = lines[place].split(" ")
                words[draw(st.integers(0, len(words) - 1))] = draw(st.sampled_from(SCRAPS))
                lines[place] = " ".join(words)
            case "indent":
                lines[place] = "  " + lines[place]
        files[name] = "\n".join(lines)
    return {
        name: content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
        for name, content in files.items()
    }


@given(spoiled())
@settings(deadline=None, max_examples=30)
def test_a_spoiled_playbook_is_refused_with_lines_or_is_still_one(files: dict[str, str | bytes]) -> None:
    with TemporaryDirectory() as folder:
        checked = check(write(Path(folder), files))
    assert (checked.playbook is None) == bool(checked.faults)
    for fault in checked.faults:
        written = files[fault.file]
        assert isinstance(written, bytes)
        assert 1 <= fault.line <= written.count(b"\n") + 1
        assert "\n" not in fault.what
    if checked.playbook is not None:
        content = checked.playbook.content
        assert Content.model_validate(as_json(content)) == content
        for questionnaire in checked.playbook.questionnaires:
            assert Questionnaire.model_validate(as_json(questionnaire)) == questionnaire
