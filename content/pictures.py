"""Rich menu pictures drawn from their labels, for playbooks that bring none of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise

from PIL import Image, ImageDraw, ImageFont

from content.fonts import find_font, missing_characters
from content.model import RichMenu
from content.text import pick
from core.errors import Rejected

PICTURE_LIMIT_BYTES = 1_000_000
"""LINE's limit for the picture of a rich menu."""

Bounds = tuple[int, int, int, int]
"""x, y, width, height, in pixels of the picture."""


@dataclass(frozen=True)
class Palette:
    background: str = "#e8ecef"
    panel: str = "#ffffff"
    text: str = "#1f2933"
    accents: tuple[str, ...] = ("#2f6f62", "#b4643c", "#3f5c9a", "#8a6d1d", "#7a4a82", "#4b6b2f")
    """The bar of each area, in turn."""


class NoGlyphs(Rejected):
    """No font here can draw these characters, and boxes are never drawn."""

    def __init__(self, characters: str) -> None:
        super().__init__(
            f"no installed font draws {' '.join(characters)}; install one (for Chinese, Japanese and Korean"
            " `fonts-noto-cjk`), name one in MENU_FONT, or bring a picture"
        )
        self.characters = characters


def areas_of(menu: RichMenu) -> tuple[Bounds, ...]:
    """Return where each area lies: as written, else as equal parts of the picture.

    A last row with fewer areas gives them more room; every pixel belongs to exactly one of them.
    """
    shared = _grid(menu.size, menu.columns, len(menu.areas))
    return tuple(area.bounds or cell for area, cell in zip(menu.areas, shared, strict=True))


def draw_menu(
    menu: RichMenu,
    language: str,
    default_language: str,
    *,
    menu_font: str | None = None,
    palette: Palette | None = None,
) -> bytes:
    """Return the picture of `menu` in `language`: a PNG, or a JPEG where that would pass LINE's 1 MB.

    The same menu and font give the same bytes.

    :raises NoGlyphs: no font draws every character; nothing is drawn then.
    """
    labels = [pick(area.label, language, default_language) for area in menu.areas]
    font = find_font("".join(labels), menu_font=menu_font, language=language)
    if font is None:
        raise NoGlyphs(missing_characters("".join(labels), menu_font=menu_font))
    colours = palette or Palette()
    image = Image.new("RGB", menu.size, colours.background)
    draw = ImageDraw.Draw(image)
    places = areas_of(menu)
    gap = max(2, min(menu.size) // 100)
    inner = [(x + gap, y + gap, max(1, w - 2 * gap), max(1, h - 2 * gap)) for x, y, w, h in places]
    lines, type_size = _fitted(labels, inner, str(font.path), font.index)
    face = ImageFont.truetype(str(font.path), type_size, index=font.index)
    for place, (bounds, label) in enumerate(zip(inner, lines, strict=True)):
        _draw_panel(draw, bounds, colours, colours.accents[place % len(colours.accents)])
        _draw_label(draw, bounds, label, face, colours.text)
    return _encoded(image)


def _grid(size: tuple[int, int], columns: int, count: int) -> tuple[Bounds, ...]:
    rows = [min(columns, count - start) for start in range(0, count, columns)]
    cells: list[Bounds] = []
    for (top, bottom), in_row in zip(_cuts(size[1], len(rows)), rows, strict=True):
        cells += [(left, top, right - left, bottom - top) for left, right in _cuts(size[0], in_row)]
    return tuple(cells)


def _cuts(length: int, parts: int) -> list[tuple[int, int]]:
    """Cut `length` into nearly equal stretches without a gap."""
    return list(pairwise(length * part // parts for part in range(parts + 1))) if parts else []


def _fitted(labels: Sequence[str], places: Sequence[Bounds], font: str, index: int) -> tuple[list[str], int]:
    """Break long labels into two lines and find the one size of type at which all of them fit."""
    size = max(8, min(h for _, _, _, h in places) // 4) if places else 8
    while size > 8:
        face = ImageFont.truetype(font, size, index=index)
        lines = [_broken(label, w * 0.86, face) for label, (_, _, w, _) in zip(labels, places, strict=True)]
        if all(_fits(text, bounds, face) for text, bounds in zip(lines, places, strict=True)):
            return lines, size
        size = size * 9 // 10
    return list(labels), 8


def _broken(label: str, width: float, face: ImageFont.FreeTypeFont) -> str:
    if face.getlength(label) <= width or len(label) < 4:
        return label
    middle = len(label) // 2
    spaces = [place for place, character in enumerate(label) if character == " "]
    at = min(spaces, key=lambda place: abs(place - middle), default=(len(label) + 1) // 2)
    return f"{label[:at].rstrip()}\n{label[at:].lstrip()}"


def _fits(text: str, bounds: Bounds, face: ImageFont.FreeTypeFont) -> bool:
    lines = text.split("\n")
    height = sum(face.getmetrics()) * len(lines)
    return max(map(face.getlength, lines)) <= bounds[2] * 0.86 and height <= bounds[3] * 0.7


def _draw_panel(draw: ImageDraw.ImageDraw, bounds: Bounds, colours: Palette, accent: str) -> None:
    x, y, w, h = bounds
    radius = min(w, h) // 12
    draw.rounded_rectangle((x, y, x + w - 1, y + h - 1), radius, fill=colours.panel)
    bar_w, bar_h = max(2, w // 6), max(2, h // 40)
    left, top = x + (w - bar_w) // 2, y + h * 5 // 6
    draw.rounded_rectangle((left, top, left + bar_w, top + bar_h), bar_h // 2, fill=accent)


def _draw_label(
    draw: ImageDraw.ImageDraw, bounds: Bounds, label: str, face: ImageFont.FreeTypeFont, colour: str
) -> None:
    x, y, w, h = bounds
    draw.multiline_text(
        (x + w / 2, y + h * 0.47), label, font=face, fill=colour, anchor="mm", align="center", spacing=0
    )


def _encoded(image: Image.Image) -> bytes:
    out = BytesIO()
    # A few dozen shades are all that letters on plain ground need, and a quarter of the bytes.
    image.quantize(64, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    quality = 90
    while out.tell() > PICTURE_LIMIT_BYTES and quality >= 30:
        out = BytesIO()
        image.save(out, "JPEG", quality=quality, optimize=True)
        quality -= 20
    return out.getvalue()
