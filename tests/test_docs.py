"""What is written for people agrees with the program, and is written in their words."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from pydantic import SecretStr
from ruamel.yaml import YAML

from config import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()

# Mainland words that a Taiwanese customer winces at.
REFUSED = "信息 用戶 默認 發送 點擊 鏈接 菜單 賬號 登錄 保存 搜索 回復 屏幕 視頻 隊列 批量"
HALF_WIDTH = re.compile("[\u3400-\u9fff][,?!:;]|[,?!:;][\u3400-\u9fff]")
KANA = re.compile("[\u3041-\u30ff]")
LIQUID = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
# In playbooks: other languages, and what customers may type, which can be any word.
NOT_OURS_TO_CHOOSE = {"ja", "en", "ko", "th", "match", "also", "keywords", "types"}

PATTERN = re.compile(r"\\|\(\?|[\w}]\?[^ ]")
PLAYBOOK_FILES = sorted((ROOT / "examples").rglob("*.yaml"))
PACKAGES = [
    folder
    for folder in ROOT.iterdir()
    if folder.name not in {"tests", "bench", "var"} and folder.name[0] != "."
]
PROGRAM_FILES = sorted(path for folder in PACKAGES for path in folder.rglob("*.py"))


def section(title: str) -> str:
    """Return the README from the heading `title` to the next heading of the same depth."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", README, re.DOTALL | re.MULTILINE)
    assert found, f"README.md has no section {title}"
    return found[1]


def rows(text: str) -> list[list[str]]:
    """Return the cells of a Markdown table without its two header lines."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_readme_lists_every_setting_as_it_is() -> None:
    listed = [(name.strip("`"), text) for name, _, text in rows(section("Settings"))]
    assert listed == [(name.upper(), field.description) for name, field in Settings.model_fields.items()]


def test_the_readme_tells_the_defaults_of_settings() -> None:
    told = {name.strip("`"): default for name, default, _ in rows(section("Settings"))}
    for name, field in Settings.model_fields.items():
        if field.default_factory is None and not isinstance(field.default, SecretStr):
            assert told[name.upper()] == ("" if field.default is None else f"`{field.default}`")


def test_the_example_environment_names_every_setting() -> None:
    named = re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert named == [name.upper() for name in Settings.model_fields]


TOUR = {
    "README.md": ("en", "Two bedrooms in Taipei"),
    "README.zh-TW.md": ("zh-TW", "台北兩房"),
    "README.ja.md": ("ja", "台北市・2LDK以上"),
}
CATALOGUES = {"zh-TW": "zh_Hant_TW", "ja": "ja"}
ON_THE_SCREEN = ("Stage", "Play", "Segments", "Campaigns", "Send in one minute", "Customer value", "Map of segments",
                 "agent", "marketer", "supervisor", "admin")  # fmt: skip
"""What the tour tells somebody to look for or to press."""


@pytest.mark.parametrize("name", TOUR)
def test_the_tour_has_seven_steps_with_pictures_and_calls_things_as_pages_do(name: str) -> None:
    text, (language, segment) = (ROOT / name).read_text(), TOUR[name]
    steps = re.findall(r"^(\d)\. .*?(?=^\d\. |^`python)", text, re.DOTALL | re.MULTILINE)[:7]
    assert steps == list("1234567")
    pictures = re.findall(r"docs/pictures/tour-(\d)\.(.+?)\.png", text)[1:]
    assert pictures == [(step, language) for step in steps]
    assert all((ROOT / f"docs/pictures/tour-{step}.{language}.png").exists() for step in steps)
    segments = YAML(typ="safe").load(ROOT / "examples/rental/segments.yaml")["segments"]
    assert segment in {one["label"][language] for one in segments}
    words = {word: word for word in ON_THE_SCREEN}
    if language in CATALOGUES:
        folder = ROOT / "console/translations" / CATALOGUES[language] / "LC_MESSAGES"
        with (folder / "messages.po").open("rb") as file:
            catalogue = read_po(file)
        words = {word: str(catalogue[word].string) for word in ON_THE_SCREEN}
    assert [shown for shown in (*words.values(), segment, "本週新上架", "林雅婷") if shown not in text] == []


def test_every_capability_in_the_readme_has_its_files_and_tests() -> None:
    capabilities = rows(section("What it does"))
    assert capabilities
    for capability, files, tests in capabilities:
        paths = re.findall(r"`([^`]+)`", f"{files} {tests}")
        missing = [path for path in paths if not (ROOT / path).exists()]
        assert not missing, f"{capability}: {missing}"
        assert re.search(r"`tests/", tests), f"{capability}: no test is named"


def test_links_inside_the_repository_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    links = [
        (page, link) for page in pages for link in re.findall(r"\]\(([^)#:]+)[^):]*\)", page.read_text())
    ]
    assert not [(page.name, link) for page, link in links if not (page.parent / link).exists()]


def test_everything_that_may_go_wrong_has_tests_that_exist() -> None:
    cases = rows((ROOT / "docs/faults.md").read_text())
    assert [number for number, *_ in cases] == [str(number) for number in range(1, len(cases) + 1)]
    missing = []
    for number, _happens, does, tests in cases:
        named = re.findall(r"`([\w/]+\.py)::(\w+)`", tests)
        assert does, number
        assert named, number
        assert len(named) == tests.count("`") / 2, f"{number}: every test is named as `path::name`"
        missing += [(number, path, name) for path, name in named if name not in functions_of(path)]
    assert not missing


@cache
def functions_of(path: str) -> frozenset[str]:
    """Return the names of the functions in a file below `tests/`; none where there is no file."""
    file = ROOT / "tests" / path
    nodes = ast.parse(file.read_text()).body if file.exists() else []
    return frozenset(node.name for node in nodes if isinstance(node, ast.FunctionDef))


def faults_in(text: str) -> Iterator[str]:
    """Name what a Taiwanese reader would stumble over."""
    if KANA.search(text):  # Japanese, where 保存 is right
        return
    yield from (word for word in REFUSED.split() if word in text)
    yield from HALF_WIDTH.findall(LIQUID.sub("", text))


def words_shown(node: object) -> Iterator[str]:
    """Return the texts of a playbook file that are ours and in Chinese."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for key, value in node.items():
            if key not in NOT_OURS_TO_CHOOSE:
                yield from words_shown(value)
    elif isinstance(node, list):
        for item in node:
            yield from words_shown(item)


