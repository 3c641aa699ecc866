"""Which Chromium the browser tests take, and that the script which counts them as skipped knows the same."""

import re
from pathlib import Path

import pytest

from tests import chromium

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", chromium.NAMES)
def test_it_is_found_by_any_of_its_names_wherever_path_leads(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert chromium.find() is None
    program = tmp_path / name
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert chromium.find() == str(program)


def test_the_script_looks_for_the_same_names() -> None:
    looked_for = re.findall(r"command -v (chromium\S*)", (ROOT / "script/test").read_text())
    assert tuple(looked_for) == chromium.NAMES


def test_nobody_looks_elsewhere() -> None:
    path = "/usr/bin/" + "chromium"
    found = [
        str(file.relative_to(ROOT))
        for folder in ("tests", "script", "bench")
        for file in (ROOT / folder).rglob("*.py")
        if path in file.read_text()
    ]
    assert found == []
