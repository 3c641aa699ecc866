"""The pictures that ship: within LINE's limits, and what the script draws."""

from itertools import combinations
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from content.model import RichMenu
from playbook.schema import Playbook
from script.draw_examples import DRAWN
from script.example_pictures.canvas import FONT

EXAMPLES = Path(__file__).parents[2] / "examples"
SHIPPED = sorted(EXAMPLES.rglob("*.png"))
CARD_LIMIT_BYTES = 60_000
"""Our own: eight cards load at once, on a phone."""
MENU_LIMIT_BYTES = 1_000_000
ROUNDING = 8
"""Shades by which the same drawing may come out otherwise on another processor."""


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parts[-3]}/{path.stem}")
def test_a_picture_keeps_the_limits(path: Path) -> None:
    with Image.open(path) as image:
        if path.parent.name == "rich_menus":
            assert image.size == (2500, 1686)
            assert path.stat().st_size < MENU_LIMIT_BYTES
        else:
            assert image.size == (1024, 666)
            assert path.stat().st_size < CARD_LIMIT_BYTES


def test_every_picture_is_drawn_and_every_drawing_shipped() -> None:
    drawn = {EXAMPLES / folder / f"{name}.png" for folder, pictures in DRAWN.items() for name in pictures}
    assert set(SHIPPED) == drawn


def test_every_picture_is_used(playbook: Playbook) -> None:
    content = playbook.content
    used = {f"pictures/{card.picture}" for card in content.cards}
    for menu in content.rich_menus:
        names = [menu.picture] if isinstance(menu.picture, str) else (menu.picture or {}).values()
        used |= {f"rich_menus/{name}" for name in names}
    assert used == set(playbook.assets)


@pytest.mark.parametrize("folder", ["rental/pictures", "tea_shop/pictures"])
def test_the_script_draws_the_cards_as_they_are_shipped(folder: str, tmp_path: Path) -> None:
    for name, draw in DRAWN[folder].items():
        draw().save(tmp_path / "again.png")
        assert _difference(tmp_path / "again.png", EXAMPLES / folder / f"{name}.png") <= ROUNDING, name


def test_the_script_draws_the_menus_as_they_are_shipped(tmp_path: Path) -> None:
    if not FONT.exists():
        pytest.skip("needs fonts-noto-cjk")
    DRAWN["rental/rich_menus"]["main.ja"]().save(tmp_path / "again.png")
    assert _difference(tmp_path / "again.png", EXAMPLES / "rental/rich_menus/main.ja.png") <= ROUNDING


def test_areas_cover_the_menu_without_overlapping(tea_shop: Playbook) -> None:
    for menu in tea_shop.content.rich_menus:
        boxes = _boxes(menu)
        assert sum(width * height for _, _, width, height in boxes) == menu.size[0] * menu.size[1]
        assert not any(_overlap(one, other) for one, other in combinations(boxes, 2))


def _boxes(menu: RichMenu) -> list[tuple[int, int, int, int]]:
    return [area.bounds for area in menu.areas if area.bounds is not None]


def _overlap(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    x, y, width, height = one
    left, top, wide, high = other
    return x < left + wide and left < x + width and y < top + high and top < y + height


def _difference(one: Path, other: Path) -> int:
    """Return by how many shades of 255 two pictures differ at most."""
    with Image.open(one) as first, Image.open(other) as second:
        return max(ImageChops.difference(first.convert("RGB"), second.convert("RGB")).tobytes())
