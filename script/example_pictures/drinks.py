"""The drinks of the tea shop: one glass, filled differently."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from script.example_pictures.canvas import HEIGHT, WIDTH, Canvas

LEFT, RIGHT, TOP, BOTTOM = 412, 612, 190, 556
"""The glass between its rim and its foot."""
NARROWING = 26
"""How much further in each side is at the foot."""


@dataclass(frozen=True)
class Layer:
    """A share of the glass, from the top, in one colour."""

    share: float
    colour: str


def _inset(y: float) -> float:
    return NARROWING * (y - TOP) / (BOTTOM - TOP)


def _band(canvas: Canvas, top: float, bottom: float, colour: str) -> None:
    canvas.polygon(
        (
            (LEFT + _inset(top), top),
            (RIGHT - _inset(top), top),
            (RIGHT - _inset(bottom), bottom),
            (LEFT + _inset(bottom), bottom),
        ),
        colour,
    )


def _table(ground: str, disc: str, table: str) -> Canvas:
    canvas = Canvas(WIDTH, HEIGHT, ground)
    canvas.circle(512, 330, 270, disc)
    canvas.rect(0, 540, WIDTH, 126, table)
    canvas.rect(0, 540, WIDTH, 8, "#ffffff55")
    canvas.ellipse(512, 562, 190, 18, "#00000022")
    return canvas


def _glass(canvas: Canvas, layers: tuple[Layer, ...], straw: str) -> None:
    canvas.polygon(((548, 60), (574, 66), (536, 420), (512, 420)), straw)
    _band(canvas, TOP - 34, BOTTOM, "#ffffff66")
    total, at = sum(layer.share for layer in layers), float(TOP)
    for layer in layers:
        down = at + (BOTTOM - TOP) * layer.share / total
        _band(canvas, at, down, layer.colour)
        at = down
    canvas.ellipse(512, TOP, 100, 11, "#ffffff55")


def _shine(canvas: Canvas) -> None:
    canvas.rect(LEFT - 8, TOP - 44, RIGHT - LEFT + 16, 20, "#ffffffcc", 10)
    canvas.polygon(
        ((LEFT + 20, TOP - 10), (LEFT + 38, TOP - 10), (LEFT + 52, 500), (LEFT + 40, 500)), "#ffffff77"
    )


def _pearls(canvas: Canvas, colour: str, shine: str) -> None:
    for row, count in enumerate((7, 6, 7, 4)):
        y = BOTTOM - 16 - row * 25
        for place in range(count):
            x = 512 + (place - (count - 1) / 2) * 22 + row % 2 * 3
            canvas.circle(x, y, 12, colour)
            canvas.circle(x - 4, y - 4, 3, shine)


def _ice(canvas: Canvas, places: tuple[tuple[int, int], ...]) -> None:
    for x, y in places:
        canvas.polygon(((x - 26, y - 18), (x + 18, y - 26), (x + 27, y + 18), (x - 17, y + 27)), "#ffffff88")
        canvas.polygon(((x - 26, y - 18), (x + 18, y - 26), (x + 20, y - 14), (x - 23, y - 6)), "#ffffffaa")


def _slice(canvas: Canvas, x: float, y: float, radius: float, peel: str, flesh: str) -> None:
    canvas.circle(x, y, radius, peel)
    canvas.circle(x, y, radius * 0.86, "#fff6e0")
    canvas.circle(x, y, radius * 0.78, flesh)
    for dx, dy in ((1, 0), (0.5, 0.87), (-0.5, 0.87)):
        reach = radius * 0.76
        canvas.line(((x - dx * reach, y - dy * reach), (x + dx * reach, y + dy * reach)), "#fff6e0", 4)


def _leaf(canvas: Canvas, x: float, y: float, size: float, colour: str) -> None:
    steps = [step / 8 for step in range(9)]
    upper = [(x + size * at, y - size * 0.26 * math.sin(math.pi * at)) for at in steps]
    lower = [(x + size * at, y + size * 0.2 * math.sin(math.pi * at)) for at in reversed(steps)]
    canvas.polygon(upper + lower, colour)
    canvas.line(((x + 8, y), (x + size - 12, y)), "#ffffff66", 3)


def _streak(canvas: Canvas, x: float, width: float) -> None:
    """Syrup running down the inside of the glass."""
    steps = range(TOP + 12, 470, 6)
    canvas.line(
        [(x + 6 * math.sin(y / 38) + _inset(y) * (512 - x) / 100, y) for y in steps], "#a87449", width
    )


def brown_sugar_milk_tea() -> Canvas:
    canvas = _table("#f3dfc4", "#ecd0ab", "#b78358")
    _glass(canvas, (Layer(4, "#f4e3cf"), Layer(3, "#e2bd94"), Layer(3, "#c08d5f")), "#7a4a2b")
    for x, wide in ((LEFT + 26, 15), (LEFT + 78, 10), (RIGHT - 62, 13), (RIGHT - 30, 9)):
        _streak(canvas, x, wide)
    _pearls(canvas, "#4a2c1d", "#8a6242")
    _shine(canvas)
    for x, y in ((700, 552), (742, 546), (770, 560)):
        canvas.rect(x - 22, y - 22, 44, 40, "#7a4a2b", 6)
        canvas.rect(x - 22, y - 22, 44, 12, "#96643f", 6)
    return canvas


def roasted_milk_tea() -> Canvas:
    canvas = _table("#eadbc9", "#dfc8ae", "#8f6a50")
    _glass(canvas, (Layer(2, "#ead2b5"), Layer(8, "#c69a6d")), "#5b6b3a")
    _ice(canvas, ((470, 232), (548, 246), (506, 290)))
    _shine(canvas)
    _leaf(canvas, 250, 560, 90, "#7a5a3a")
    _leaf(canvas, 316, 580, 70, "#96714c")
    _leaf(canvas, 690, 572, 84, "#7a5a3a")
    return canvas


def four_seasons_tea() -> Canvas:
    canvas = _table("#e3eedd", "#cfe2c6", "#a98660")
    _glass(canvas, (Layer(1, "#e9d98b"), Layer(1, "#dfc866")), "#5f8f6b")
    _ice(canvas, ((466, 236), (552, 250), (496, 306), (562, 340)))
    _shine(canvas)
    _leaf(canvas, 676, 566, 100, "#5f8f6b")
    _leaf(canvas, 726, 588, 84, "#47745a")
    _leaf(canvas, 244, 574, 96, "#5f8f6b")
    return canvas


def passion_fruit_tea() -> Canvas:
    canvas = _table("#fde7c6", "#fbd59a", "#c9844a")
    _glass(canvas, (Layer(3, "#f7c14f"), Layer(4, "#f2a03f"), Layer(3, "#e87f3a")), "#c9514c")
    _slice(canvas, 470, 300, 42, "#f2a03f", "#f9c86a")
    _slice(canvas, 556, 380, 42, "#e8584a", "#f59a86")
    _ice(canvas, ((548, 246), (470, 430)))
    for x, y in ((450, 500), (490, 516), (530, 490), (566, 512), (510, 470), (474, 380), (520, 330)):
        canvas.ellipse(x, y, 5, 7, "#3b2a20")
    _shine(canvas)
    _slice(canvas, 730, 540, 58, "#f2a03f", "#f9c86a")
    canvas.circle(282, 548, 48, "#7a3f5c")
    canvas.circle(282, 548, 36, "#fdf1d8")
    canvas.circle(282, 548, 29, "#f2b23f")
    for x, y in ((272, 540), (290, 538), (282, 556), (296, 554), (268, 556)):
        canvas.ellipse(x, y, 4, 6, "#3b2a20")
    return canvas


def taro_milk() -> Canvas:
    canvas = _table("#e9e0ef", "#d8c8e4", "#9a7f8f")
    _glass(canvas, (Layer(5, "#faf4ef"), Layer(2, "#dccbe4"), Layer(3, "#b196c8")), "#7d5f9a")
    for x, y, size in ((460, 520, 16), (500, 534, 14), (540, 514, 17), (572, 532, 13), (520, 490, 13)):
        canvas.rect(x - size, y - size, size * 2, size * 2, "#9478ae", 6)
    _ice(canvas, ((474, 236), (552, 252)))
    _shine(canvas)
    canvas.ellipse(736, 544, 62, 44, "#8a6a5a")
    canvas.ellipse(718, 546, 34, 40, "#e9dff0")
    for x, y in ((708, 536), (722, 552), (730, 532), (712, 560)):
        canvas.circle(x, y, 3, "#b196c8")
    return canvas


def pomelo_green_tea() -> Canvas:
    canvas = _table("#e8f0d2", "#d5e4ab", "#9d9a5c")
    _glass(canvas, (Layer(4, "#e6e28c"), Layer(4, "#d6d86a"), Layer(2, "#f0d05a")), "#6f9f3a")
    _slice(canvas, 474, 330, 46, "#c7cf4f", "#f3eea0")
    _slice(canvas, 556, 440, 46, "#e9b44c", "#fae39a")
    _ice(canvas, ((552, 250), (466, 238), (476, 470)))
    canvas.line(((600, 176), (640, 128)), "#5f8f6b", 6)
    _leaf(canvas, 596, 160, 62, "#5f8f6b")
    _leaf(canvas, 636, 124, 56, "#47745a")
    _shine(canvas)
    _slice(canvas, 292, 546, 62, "#c7cf4f", "#f3eea0")
    return canvas


DRINKS: Mapping[str, Callable[[], Canvas]] = {
    draw.__name__: draw
    for draw in (
        brown_sugar_milk_tea,
        roasted_milk_tea,
        four_seasons_tea,
        passion_fruit_tea,
        taro_milk,
        pomelo_green_tea,
    )
}
"""Card id to the function that draws its picture."""
