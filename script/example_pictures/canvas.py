"""A drawing surface in final pixels, drawn twice as large and shrunk, so that edges come out smooth."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FONT = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc")
"""From Debian's fonts-noto-cjk: one file, one face per writing tradition."""
FACES = {"ja": 0, "en": 3, "zh-TW": 3}

WIDTH, HEIGHT = 1024, 666
"""Of a card's picture: LINE shows 1024 pixels at most, 20:13 as cards are cut."""

ENLARGED = 2
PALETTE_COLOURS = 256

Point = tuple[float, float]


@cache
def _font(size: int, language: str) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONT, size, index=FACES[language])


class Canvas:
    """Shapes over each other; colours are `#rrggbb` or `#rrggbbaa`."""

    def __init__(self, width: int, height: int, background: str) -> None:
        self.width, self.height = width, height
        self._image = Image.new("RGB", (width * ENLARGED, height * ENLARGED), background)
        self._draw = ImageDraw.Draw(self._image, "RGBA")

    def rect(self, x: float, y: float, width: float, height: float, colour: str, radius: float = 0) -> None:
        box = self._scaled(((x, y), (x + width, y + height)))
        self._draw.rounded_rectangle(_inclusive(box), radius * ENLARGED, fill=colour)

    def tab(self, x: float, y: float, width: float, height: float, colour: str, radius: float) -> None:
        """Draw a rectangle with its upper corners rounded."""
        box = self._scaled(((x, y), (x + width, y + height)))
        corners = (True, True, False, False)
        self._draw.rounded_rectangle(_inclusive(box), radius * ENLARGED, fill=colour, corners=corners)

    def circle(self, x: float, y: float, radius: float, colour: str) -> None:
        self.ellipse(x, y, radius, radius, colour)

    def ellipse(self, x: float, y: float, across: float, down: float, colour: str) -> None:
        """Draw an ellipse around (x, y) with these two radii."""
        self._draw.ellipse(self._scaled(((x - across, y - down), (x + across, y + down))), fill=colour)

    def dome(self, x: float, y: float, radius: float, colour: str) -> None:
        """Draw the upper half of a circle around (x, y)."""
        box = self._scaled(((x - radius, y - radius), (x + radius, y + radius)))
        self._draw.pieslice(box, 180, 360, fill=colour)

    def polygon(self, points: Sequence[Point], colour: str) -> None:
        self._draw.polygon(self._scaled(points), fill=colour)

    def line(self, points: Sequence[Point], colour: str, width: float) -> None:
        """Draw a line through the points with round ends and corners."""
        self._draw.line(self._scaled(points), fill=colour, width=round(width * ENLARGED))
        for x, y in points:
            self.circle(x, y, width / 2, colour)

    def ring(self, x: float, y: float, radius: float, colour: str, width: float) -> None:
        self.arc(x, y, radius, 0, 360, colour, width)

    def arc(
        self, x: float, y: float, radius: float, start: float, end: float, colour: str, width: float
    ) -> None:
        """Draw part of a ring, clockwise in degrees from three o'clock; `radius` is that of its middle."""
        outer = radius + width / 2
        box = self._scaled(((x - outer, y - outer), (x + outer, y + outer)))
        self._draw.arc(box, start, end, fill=colour, width=round(width * ENLARGED))

    def fade(self, x: float, y: float, width: float, height: float, top: str, bottom: str) -> None:
        """Fill a rectangle with eight bands from one colour to the other."""
        bands = 8
        for band in range(bands):
            colour = _between(top, bottom, band / (bands - 1))
            self.rect(x, y + height * band / bands, width, height / bands + 1, colour)

    def text(self, x: float, y: float, words: str, size: int, colour: str, language: str) -> None:
        """Write one line centred on (x, y)."""
        at = (x * ENLARGED, y * ENLARGED)
        self._draw.text(at, words, fill=colour, font=_font(size * ENLARGED, language), anchor="mm")

    def text_width(self, words: str, size: int, language: str) -> float:
        return _font(size * ENLARGED, language).getlength(words) / ENLARGED

    def save(self, path: Path) -> None:
        """Write a PNG of 256 colours: flat drawings lose nothing by it and shrink to a third."""
        small = self._image.resize((self.width, self.height), Image.Resampling.LANCZOS)
        flat = small.quantize(PALETTE_COLOURS, dither=Image.Dither.NONE)
        flat.save(path, optimize=True)

    def _scaled(self, points: Sequence[Point]) -> list[Point]:
        return [(x * ENLARGED, y * ENLARGED) for x, y in points]


def _inclusive(box: list[Point]) -> list[Point]:
    """Return the box without its last row and column, which Pillow would fill, too."""
    (left, top), (right, bottom) = box
    return [(left, top), (max(left, right - 1), max(top, bottom - 1))]


def _between(one: str, other: str, share: float) -> str:
    pairs = zip(bytes.fromhex(one[1:]), bytes.fromhex(other[1:]), strict=True)
    return "#" + bytes(round(a + (b - a) * share) for a, b in pairs).hex()
