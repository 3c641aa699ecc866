"""Pictograms for the menus: centred on (x, y), within a square of about `size`."""

from collections.abc import Callable

from script.example_pictures.canvas import Canvas

Icon = Callable[[Canvas, float, float, float, str, str], None]
"""canvas, x, y, size, colour of the lines, colour of the ground behind."""


def home_search(canvas: Canvas, x: float, y: float, size: float, ink: str, ground: str) -> None:
    """A house, and a magnifying glass over its corner."""
    s = size / 100
    canvas.polygon(((x - 48 * s, y - 2 * s), (x - 6 * s, y - 42 * s), (x + 36 * s, y - 2 * s)), ink)
    canvas.line(((x - 46 * s, y - 3 * s), (x - 6 * s, y - 40 * s), (x + 34 * s, y - 3 * s)), ink, 8 * s)
    canvas.rect(x - 36 * s, y - 8 * s, 60 * s, 46 * s, ink, 4 * s)
    canvas.rect(x - 20 * s, y + 10 * s, 17 * s, 28 * s, ground, 2 * s)
    canvas.circle(x + 24 * s, y + 20 * s, 25 * s, ground)
    canvas.line(((x + 24 * s, y + 20 * s), (x + 46 * s, y + 42 * s)), ground, 17 * s)
    canvas.ring(x + 24 * s, y + 20 * s, 16 * s, ink, 7 * s)
    canvas.line(((x + 36 * s, y + 32 * s), (x + 46 * s, y + 42 * s)), ink, 9 * s)


def calendar(canvas: Canvas, x: float, y: float, size: float, ink: str, ground: str) -> None:
    """A calendar leaf with a tick."""
    s = size / 100
    canvas.rect(x - 42 * s, y - 34 * s, 84 * s, 76 * s, ink, 11 * s)
    canvas.rect(x - 34 * s, y - 10 * s, 68 * s, 44 * s, ground, 5 * s)
    for side in (-1, 1):
        canvas.line(((x + side * 21 * s, y - 42 * s), (x + side * 21 * s, y - 26 * s)), ground, 15 * s)
        canvas.line(((x + side * 21 * s, y - 41 * s), (x + side * 21 * s, y - 27 * s)), ink, 8 * s)
    canvas.line(((x - 16 * s, y + 12 * s), (x - 4 * s, y + 23 * s), (x + 18 * s, y + 1 * s)), ink, 8 * s)


def wrench(canvas: Canvas, x: float, y: float, size: float, ink: str, ground: str) -> None:
    """A spanner, slanting."""
    s = size / 100
    canvas.line(((x - 30 * s, y + 30 * s), (x + 16 * s, y - 16 * s)), ink, 20 * s)
    canvas.circle(x + 20 * s, y - 20 * s, 25 * s, ink)
    canvas.polygon(
        (
            (x + 16 * s, y - 26 * s),
            (x + 44 * s, y - 56 * s),
            (x + 58 * s, y - 42 * s),
            (x + 26 * s, y - 16 * s),
        ),
        ground,
    )
    canvas.circle(x + 20 * s, y - 21 * s, 8 * s, ground)
    canvas.circle(x - 29 * s, y + 29 * s, 5 * s, ground)


def person(canvas: Canvas, x: float, y: float, size: float, ink: str, ground: str) -> None:
    """Head and shoulders with a headset."""
    s = size / 100
    canvas.dome(x, y + 46 * s, 42 * s, ink)
    canvas.circle(x, y - 14 * s, 27 * s, ground)
    canvas.circle(x, y - 14 * s, 22 * s, ink)
    canvas.arc(x, y - 14 * s, 32 * s, 180, 360, ink, 6 * s)
    for side in (-1, 1):
        canvas.rect(x + side * 32 * s - 6 * s, y - 20 * s, 12 * s, 21 * s, ink, 5 * s)
    canvas.arc(x + 12 * s, y - 2 * s, 20 * s, 10, 90, ink, 5 * s)
    canvas.circle(x + 12 * s, y + 18 * s, 5 * s, ink)


def pin(canvas: Canvas, x: float, y: float, size: float, ink: str, ground: str) -> None:
    """A mark on a map."""
    s = size / 100
    canvas.ellipse(x, y + 42 * s, 24 * s, 6 * s, ink + "55")
    canvas.polygon(((x - 27 * s, y + 2 * s), (x + 27 * s, y + 2 * s), (x, y + 42 * s)), ink)
    canvas.circle(x, y - 12 * s, 31 * s, ink)
    canvas.circle(x, y - 12 * s, 13 * s, ground)


