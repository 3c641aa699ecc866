"""Template messages: a text or picture with up to four buttons, alone or side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from line.actions import Action
from line.json import given
from line.messages import Message, checked


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG or PNG of at most 10 MB, at most 1,024 pixels wide."""

    url: str
    background: str | None = None
    """What shows behind it, such as #FFFFFF."""


@dataclass(frozen=True, slots=True)
class Frame:
    """How the pictures of a template are fitted in."""

    ratio: Literal["rectangle", "square"] = "rectangle"
    fit: Literal["cover", "contain"] = "cover"


@dataclass(frozen=True, slots=True)
class Column:
    """One card of a carousel; LINE wants all cards of one carousel built alike."""

    words: str
    actions: Sequence[Action]
    title: str | None = None
    picture: Picture | None = None
    default_action: Action | None = None
    """What a tap beside the buttons does."""


@dataclass(frozen=True, slots=True)
class ImageColumn:
    image_url: str
    action: Action


def buttons(
    words: str,
    actions: Sequence[Action],
    *,
    title: str | None = None,
    picture: Picture | None = None,
    frame: Frame | None = None,
    default_action: Action | None = None,
    alt_text: str | None = None,
) -> Message:
    """Build a text with 1 to 4 buttons; `alt_text` is what notifications and LINE for PC's list show."""
    card = _card(Column(words, actions, title, picture, default_action))
    return _template(alt_text or words, given(type="buttons", **card, **_frame(frame)))


def confirm(words: str, yes: Action, no: Action, *, alt_text: str | None = None) -> Message:
    template = {"type": "confirm", "text": words, "actions": [yes.body, no.body]}
    return _template(alt_text or words, template)


def carousel(columns: Sequence[Column], *, alt_text: str, frame: Frame | None = None) -> Message:
    cards = [_card(column) for column in columns]
    return _template(alt_text, given(type="carousel", columns=cards, **_frame(frame)))


def image_carousel(columns: Sequence[ImageColumn], *, alt_text: str) -> Message:
    pictures = [{"imageUrl": column.image_url, "action": column.action.body} for column in columns]
    return _template(alt_text, {"type": "image_carousel", "columns": pictures})


def _template(alt_text: str, template: Mapping[str, Any]) -> Message:
    return checked({"type": "template", "altText": alt_text, "template": template})


def _card(column: Column) -> dict[str, Any]:
    return given(
        thumbnailImageUrl=column.picture.url if column.picture else None,
        imageBackgroundColor=column.picture.background if column.picture else None,
        title=column.title,
        text=column.words,
        defaultAction=column.default_action.body if column.default_action else None,
        actions=[action.body for action in column.actions],
    )


def _frame(frame: Frame | None) -> dict[str, Any]:
    return {"imageAspectRatio": frame.ratio, "imageSize": frame.fit} if frame else {}
