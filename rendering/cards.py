"""Template messages: buttons, confirm, carousel, image carousel."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from rendering.actions import label_of, render_action, render_cover
from rendering.addresses import media
from rendering.elements import NOTHING, as_map, as_maps, as_text, element, join, words
from rendering.look import Look


def render_template(message: Mapping[str, Any]) -> Markup:
    """Return the template of a template message; an unknown one shows its alternative text."""
    template = as_map(message.get("template"))
    match template.get("type"):
        case "buttons":
            return _card(template, template)
        case "confirm":
            return _confirm(template)
        case "carousel":
            cards = [_card(column, template) for column in as_maps(template.get("columns"))]
            return element("div", *cards, class_="ln-carousel", tabindex="0", role="group")
        case "image_carousel":
            pictures = [_picture_card(column) for column in as_maps(template.get("columns"))]
            return element("div", *pictures, class_="ln-carousel", tabindex="0", role="group")
        case _:
            return element("div", words(message.get("altText")), class_="ln-plain")


def _card(card: Mapping[str, Any], template: Mapping[str, Any]) -> Markup:
    tapped = as_map(card.get("defaultAction"))
    top = [
        render_cover(tapped, as_text(card.get("title")) or as_text(card.get("text"))) if tapped else NOTHING,
        _card_picture(card, template),
        element("div", words(card["title"]), class_="ln-card-title") if card.get("title") else NOTHING,
        element("div", words(card.get("text")), class_="ln-card-text"),
    ]
    covered = "ln-card-top ln-covered" if tapped else "ln-card-top"
    return element("div", element("div", *top, class_=covered), _actions(card), class_="ln-card")


def _card_picture(card: Mapping[str, Any], template: Mapping[str, Any]) -> Markup:
    if not card.get("thumbnailImageUrl"):
        return NOTHING
    look = Look("ln-card-picture")
    look.word(template.get("imageAspectRatio"), ("square", "rectangle"), "ln-ratio")
    look.word(template.get("imageSize"), ("cover", "contain"), "ln-fit")
    look.colour("background-color", card.get("imageBackgroundColor"))
    picture = element("img", src=media(card["thumbnailImageUrl"]), alt="", loading="lazy")
    return element("div", picture, class_=look.classes, data_ln_style=look.styles)


def _confirm(template: Mapping[str, Any]) -> Markup:
    text = element("div", words(template.get("text")), class_="ln-card-text")
    top = element("div", text, class_="ln-card-top")
    return element("div", top, _actions(template), class_="ln-card ln-confirm")


def _actions(owner: Mapping[str, Any]) -> Markup:
    drawn = [render_action(action, kind="ln-card-action") for action in as_maps(owner.get("actions"))]
    return element("div", *drawn, class_="ln-card-actions")


def _picture_card(column: Mapping[str, Any]) -> Markup:
    action = as_map(column.get("action"))
    label = as_text(action.get("label"))
    picture = element(
        "img", src=media(column.get("imageUrl")), alt="" if label else label_of(action), loading="lazy"
    )
    caption = element("span", words(label), class_="ln-picture-label") if label else NOTHING
    return render_action(action, join([picture, caption]), kind="ln-picture-card")