def gift(canvas: Canvas, x: float, y: float, size: float, ink: str, ground: str) -> None:
    """A parcel with a bow."""
    s = size / 100
    for side in (-1, 1):
        canvas.ring(x + side * 13 * s, y - 30 * s, 11 * s, ink, 7 * s)
    canvas.rect(x - 42 * s, y - 20 * s, 84 * s, 20 * s, ink, 5 * s)
    canvas.rect(x - 36 * s, y + 5 * s, 72 * s, 38 * s, ink, 5 * s)
    canvas.rect(x - 5 * s, y - 20 * s, 10 * s, 63 * s, ground)


def cup(canvas: Canvas, x: float, y: float, size: float, ink: str, ground: str) -> None:
    """A takeaway cup with a straw."""
    s = size / 100
    canvas.line(((x + 6 * s, y - 18 * s), (x + 16 * s, y - 46 * s)), ink, 7 * s)
    canvas.rect(x - 34 * s, y - 24 * s, 68 * s, 12 * s, ink, 5 * s)
    canvas.polygon(
        (
            (x - 29 * s, y - 8 * s),
            (x + 29 * s, y - 8 * s),
            (x + 21 * s, y + 44 * s),
            (x - 21 * s, y + 44 * s),
        ),
        ink,
    )
    for dx, dy in ((-11, 34), (0, 34), (11, 34), (-6, 24), (6, 24)):
        canvas.circle(x + dx * s, y + dy * s, 4 * s, ground)


def star_cup(canvas: Canvas, x: float, y: float, size: float, ink: str, ground: str) -> None:
    """A new drink: the cup, and sparks beside it."""
    s = size / 100
    cup(canvas, x - 10 * s, y + 4 * s, size * 0.92, ink, ground)
    for dx, dy, reach in ((34, -26, 15), (38, 8, 9)):
        canvas.polygon(_spark(x + dx * s, y + dy * s, reach * s), ink)


def clock(canvas: Canvas, x: float, y: float, size: float, ink: str, ground: str) -> None:
    s = size / 100
    canvas.circle(x, y, 43 * s, ink)
    canvas.circle(x, y, 33 * s, ground)
    canvas.line(((x, y - 20 * s), (x, y), (x + 15 * s, y + 9 * s)), ink, 8 * s)


def scooter(canvas: Canvas, x: float, y: float, size: float, ink: str, ground: str) -> None:
    """A delivery scooter with its box."""
    s = size / 100
    for wheel in (-28, 30):
        canvas.circle(x + wheel * s, y + 28 * s, 16 * s, ink)
        canvas.circle(x + wheel * s, y + 28 * s, 7 * s, ground)
    canvas.line(
        (
            (x - 30 * s, y + 14 * s),
            (x - 10 * s, y + 14 * s),
            (x + 8 * s, y + 20 * s),
            (x + 22 * s, y - 26 * s),
        ),
        ink,
        10 * s,
    )
    canvas.line(((x + 12 * s, y - 28 * s), (x + 30 * s, y - 28 * s)), ink, 7 * s)
    canvas.line(((x + 22 * s, y - 24 * s), (x + 30 * s, y + 26 * s)), ink, 7 * s)
    canvas.rect(x - 46 * s, y - 32 * s, 42 * s, 34 * s, ink, 5 * s)
    canvas.rect(x - 38 * s, y + 2 * s, 34 * s, 14 * s, ink, 5 * s)
    canvas.rect(x - 38 * s, y - 18 * s, 26 * s, 6 * s, ground, 3 * s)


def heart_cup(canvas: Canvas, x: float, y: float, size: float, ink: str, ground: str) -> None:
    """The cup that we remember."""
    s = size / 100
    cup(canvas, x, y, size, ink, ink)
    for side in (-1, 1):
        canvas.circle(x + side * 7 * s, y + 12 * s, 9 * s, ground)
    canvas.polygon(((x - 15 * s, y + 15 * s), (x + 15 * s, y + 15 * s), (x, y + 32 * s)), ground)


def _spark(x: float, y: float, reach: float) -> list[tuple[float, float]]:
    inner = reach * 0.28
    return [
        (x, y - reach),
        (x + inner, y - inner),
        (x + reach, y),
        (x + inner, y + inner),
        (x, y + reach),
        (x - inner, y + inner),
        (x - reach, y),
        (x - inner, y - inner),
    ]
