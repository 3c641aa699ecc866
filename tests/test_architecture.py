"""Who may import whom, and who may read the clock."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Lower first; names that share a line do not import each other.
LAYERS = (
    {"core"},
    {"line"},
    {"staff"},
    {"contacts"},
    {"content"},
    {"questionnaires"},
    {"facts"},
    {"segmentation"},
    {"tickets", "campaigns"},
    {"analytics"},
    {"handlers"},
    {"playbook"},
    {"console", "api"},
    {"bot"},
)
BELOW = {name: set().union(*LAYERS[:height]) for height, layer in enumerate(LAYERS) for name in layer}
MAY_IMPORT = BELOW | {
    "rendering": {"core"},
    "simulator": {"core", "rendering"},
    "console": BELOW["console"] | {"rendering"},
    "bot": BELOW["bot"] | {"config", "simulator"},
}
OURS = {*MAY_IMPORT, "config"}
FOREIGN = {"linebot": {"line"}, "flask": {"bot", "console", "api", "simulator"}}
CLOCKS = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.time_ns",
    "func.now",
}

FILES = sorted(path for package in MAY_IMPORT for path in (ROOT / package).rglob("*.py"))
WEB = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in FILES
    if path.relative_to(ROOT).parts[0] in {"console", "api"}
    or path.match("bot/app.py")
    or path.match("bot/webhook.py")
]


def imports(tree: ast.AST) -> Iterator[str]:
    """Return the first name of every module imported anywhere in the file, inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_one_way(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    wanted = set(imports(ast.parse(path.read_text())))
    refused = (wanted & OURS) - MAY_IMPORT[package] - {package}
    refused |= {name for name, users in FOREIGN.items() if name in wanted and package not in users}
    assert not refused, f"{package}/ must not import {', '.join(sorted(refused))}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_clock_module_reads_the_clock(path: Path) -> None:
    attributes = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)]
    read = {".".join(ast.unparse(node).split(".")[-2:]) for node in attributes} & CLOCKS
    assert path == ROOT / "core/clock.py" or not read


def test_the_web_process_never_loads_the_line_sdk() -> None:
    program = """
import importlib, sys
for module in sys.argv[1:]:
    importlib.import_module(module)
    if "linebot" in sys.modules:
        sys.exit(f"{module} loads the LINE SDK")
"""
    done = subprocess.run(
        [sys.executable, "-c", program, *WEB], cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_no_process_loads_what_colours_tracebacks() -> None:
    for module in ("bot.app", "bot.worker_child"):
        program = f"import sys, bot.logs, {module}; sys.exit('rich' in sys.modules)"
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr or module


def test_no_module_is_named_for_nothing() -> None:
    assert not [path for path in FILES if path.stem in {"utils", "helpers", "common", "misc"}]