@pytest.mark.parametrize("path", PLAYBOOK_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_playbooks_speak_taiwanese_chinese(path: Path) -> None:
    texts = words_shown(YAML(typ="safe").load(path))
    assert not [(text, fault) for text in texts for fault in faults_in(text)]


def test_the_programs_own_sentences_speak_taiwanese_chinese() -> None:
    found = []
    for path in PROGRAM_FILES:
        nodes = list(ast.walk(ast.parse(path.read_text())))
        docstrings = {
            id(node.value) for node in nodes if isinstance(node, ast.Expr)
        }  # English, with examples
        for node in nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
                if PATTERN.search(node.value):
                    continue  # what customers type, as a regular expression
                found += [(str(path.relative_to(ROOT)), node.value, fault) for fault in faults_in(node.value)]
    assert not found


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("請點選單。", []),
        ("保存{{ x | default: '檔' }}", ["保存"]),
        ("您好,歡迎", ["好,"]),
        ("10:00–20:00 營業", []),
        ("時間:早上", ["間:"]),
        ("内容は保存されません", []),
    ],
)
def test_the_word_check_sees_what_it_should(text: str, faults: list[str]) -> None:
    assert list(faults_in(text)) == faults


def test_what_customers_type_may_be_any_word() -> None:
    playbook = {"match": {"any_of": ["菜單"]}, "then": [{"say": {"zh-TW": "選單", "ja": "メニュー,"}}]}
    assert list(words_shown(playbook)) == ["選單"]
