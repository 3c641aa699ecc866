"""LINE actions as buttons and links."""

import json
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from rendering.addresses import link
from rendering.elements import as_text, element, words

_FIELDS = (
    "type", "label", "data", "text", "displayText", "uri", "mode", "initial", "min", "max",
    "richMenuAliasId", "inputOption", "fillInText", "clipboardText",
)  # fmt: skip


def action_json(action: Mapping[str, Any]) -> str:
    """Return an action as JSON for a page's script: the fields LINE knows, as far as they are texts."""
    known = {name: action[name] for name in _FIELDS if isinstance(action.get(name), str)}
    return json.dumps(known, separators=(",", ":"))


def label_of(action: Mapping[str, Any]) -> str:
    """Return what to call an action: its label, else what it would say or open."""
    for name in ("label", "displayText", "text", "uri", "clipboardText", "richMenuAliasId"):
        shown = as_text(action.get(name)).strip()
        if shown:
            return shown
    return as_text(action.get("type"))


def render_action(action: Mapping[str, Any], *content: str, kind: str, look: str | None = None) -> Markup:
    """Return an action as something to tap, with its label unless other content is given.

    `kind` is added to the classes; `look` is what `Look.styles` returned.
    """
    inside = content or (words(label_of(action)),)
    return _tappable(action, inside, f"ln-action {kind}", look, name=None)


def render_cover(action: Mapping[str, Any], name: str = "") -> Markup:
    """Return an action that covers the element it stands in, for cards that are tapped as a whole.

    Buttons cannot hold buttons, so a card that is tapped and holds others gets this lid under them.
    """
    return _tappable(action, (), "ln-action ln-cover", None, name=name or label_of(action))


def _tappable(
    action: Mapping[str, Any], inside: tuple[str, ...], classes: str, look: str | None, name: str | None
) -> Markup:
    described = action_json(action)
    if action.get("type") != "uri" and action.get("linkUri") is None:
        return element(
            "button", *inside, type="button", class_=classes, data_action=described, data_ln_style=look,
            aria_label=name,
        )  # fmt: skip
    address = link(action.get("uri") or action.get("linkUri"))
    if address is None:
        # Not an address we would open: show that it is there, and what it says, as text.
        shown = as_text(action.get("uri") or action.get("linkUri"))
        return element("span", *inside, class_=f"{classes} ln-dead", title=shown, data_ln_style=look)
    return element(
        "a", *inside, class_=classes, href=address, rel="noopener", target="_blank", data_action=described,
        data_ln_style=look, aria_label=name,
    )  # fmt: skip
