"""The menu pictures of both examples, with their labels written on them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from script.example_pictures import icons
from script.example_pictures.canvas import Canvas
from script.example_pictures.icons import Icon

WIDTH, HEIGHT = 2500, 1686
TAB_HEIGHT = 300


@dataclass(frozen=True)
class Tile:
    """One area: its pictogram, label, line below the label, and colours."""

    icon: Icon
    label: str
    note: str
    ground: str
    disc: str
    ink: str


def _tile(canvas: Canvas, tile: Tile, box: tuple[int, int, int, int], language: str) -> None:
    x, y, width, height = box
    canvas.rect(x, y, width, height, tile.ground, 64)
    middle = x + width / 2
    disc = min(height * 0.5, width * 0.54, 560)
    label = min(132, _fitting(canvas, tile.label, round(height * 0.155), width - 120, language))
    note = min(62, _fitting(canvas, tile.note, round(height * 0.08), width - 120, language))
    between = height * 0.03
    # Lines are about one and a half times as high as their letters.
    at = y + (height - disc - between - 1.5 * label - 1.3 * note) / 2
    canvas.circle(middle, at + disc / 2, disc / 2, tile.disc)
    tile.icon(canvas, middle, at + disc / 2, disc * 0.62, tile.ink, tile.disc)
    at += disc + between + 0.75 * label
    canvas.text(middle, at, tile.label, label, tile.ink, language)
    at += 0.75 * label + 0.65 * note
    canvas.text(middle, at, tile.note, note, tile.ink + "cc", language)


def _fitting(canvas: Canvas, words: str, size: int, width: float, language: str) -> int:
    wide = canvas.text_width(words, size, language)
    return size if wide <= width else int(size * width / wide)


_RENTAL_WORDS = {
    "zh-TW": (
        ("找房", "5 題幫您挑好房"),
        ("預約看房", "選時間，專員帶看"),
        ("報修", "漏水、冷氣、門鎖…"),
        ("專人服務", "每日 10:00–20:00"),
    ),
    "ja": (
        ("お部屋探し", "5つの質問でご提案"),
        ("内見予約", "ご希望の日時を選ぶだけ"),
        ("修理のご依頼", "水漏れ・エアコン・鍵など"),
        ("担当者に相談", "毎日 10:00～20:00"),
    ),
    "en": (
        ("Find a home", "Five questions, homes that fit"),
        ("Book a viewing", "Pick a time that suits you"),
        ("Repairs", "Leaks, cooling, locks and more"),
        ("Talk to us", "Every day, 10:00–20:00"),
    ),
}
_RENTAL_LOOKS: tuple[tuple[Icon, str, str, str], ...] = (
    (icons.home_search, "#2f6f69", "#3f857e", "#fdf6e7"),
    (icons.calendar, "#f3c27a", "#f8d8a4", "#5a3a1c"),
    (icons.wrench, "#e08a63", "#e9a482", "#4f2416"),
    (icons.person, "#cfe0d6", "#e4efe8", "#24524d"),
)


def rental(language: str) -> Canvas:
    """Four tiles, two by two."""
    canvas = Canvas(WIDTH, HEIGHT, "#fbf4e6")
    gap = 36
    width, height = (WIDTH - 3 * gap) // 2, (HEIGHT - 3 * gap) // 2
    for place, (words, looks) in enumerate(zip(_RENTAL_WORDS[language], _RENTAL_LOOKS, strict=True)):
        icon, ground, disc, ink = looks
        x, y = gap + place % 2 * (width + gap), gap + place // 2 * (height + gap)
        _tile(canvas, Tile(icon, *words, ground, disc, ink), (x, y, width, height), language)
    return canvas


@dataclass(frozen=True)
class Page:
    """What one tab of the tea shop's menu looks like."""

    ground: str
    tiles: tuple[Tile, Tile, Tile]


TABS = ("找門市", "每月好禮", "新品")
_BROWN, _MILK, _CREAM, _LEAF = "#5a3522", "#e8c79e", "#fff7e8", "#3f6b4f"

PAGES = {
    "stores": Page(
        "#f6e6cf",
        (
            Tile(icons.pin, "附近門市", "公館・永康・板橋", "#e8c79e", "#f4dfc2", _BROWN),
            Tile(icons.clock, "營業時間", "每日 10:30–22:00", _CREAM, "#f6e6cf", _BROWN),
            Tile(icons.scooter, "外送", "怎麼訂、多少錢", "#cfdcc0", "#e3ecd8", _LEAF),
        ),
    ),
    "gifts": Page(
        "#f7ddd3",
        (
            Tile(icons.gift, "本月好禮", "每月一份，準備中", "#e79c84", "#f2b9a6", "#5a2318"),
            Tile(icons.heart_cup, "記住我的那一杯", "回答 5 題", _CREAM, "#f7ddd3", "#7a3a28"),
            Tile(icons.person, "找店員", "有問題，問真人", "#f3d3a0", "#f9e5c3", _BROWN),
        ),
    ),
    "new": Page(
        "#e1ebd2",
        (
            Tile(icons.star_cup, "本季新品", "芋頭鮮奶・柚香綠茶", "#8fb27a", "#aac898", "#21402c"),
            Tile(icons.cup, "所有飲料", "看圖、看價格", _CREAM, "#e1ebd2", _LEAF),
            Tile(icons.heart_cup, "記住我的那一杯", "回答 5 題", "#f3d3a0", "#f9e5c3", _BROWN),
        ),
    ),
}


def tea_shop(active: str) -> Canvas:
    """Three tabs, the active one in the colour of the page below it; one large tile and two small ones."""
    page = PAGES[active]
    canvas = Canvas(WIDTH, HEIGHT, _BROWN)
    canvas.rect(0, TAB_HEIGHT, WIDTH, HEIGHT - TAB_HEIGHT, page.ground)
    third = WIDTH / 3
    for place, (key, words) in enumerate(zip(PAGES, TABS, strict=True)):
        here = key == active
        ground, ink = (page.ground, _BROWN) if here else ("#7a5038", "#f6e6cf")
        canvas.tab(place * third + 18, 36 if here else 60, third - 36, TAB_HEIGHT, ground, 48)
        canvas.rect(0, TAB_HEIGHT, WIDTH, 60, page.ground)
        canvas.text(place * third + third / 2, 176, words, 104, ink, "zh-TW")
    gap = 44
    top, bottom = TAB_HEIGHT + gap, HEIGHT - gap
    half, low = (WIDTH - 3 * gap) // 2, (bottom - top - gap) // 2
    large, first, second = page.tiles
    _tile(canvas, large, (gap, top, half, bottom - top), "zh-TW")
    _tile(canvas, first, (gap * 2 + half, top, half, low), "zh-TW")
    _tile(canvas, second, (gap * 2 + half, top + low + gap, half, low), "zh-TW")
    return canvas


RENTAL: Mapping[str, Callable[[], Canvas]] = {
    f"main.{language}": partial(rental, language) for language in _RENTAL_WORDS
}
TEA_SHOP: Mapping[str, Callable[[], Canvas]] = {key: partial(tea_shop, key) for key in PAGES}
"""File name without its suffix to the function that draws it."""
