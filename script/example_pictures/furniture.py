"""What stands in the drawn homes, each piece placed by the point where it touches floor or wall."""

import math

from script.example_pictures.canvas import Canvas

WOOD, DARK_WOOD, BRASS = "#b98a5e", "#8a6242", "#d9a441"
LEAF, LEAF_DARK, POT = "#5f8f6b", "#47745a", "#c9714c"
CREAM, INK, SHADE = "#fffaf0", "#3b3a45", "#00000014"


def floor(canvas: Canvas, top: float, colour: str, joint: str) -> None:
    """Boards from `top` to the lower edge, with a skirting board."""
    canvas.rect(0, top, canvas.width, canvas.height - top, colour)
    for row, y in enumerate(range(int(top) + 46, canvas.height, 46)):
        canvas.rect(0, y, canvas.width, 3, joint)
        for x in range(-140 + row % 2 * 150, canvas.width, 300):
            canvas.rect(x, y - 46, 3, 46, joint)
    canvas.rect(0, top - 16, canvas.width, 16, CREAM)
    canvas.rect(0, top, canvas.width, 5, SHADE)


def window(canvas: Canvas, x: float, y: float, width: float, height: float, sky: str) -> None:
    """An open view in a white frame; draw the view afterwards, then `bars`."""
    canvas.rect(x - 14, y - 14, width + 28, height + 28, CREAM, 6)
    canvas.rect(x, y, width, height, sky)


def bars(canvas: Canvas, x: float, y: float, width: float, height: float, columns: int = 2) -> None:
    for column in range(1, columns):
        canvas.rect(x + width * column / columns - 5, y, 10, height, CREAM)
    canvas.rect(x - 30, y + height + 10, width + 60, 16, CREAM, 4)
    canvas.rect(x - 30, y + height + 26, width + 60, 5, SHADE)


def curtain(canvas: Canvas, x: float, y: float, width: float, height: float, colour: str, fold: str) -> None:
    canvas.rect(x, y, width, height, colour, 8)
    for share in (0.3, 0.62):
        canvas.rect(x + width * share, y, 5, height - 6, fold)


def rail(canvas: Canvas, x: float, y: float, width: float) -> None:
    canvas.line(((x, y), (x + width, y)), DARK_WOOD, 9)
    for end in (x, x + width):
        canvas.circle(end, y, 10, DARK_WOOD)


def plant(canvas: Canvas, x: float, y: float, size: float) -> None:
    """A potted plant standing at (x, y), about `size` high."""
    pot = size * 0.3
    for angle in (-62, -38, -14, 12, 36, 60):
        tip = math.radians(angle - 90)
        reach = size * (0.66 - abs(angle) / 400)
        end = (x + math.cos(tip) * reach, y - pot + math.sin(tip) * reach)
        middle = ((x + end[0]) / 2, (y - pot + end[1]) / 2)
        aside = size * 0.09
        across = (math.cos(tip + math.pi / 2) * aside, math.sin(tip + math.pi / 2) * aside)
        canvas.polygon(
            (
                (x, y - pot),
                (middle[0] + across[0], middle[1] + across[1]),
                end,
                (middle[0] - across[0], middle[1] - across[1]),
            ),
            LEAF if angle % 4 else LEAF_DARK,
        )
    wide = size * 0.19
    canvas.polygon(
        ((x - wide, y - pot), (x + wide, y - pot), (x + wide * 0.75, y), (x - wide * 0.75, y)), POT
    )
    canvas.rect(x - wide * 1.12, y - pot - 4, wide * 2.24, size * 0.07, POT, 4)


def sofa(canvas: Canvas, x: float, y: float, width: float, colour: str, light: str) -> None:
    """A sofa whose feet stand at height `y`, starting at `x`."""
    for foot in (x + 34, x + width - 48):
        canvas.rect(foot, y - 24, 14, 24, DARK_WOOD)
    canvas.rect(x + 20, y - 190, width - 40, 150, colour, 28)
    canvas.rect(x + 44, y - 110, width / 2 - 46, 62, light, 18)
    canvas.rect(x + width / 2 + 2, y - 110, width / 2 - 46, 62, light, 18)
    canvas.rect(x + 20, y - 62, width - 40, 42, colour, 10)
    canvas.rect(x, y - 130, 54, 112, colour, 24)
    canvas.rect(x + width - 54, y - 130, 54, 112, colour, 24)


def cushion(canvas: Canvas, x: float, y: float, colour: str) -> None:
    canvas.polygon(((x, y - 40), (x + 44, y - 6), (x + 6, y + 38), (x - 42, y + 2)), colour)


def bed(canvas: Canvas, x: float, y: float, width: float, cover: str, fold: str) -> None:
    """A bed seen from its side, head on the left, feet at height `y`."""
    canvas.rect(x, y - 190, 26, 190, DARK_WOOD, 10)
    canvas.rect(x + width - 22, y - 96, 22, 96, DARK_WOOD, 8)
    canvas.rect(x + 20, y - 60, width - 36, 32, WOOD)
    canvas.rect(x + 24, y - 112, width - 48, 56, CREAM, 16)
    canvas.rect(x + 40, y - 144, 120, 44, "#ffffff", 20)
    canvas.rect(x + 150, y - 124, width - 176, 74, cover, 16)
    canvas.rect(x + 150, y - 124, 44, 74, fold, 14)


