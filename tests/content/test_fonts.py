"""Choosing a font by its glyphs. The Latin font inside Pillow is there on every machine."""

from pathlib import Path

import pytest
from PIL import ImageFont

from content.fonts import Font, find_font, missing_characters


def _latin() -> bytes:
    font = ImageFont.load_default(20)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font.font_bytes


@pytest.fixture
def latin(tmp_path: Path) -> str:
    path = tmp_path / "latin.ttf"
    path.write_bytes(_latin())
    return str(path)


def test_a_font_that_covers_the_text_is_taken(latin: str) -> None:
    assert find_font("Find a home", menu_font=latin) == Font(Path(latin), 0)


def test_characters_without_a_glyph_are_named_in_order_and_once(latin: str) -> None:
    assert find_font("找房 now 找", menu_font=latin) is None
    assert missing_characters("找房 now 找", menu_font=latin) == "找房"


def test_spaces_joiners_and_variation_selectors_need_no_glyph(latin: str) -> None:
    assert missing_characters("a\u3000b\u200d\ufe0f\n", menu_font=latin) == ""


def test_a_file_that_is_no_font_draws_nothing(tmp_path: Path) -> None:
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"\0\1\0\0\0\xff" + b"cmap" * 3)
    assert missing_characters("ab", menu_font=str(broken)) == "ab"
    assert missing_characters("ab", menu_font=str(tmp_path / "missing.ttf")) == "ab"


def test_han_faces_follow_the_region() -> None:
    if find_font("找房", language="ja") is None:
        pytest.skip("no font with Han characters is installed")
    japanese, taiwanese = find_font("房", language="ja"), find_font("房", language="zh-TW")
    assert japanese is not None
    assert taiwanese is not None
    assert ImageFont.truetype(str(taiwanese.path), 20, index=taiwanese.index).getname()[0]
