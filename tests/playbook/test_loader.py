"""Reading a folder: what is in it, what is not, and what must not be followed."""

import os
from pathlib import Path

import pytest

from playbook import loader
from playbook.faults import Faults
from playbook.loader import Folder, load
from tests.playbook.folders import GOOD, Files, write


def loaded(folder: Path) -> tuple[Folder, list[str]]:
    faults = Faults()
    found = load(folder, faults)
    return found, [str(fault) for fault in faults.sorted()]


def test_a_good_folder_is_read_without_faults(tmp_path: Path) -> None:
    folder, faults = loaded(write(tmp_path, GOOD))
    assert faults == []
    assert "questionnaires/order.yaml" in folder.sources
    assert set(folder.assets) == {"pictures/tea.png", "rich_menus/main.png"}
    assert folder.keys("rich_menus") == {"main"}


def test_a_byte_order_mark_changes_nothing(tmp_path: Path) -> None:
    text = GOOD["tags.yaml"]
    assert isinstance(text, str)
    plain, _ = loaded(write(tmp_path / "plain", GOOD))
    marked, faults = loaded(write(tmp_path / "marked", GOOD | {"tags.yaml": text.encode("utf-8-sig")}))
    assert faults == []
    assert marked.sources["tags.yaml"] == plain.sources["tags.yaml"]


def test_windows_line_ends_change_no_line_numbers(tmp_path: Path) -> None:
    text = GOOD["tags.yaml"]
    assert isinstance(text, str)
    plain, _ = loaded(write(tmp_path / "plain", GOOD))
    windows, faults = loaded(write(tmp_path / "windows", GOOD | {"tags.yaml": text.replace("\n", "\r\n")}))
    assert faults == []
    assert windows.sources["tags.yaml"] == plain.sources["tags.yaml"]


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        ("groups:\n  - id: area\n    label: 地區與預算\n".encode("big5"), "; it looks like Big5"),
        ("groups:\n  - id: area\n    label: すこし\n".encode("cp932"), "; it looks like Shift_JIS"),
        ("groups:\n  - id: area\n    label: 東京都のエリア".encode("utf-16"), " but UTF-16"),
        (b"groups:\n  - id: area\n    label: \xff\xff\n", ""),
    ],
)
def test_another_encoding_is_told_with_file_and_line(tmp_path: Path, content: bytes, hint: str) -> None:
    _, faults = loaded(write(tmp_path, GOOD | {"tags.yaml": content}))
    line = 1 if "UTF-16" in hint else 3
    assert faults == [f"tags.yaml:{line}: is not UTF-8 text{hint}; save the file as UTF-8"]


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("auto_reply.yaml", "is not a file of a playbook; did you mean auto_replies.yaml?"),
        ("cards.yml", "must be called cards.yaml"),
        ("rich_menus/side.yml", "must be called rich_menus/side.yaml"),
        ("pictures/a.yaml", "is not a file of a playbook; known are "),
        ("questionnaires/old/order.yaml", "is not a file of a playbook; known are "),
    ],
)
def test_yaml_that_nothing_reads_is_a_fault(tmp_path: Path, name: str, fault: str) -> None:
    _, faults = loaded(write(tmp_path, GOOD | {name: "a: 1"}))
    assert len(faults) == 1
    assert faults[0].startswith(f"{name}:1: {fault}")


def test_other_files_are_mentioned_and_hidden_ones_are_not(tmp_path: Path) -> None:
    more: Files = {"README.md": "hello", "pictures/tea.psd": b"8BPS", ".git/config": "x", ".DS_Store": b"\0"}
    folder, faults = loaded(write(tmp_path, GOOD | more))
    assert faults == []
    assert [note.file for note in folder.notes] == ["README.md", "pictures/tea.psd"]


def test_what_is_required_is_asked_for(tmp_path: Path) -> None:
    _, faults = loaded(write(tmp_path, {"tags.yaml": "groups: []"}))
    assert faults == [
        "auto_replies.yaml:1: is missing; every playbook needs it",
        "playbook.yaml:1: is missing; every playbook needs it",
    ]


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    _, faults = loaded(tmp_path / "nowhere")
    assert faults == ["nowhere:1: is not a folder; a playbook is a folder with a playbook.yaml"]


def test_a_list_at_the_margin_is_refused(tmp_path: Path) -> None:
    _, faults = loaded(write(tmp_path, GOOD | {"tags.yaml": "# tags\n- id: area\n"}))
    assert faults == ["tags.yaml:2: must hold `key: value` lines at its left margin"]


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.yaml"
    secret.write_text("groups: []")
    (tmp_path / "elsewhere").mkdir()
    folder = write(tmp_path / "playbook", GOOD)
    (folder / "tags.yaml").unlink()
    (folder / "tags.yaml").symlink_to(secret)
    (folder / "pictures" / "tea.png").unlink()
    (folder / "pictures" / "tea.png").symlink_to("../../../../../../etc/passwd")
    (folder / "transcripts" / "order.yaml").unlink()
    (folder / "transcripts").rmdir()
    (folder / "transcripts").symlink_to(tmp_path / "elsewhere")
    found, faults = loaded(folder)
    out = "is a link out of the playbook's folder; put the file itself here"
    assert faults == [f"pictures/tea.png:1: {out}", f"tags.yaml:1: {out}", f"transcripts:1: {out}"]
    assert "tags.yaml" not in found.sources
    assert "pictures/tea.png" not in found.assets


def test_a_link_inside_the_folder_is_a_file_like_any_other(tmp_path: Path) -> None:
    folder = write(tmp_path, GOOD)
    (folder / "pictures" / "plum.png").symlink_to("tea.png")
    (folder / "more").symlink_to("pictures")
    found, faults = loaded(folder)
    assert faults == ["more:1: is a link to a folder; put the folder itself here"]
    assert found.assets["pictures/plum.png"] == found.assets["pictures/tea.png"]


def test_pipes_and_other_oddities_are_not_opened(tmp_path: Path) -> None:
    folder = write(tmp_path, GOOD)
    (folder / "cards.yaml").unlink()
    os.mkfifo(folder / "cards.yaml")
    _, faults = loaded(folder)
    assert faults == ["cards.yaml:1: is not an ordinary file"]


def test_sizes_and_numbers_of_files_are_bounded(tmp_path: Path) -> None:
    big = b"#" * (loader.YAML_LIMIT_BYTES + 1)
    _, faults = loaded(write(tmp_path / "big", GOOD | {"tags.yaml": big}))
    assert faults == ["tags.yaml:1: is larger than 1 MB"]
    many: Files = {f"pictures/{number}.txt": b"" for number in range(loader.FILES_LIMIT)}
    _, faults = loaded(write(tmp_path / "many", GOOD | many))
    assert any("the folder holds more than 1,000 files" in fault for fault in faults)


def test_a_decomposed_file_name_is_found_by_its_composed_name(tmp_path: Path) -> None:
    folder, faults = loaded(write(tmp_path, GOOD | {"pictures/u\u0308ber.png": GOOD["pictures/tea.png"]}))
    assert faults == []
    assert "pictures/\u00fcber.png" in folder.assets
