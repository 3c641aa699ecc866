"""What a customer sent, as it stands in their chat."""

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from rendering.addresses import media, own_media
from rendering.elements import NOTHING, as_map, as_number, element, words
from rendering.messages import duration, location, sticker, unknown
from rendering.texts import render_text
from rendering.wording import Word, say

_UNITS = ("bytes", "kB", "MB", "GB")


def render_incoming(body: Mapping[str, Any], media_url: str | None = None) -> Markup:
    """Return one webhook message object as safe HTML.

    `media_url` is where the page serves the bytes of a picture, film, recording or file; without it,
    only what the message itself tells is shown.
    """
    kind = body.get("type")
    draw = _DRAWN.get(kind) if isinstance(kind, str) else None
    if draw is None:
        return unknown(kind if isinstance(kind, str) else "")
    return element("div", draw(body, own_media(media_url)), class_=f"ln-message ln-own ln-type-{kind}")


def _text(body: Mapping[str, Any], _address: str | None) -> Markup:
    return element("div", render_text(body), class_="ln-balloon")


def _sticker(body: Mapping[str, Any], _address: str | None) -> Markup:
    return sticker(body)


def _image(body: Mapping[str, Any], address: str | None) -> Markup:
    # A picture sent through LIFF lies elsewhere and says so itself.
    provider = as_map(body.get("contentProvider"))
    address = address or media(provider.get("previewImageUrl")) or media(provider.get("originalContentUrl"))
    if address is None:
        return element("div", f"🖼 {say(Word.PICTURE)}", class_="ln-balloon ln-file")
    picture = element("img", src=address, alt=say(Word.PICTURE), class_="ln-photo", loading="lazy")
    return element("a", picture, href=address, rel="noopener", target="_blank", class_="ln-photo-link")


def _video(body: Mapping[str, Any], address: str | None) -> Markup:
    if address is None:
        return element("div", f"🎞 {say(Word.FILM)} ", duration(body), class_="ln-balloon ln-file")
    return element("video", class_="ln-photo", src=address, controls=True, preload="none")


def _audio(body: Mapping[str, Any], address: str | None) -> Markup:
    if address is None:
        return element("div", f"🎤 {say(Word.RECORDING)} ", duration(body), class_="ln-balloon ln-file")
    sound = element("audio", src=address, controls=True, preload="none")
    return element("div", sound, duration(body), class_="ln-balloon ln-audio")


def _file(body: Mapping[str, Any], address: str | None) -> Markup:
    name = words(body.get("fileName") or say(Word.FILE))
    if address is not None:
        name = element(
            "a", name, href=address, rel="noopener", target="_blank", class_="ln-link", download=True
        )
    size = element("span", _size(as_number(body.get("fileSize"))), class_="ln-duration")
    return element("div", "📄 ", name, NOTHING, size, class_="ln-balloon ln-file")


def _size(count: float | None) -> str:
    if count is None or count < 0:
        return ""
    unit = 0
    while count >= 1000 and unit < len(_UNITS) - 1:
        count /= 1000
        unit += 1
    return f"{count:.0f} {_UNITS[unit]}" if unit == 0 else f"{count:.1f} {_UNITS[unit]}"


def _location(body: Mapping[str, Any], _address: str | None) -> Markup:
    return location(body)


_DRAWN: dict[str, Callable[[Mapping[str, Any], str | None], Markup]] = {
    "text": _text,
    "sticker": _sticker,
    "image": _image,
    "video": _video,
    "audio": _audio,
    "file": _file,
    "location": _location,
}
