"""Menu pictures drawn from labels: exact size, whole picture covered, no boxes."""

import random
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFont

from content.model import MenuArea, RichMenu
from content.pictures import PICTURE_LIMIT_BYTES, NoGlyphs, _encoded, areas_of, draw_menu


def _latin() -> bytes:
    font = ImageFont.load_default(20)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font.font_bytes


@pytest.fixture
def latin(tmp_path: Path) -> str:
    path = tmp_path / "latin.ttf"
    path.write_bytes(_latin())
    return str(path)


def a_menu(*labels: str, size: tuple[int, int] = (2500, 1686), columns: int = 2) -> RichMenu:
    areas = tuple(MenuArea(label={"": label}) for label in labels)
    return RichMenu(key="main", bar={"": "Menu"}, areas=areas, size=size, columns=columns)


def test_the_picture_has_the_size_of_the_menu_and_is_the_same_every_time(latin: str) -> None:
    menu = a_menu("Find a home", "Book a viewing", "Repairs", size=(1200, 405), columns=3)
    drawn = draw_menu(menu, "en", "en", menu_font=latin)
    image = Image.open(BytesIO(drawn))
    assert (image.format, image.size) == ("PNG", (1200, 405))
    assert len(drawn) <= PICTURE_LIMIT_BYTES
    assert drawn == draw_menu(menu, "en", "en", menu_font=latin)


def test_other_labels_make_another_picture(latin: str) -> None:
    assert draw_menu(a_menu("Tea"), "en", "en", menu_font=latin) != draw_menu(
        a_menu("Sea"), "en", "en", menu_font=latin
    )


def test_twenty_areas_with_long_labels_are_drawn(latin: str) -> None:
    menu = a_menu(*["Twenty letters  each"] * 20, size=(800, 550), columns=6)
    assert Image.open(BytesIO(draw_menu(menu, "en", "en", menu_font=latin))).size == (800, 550)


def test_labels_without_glyphs_are_refused_by_name(latin: str) -> None:
    with pytest.raises(NoGlyphs) as refusal:
        draw_menu(a_menu("找房", "Repairs"), "zh-TW", "zh-TW", menu_font=latin)
    assert refusal.value.characters == "找房"
    assert "找 房" in refusal.value.message


def test_a_picture_too_rich_for_png_becomes_a_jpeg_that_fits() -> None:
    noise = Image.frombytes("RGB", (1500, 1000), random.Random(7).randbytes(1500 * 1000 * 3))
    encoded = _encoded(noise)
    assert Image.open(BytesIO(encoded)).format == "JPEG"
    assert len(encoded) <= PICTURE_LIMIT_BYTES


@given(
    st.integers(1, 20), st.integers(1, 6), st.tuples(st.integers(800, 2500), st.integers(250, 1700))
)  # fmt: skip
def test_areas_tile_the_picture_without_gap_or_overlap(
    count: int, columns: int, size: tuple[int, int]
) -> None:
    bounds = areas_of(a_menu(*["x"] * count, size=size, columns=columns))
    assert len(bounds) == count
    assert sum(w * h for _, _, w, h in bounds) == size[0] * size[1]
    assert all(w > 0 and h > 0 and x + w <= size[0] and y + h <= size[1] for x, y, w, h in bounds)


def test_written_bounds_stay_as_they_are() -> None:
    area = MenuArea(label={"": "x"}, bounds=(1, 2, 3, 4))
    menu = RichMenu(key="main", bar={"": "Menu"}, areas=(area,))
    assert areas_of(menu) == ((1, 2, 3, 4),)
