"""Files of others that the console serves: as they were fetched, with their licences, and all that is used."""

import hashlib
import re
from pathlib import Path

CONSOLE = Path(__file__).parents[2] / "console"
VENDOR = CONSOLE / "static/vendor"


def test_the_files_are_those_of_the_manifest() -> None:
    lines = (line.split("  ") for line in (VENDOR / "MANIFEST").read_text().splitlines())
    listed = {name: digest for digest, name in lines}
    there = {
        str(path.relative_to(VENDOR)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "MANIFEST"
    }
    assert there == listed
    assert {"licenses/htmx.txt", "licenses/alpine.txt", "licenses/tabler.txt"} <= there.keys()


def test_every_icon_that_a_page_names_is_in_the_sprite() -> None:
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (VENDOR / "icons.svg").read_text()))
    assert drawn == set((CONSOLE / "icons.txt").read_text().split())
    pages = "".join(path.read_text() for path in (CONSOLE / "templates").rglob("*.html"))
    named = set(re.findall(r'\b(?:icon|empty)\(\s*"([a-z0-9-]+)"', pages))
    assert named <= drawn, named - drawn


def test_templates_bring_no_script_style_or_raw_markup_of_their_own() -> None:
    faults = []
    for path in (CONSOLE / "templates").rglob("*.html"):
        text = path.read_text()
        faults += [
            (path.name, found)
            for found in re.findall(
                r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:|\|\s*safe\b|autoescape", text
            )
        ]
        posts = len(re.findall(r'<form[^>]*method="post"', text))
        tokens = text.count("csrf()") + len(re.findall(r'include "sign_in/\w*fields.html"', text))
        if posts > tokens:
            faults.append((path.name, f"{posts} forms, {tokens} tokens"))
    assert faults == []