def lamp(canvas: Canvas, x: float, y: float, height: float, shade: str) -> None:
    """A floor lamp standing at (x, y)."""
    canvas.rect(x - 4, y - height + 60, 8, height - 64, INK)
    canvas.rect(x - 40, y - 10, 80, 10, INK, 5)
    canvas.polygon(
        ((x - 38, y - height), (x + 38, y - height), (x + 62, y - height + 82), (x - 62, y - height + 82)),
        shade,
    )


def pendant(canvas: Canvas, x: float, length: float, shade: str) -> None:
    canvas.rect(x - 2, 0, 4, length, INK)
    canvas.polygon(((x - 16, length), (x + 16, length), (x + 52, length + 54), (x - 52, length + 54)), shade)
    canvas.circle(x, length + 56, 13, "#ffe9a8")


def painting(
    canvas: Canvas, x: float, y: float, width: float, height: float, ground: str, figure: str
) -> None:
    canvas.rect(x, y, width, height, DARK_WOOD, 4)
    canvas.rect(x + 9, y + 9, width - 18, height - 18, ground)
    canvas.circle(x + width * 0.62, y + height * 0.4, height * 0.15, "#f3c969")
    canvas.polygon(
        (
            (x + 9, y + height - 9),
            (x + width * 0.38, y + height * 0.45),
            (x + width * 0.62, y + height * 0.72),
            (x + width * 0.78, y + height * 0.58),
            (x + width - 9, y + height - 9),
        ),
        figure,
    )


def shelf(canvas: Canvas, x: float, y: float, width: float, spines: tuple[str, ...]) -> None:
    """A board on the wall with books of different heights on it."""
    at = x + 12
    for place, colour in enumerate(spines):
        tall, wide = 62 + place * 29 % 34, 18 + place * 7 % 12
        canvas.rect(at, y - tall, wide, tall, colour, 3)
        at += wide + 4
    canvas.rect(x, y, width, 14, WOOD, 4)
    canvas.rect(x, y + 14, width, 5, SHADE)


def table(canvas: Canvas, x: float, y: float, width: float, height: float) -> None:
    canvas.rect(x, y - height, width, 18, WOOD, 6)
    for leg in (x + 22, x + width - 36):
        canvas.rect(leg, y - height + 18, 14, height - 18, DARK_WOOD)


def cat(canvas: Canvas, x: float, y: float, colour: str) -> None:
    """A cat sitting at (x, y), seen from the front."""
    canvas.arc(x + 34, y - 28, 30, 300, 90, colour, 13)
    canvas.ellipse(x, y - 38, 36, 44, colour)
    for side in (-1, 1):
        canvas.polygon(((x + side * 30, y - 124), (x + side * 4, y - 106), (x + side * 32, y - 88)), colour)
    canvas.ellipse(x, y - 88, 34, 29, colour)
    for side in (-1, 1):
        canvas.circle(x + side * 13, y - 92, 4.5, INK)
        canvas.ellipse(x + side * 14, y - 4, 13, 8, colour)
    canvas.polygon(((x - 5, y - 82), (x + 5, y - 82), (x, y - 76)), "#d98a7a")
    canvas.ellipse(x, y - 36, 17, 24, "#ffffff55")


def dog(canvas: Canvas, x: float, y: float, colour: str, dark: str) -> None:
    """A dog sitting at (x, y), seen from the front."""
    canvas.line(((x + 40, y - 20), (x + 66, y - 44)), colour, 15)
    canvas.ellipse(x, y - 46, 44, 50, colour)
    for side in (-1, 1):
        canvas.rect(x + side * 19 - 13, y - 58, 26, 58, colour, 13)
    canvas.ellipse(x, y - 112, 42, 38, colour)
    for side in (-1, 1):
        canvas.ellipse(x + side * 42, y - 108, 15, 31, dark)
        canvas.circle(x + side * 15, y - 118, 5, INK)
    canvas.ellipse(x, y - 96, 19, 15, "#ffffff99")
    canvas.ellipse(x, y - 101, 8, 6, INK)


def tree(canvas: Canvas, x: float, y: float, size: float, leaves: str = LEAF) -> None:
    """A round tree standing at (x, y)."""
    canvas.rect(x - size * 0.05, y - size * 0.45, size * 0.1, size * 0.45, DARK_WOOD)
    canvas.circle(x, y - size * 0.68, size * 0.31, leaves)
    canvas.circle(x - size * 0.2, y - size * 0.52, size * 0.2, leaves)
    canvas.circle(x + size * 0.2, y - size * 0.52, size * 0.2, leaves)
    canvas.circle(x + size * 0.1, y - size * 0.76, size * 0.12, "#ffffff22")


def hills(canvas: Canvas, x: float, y: float, width: float, height: float) -> None:
    """Two ridges that fill a view whose lower left corner is (x, y)."""
    for colour, peaks in (
        ("#8fb8a0", (0.25, 0.62, 0.78, 0.45, 0.7, 0.52)),
        ("#5f9276", (0.4, 0.22, 0.36, 0.5, 0.24, 0.32)),
    ):
        step = width / (len(peaks) - 1)
        ridge = [(x + place * step, y - height * peak) for place, peak in enumerate(peaks)]
        canvas.polygon([(x, y), *ridge, (x + width, y)], colour)
