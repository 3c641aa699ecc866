"""What the account sends, as LINE shows it."""

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from rendering.actions import label_of, render_action, render_cover
from rendering.addresses import media
from rendering.cards import render_template
from rendering.elements import NOTHING, as_map, as_maps, as_number, as_text, element, join, words
from rendering.flex import render_flex
from rendering.look import Look
from rendering.texts import render_text, render_text_v2
from rendering.wording import Word, say

_QUICK_ICONS = {"camera": "📷", "cameraRoll": "🖼", "location": "📍", "datetimepicker": "📅"}
_IMAGEMAP_WIDTH = 1040


def render_message(body: Mapping[str, Any]) -> Markup:
    """Return one message object as safe HTML; what we do not know is named, never raised."""
    kind = as_text(body.get("type"))
    draw = _DRAWN.get(kind)
    if draw is None:
        return unknown(kind)
    classes = f"ln-message ln-type-{kind}"
    return element("div", _sender(body), draw(body), class_=classes)


def render_quick_replies(body: Mapping[str, Any]) -> Markup:
    """Return the strip of a message's quick replies, empty when it has none."""
    items = as_maps(as_map(body.get("quickReply")).get("items"))
    if not items:
        return NOTHING
    return element(
        "div", *map(_quick_reply, items), class_="ln-quick", role="group", aria_label=say(Word.QUICK_REPLIES)
    )


def unknown(kind: str) -> Markup:
    """Return the stand-in for a message of a kind that we do not draw."""
    told = join([say(Word.NOT_SHOWN), " ", words(kind or "–")])
    return element("div", element("div", told, class_="ln-plain"), class_="ln-message ln-unknown")


def _quick_reply(item: Mapping[str, Any]) -> Markup:
    action = as_map(item.get("action"))
    address = media(item.get("imageUrl"))
    stock = _QUICK_ICONS.get(as_text(action.get("type")), "")
    if address is not None:
        icon = element("img", src=address, alt="", class_="ln-quick-icon")
    else:
        icon = element("span", stock, class_="ln-quick-icon", aria_hidden="true") if stock else NOTHING
    return render_action(action, icon, words(label_of(action)), kind="ln-quick-reply")


def _sender(body: Mapping[str, Any]) -> Markup:
    sender = as_map(body.get("sender"))
    if not sender:
        return NOTHING
    address = media(sender.get("iconUrl"))
    icon = element("img", src=address, alt="", class_="ln-sender-icon") if address else NOTHING
    return element("div", icon, words(sender.get("name")), class_="ln-sender")


def _text(body: Mapping[str, Any]) -> Markup:
    return element("div", render_text(body), class_="ln-balloon")


def _text_v2(body: Mapping[str, Any]) -> Markup:
    return element("div", render_text_v2(body), class_="ln-balloon")


def sticker(body: Mapping[str, Any]) -> Markup:
    """Return a sticker's stand-in: LINE's pictures are LINE's, so its number and words are shown."""
    number = f"{as_text(body.get('packageId'))}/{as_text(body.get('stickerId'))}"
    listed = body.get("keywords")
    keywords = [as_text(word) for word in listed] if isinstance(listed, list) else []
    told = as_text(body.get("text")) or ", ".join(word for word in keywords[:3] if word)
    face = element("span", "☺", class_="ln-sticker-face", aria_hidden="true")
    named = f"{say(Word.STICKER)} {number}"
    caption = element("span", words(told or named), class_="ln-sticker-words")
    return element("div", face, caption, class_="ln-sticker", title=named)


def _image(body: Mapping[str, Any]) -> Markup:
    shown = media(body.get("previewImageUrl")) or media(body.get("originalContentUrl"))
    whole = media(body.get("originalContentUrl"))
    picture = element("img", src=shown, alt=say(Word.PICTURE), class_="ln-photo", loading="lazy")
    if whole is None:
        return picture
    return element("a", picture, href=whole, rel="noopener", target="_blank", class_="ln-photo-link")


def _video(body: Mapping[str, Any]) -> Markup:
    return element(
        "video", class_="ln-photo", src=media(body.get("originalContentUrl")),
        poster=media(body.get("previewImageUrl")), controls=True, preload="none",
    )  # fmt: skip


def _audio(body: Mapping[str, Any]) -> Markup:
    sound = element("audio", src=media(body.get("originalContentUrl")), controls=True, preload="none")
    return element("div", sound, duration(body), class_="ln-balloon ln-audio")


def duration(body: Mapping[str, Any]) -> Markup:
    """Return how long a recording is, as 1:05."""
    milliseconds = as_number(body.get("duration"))
    if milliseconds is None or milliseconds < 0:
        return NOTHING
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    return element("span", f"{minutes}:{seconds:02d}", class_="ln-duration")


def location(body: Mapping[str, Any]) -> Markup:
    """Return a place in words and numbers; no map is asked for it."""
    latitude, longitude = as_number(body.get("latitude")), as_number(body.get("longitude"))
    place = f"{latitude:.5f}, {longitude:.5f}" if latitude is not None and longitude is not None else ""
    lines = [
        element("div", "📍", class_="ln-map", aria_hidden="true"),
        element("div", words(body.get("title") or say(Word.LOCATION)), class_="ln-card-title"),
        element("div", words(body.get("address")), class_="ln-card-text"),
        element("div", place, class_="ln-coordinates"),
    ]
    return element("div", *lines, class_="ln-card ln-location")


def _coupon(body: Mapping[str, Any]) -> Markup:
    title = element("div", say(Word.COUPON), class_="ln-card-title")
    number = element("div", words(body.get("couponId")), class_="ln-card-text")
    mark = element("div", "🎟", class_="ln-coupon-mark", aria_hidden="true")
    return element("div", mark, title, number, class_="ln-card ln-coupon")


def _imagemap(body: Mapping[str, Any]) -> Markup:
    size = as_map(body.get("baseSize"))
    width = as_number(size.get("width")) or _IMAGEMAP_WIDTH
    height = as_number(size.get("height")) or _IMAGEMAP_WIDTH
    look = Look("ln-imagemap")
    look.ratio(f"{max(1, round(width))}:{max(1, round(height))}")
    address = media(f"{as_text(body.get('baseUrl'))}/{_IMAGEMAP_WIDTH}")
    picture = element("img", src=address, alt=as_text(body.get("altText")), class_="ln-imagemap-picture")
    areas = [_area(action, width, height) for action in as_maps(body.get("actions"))]
    return element("div", picture, *areas, class_=look.classes, data_ln_style=look.styles)


def _area(action: Mapping[str, Any], width: float, height: float) -> Markup:
    area = as_map(action.get("area"))
    look = Look("ln-area")
    for key, name, whole in (
        ("x", "left", width), ("y", "top", height), ("width", "width", width), ("height", "height", height),
    ):  # fmt: skip
        look.percent(name, as_number(area.get(key)) or 0.0, whole)
    as_action = {key: value for key, value in action.items() if key not in ("area", "linkUri")}
    if "linkUri" in action:
        as_action["uri"] = action["linkUri"]
    return element("div", render_cover(as_action), class_=look.classes, data_ln_style=look.styles)


_DRAWN: dict[str, Callable[[Mapping[str, Any]], Markup]] = {
    "text": _text,
    "textV2": _text_v2,
    "sticker": sticker,
    "image": _image,
    "video": _video,
    "audio": _audio,
    "location": location,
    "coupon": _coupon,
    "imagemap": _imagemap,
    "template": render_template,
    "flex": render_flex,
}
