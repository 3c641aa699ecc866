"""LINE's rules for template messages."""

from collections.abc import Mapping
from typing import Any

from simulator.action_rules import Place, check_action
from simulator.checks import GRAPHEMES, Checker

_KINDS = ("buttons", "confirm", "carousel", "image_carousel")
_RATIOS = ("rectangle", "square")
_SIZES = ("cover", "contain")


def check_template(check: Checker, message: Mapping[str, Any], where: str) -> None:
    """Check a template message."""
    check.text(message, "altText", where, 1500)
    where = f"{where}.template"
    template = check.mapping(message.get("template"), where)
    if template is None:
        return
    match check.choice(template, "type", where, _KINDS, required=True):
        case "buttons":
            _check_buttons(check, template, where)
        case "confirm":
            check.text(template, "text", where, 240, unit=GRAPHEMES)
            _check_actions(check, template, where, 2, 2)
        case "carousel":
            _check_carousel(check, template, where)
        case "image_carousel":
            for number, column in enumerate(check.items(template, "columns", where, 1, 10)):
                place = f"{where}.columns[{number}]"
                known = check.mapping(column, place)
                if known is not None:
                    check.media_url(known, "imageUrl", place)
                    check_action(check, known.get("action"), f"{place}.action", Place.IMAGE_CAROUSEL)


def _check_buttons(check: Checker, template: Mapping[str, Any], where: str) -> None:
    _check_look(check, template, where)
    _check_card(check, template, where, plain=160)
    _check_actions(check, template, where, 1, 4)


def _check_carousel(check: Checker, template: Mapping[str, Any], where: str) -> None:
    _check_look(check, template, where)
    columns = check.items(template, "columns", where, 1, 10)
    shapes = set()
    counts = set()
    for number, column in enumerate(columns):
        place = f"{where}.columns[{number}]"
        known = check.mapping(column, place)
        if known is None:
            continue
        _check_card(check, known, place, plain=120)
        _check_actions(check, known, place, 1, 3)
        actions = known.get("actions")
        counts.add(len(actions) if isinstance(actions, list) else 0)
        shapes.add((bool(known.get("thumbnailImageUrl")), bool(known.get("title"))))
    if len(counts) > 1:
        check.fault("The number of actions must be the same in all columns", f"{where}.columns")
    if len(shapes) > 1:
        check.fault("Image and title must be in all columns or in none", f"{where}.columns")


def _check_card(check: Checker, card: Mapping[str, Any], where: str, *, plain: int) -> None:
    check.media_url(card, "thumbnailImageUrl", where, required=False)
    check.text(card, "title", where, 40, unit=GRAPHEMES, required=False)
    is_plain = not card.get("thumbnailImageUrl") and not card.get("title")
    check.text(card, "text", where, plain if is_plain else 60, unit=GRAPHEMES)
    if card.get("defaultAction") is not None:
        check_action(check, card["defaultAction"], f"{where}.defaultAction", Place.DEFAULT_ACTION)


def _check_look(check: Checker, template: Mapping[str, Any], where: str) -> None:
    check.choice(template, "imageAspectRatio", where, _RATIOS)
    check.choice(template, "imageSize", where, _SIZES)


def _check_actions(check: Checker, owner: Mapping[str, Any], where: str, least: int, most: int) -> None:
    for number, action in enumerate(check.items(owner, "actions", where, least, most)):
        check_action(check, action, f"{where}.actions[{number}]", Place.TEMPLATE)
