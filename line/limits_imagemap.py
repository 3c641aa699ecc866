"""The limits of imagemap messages: one wide picture with areas to tap."""

from collections.abc import Mapping

from line.shapes import Check, integer, listing, record, text, variant
from line.urls import extensionless, link, media_url

WIDTH = 1040
AREAS_LIMIT = 50
MESSAGE_TEXT_LIMIT = 400
LABEL_LIMIT = 100
CLIPBOARD_LIMIT = 1_000
VIDEO_LABEL_LIMIT = 30

_FAR = 100_000
_AREA = record(
    {"x": integer(0, _FAR), "y": integer(0, _FAR), "width": integer(1, _FAR), "height": integer(1, _FAR)}, {}
)
_LABEL: Mapping[str, Check] = {"label": text(LABEL_LIMIT)}
_ACTION = variant(
    {
        "uri": record({"area": _AREA, "linkUri": link}, _LABEL),
        "message": record({"area": _AREA, "text": text(MESSAGE_TEXT_LIMIT)}, _LABEL),
        "clipboard": record({"area": _AREA, "clipboardText": text(CLIPBOARD_LIMIT)}, _LABEL),
    },
    here="in an imagemap",
)
_VIDEO = record(
    {"originalContentUrl": media_url, "previewImageUrl": media_url, "area": _AREA},
    {"externalLink": record({"linkUri": link, "label": text(VIDEO_LABEL_LIMIT)}, {})},
)
REQUIRED: Mapping[str, Check] = {
    "baseUrl": extensionless(media_url),
    "baseSize": record({"width": integer(WIDTH, WIDTH), "height": integer(1, _FAR)}, {}),
    "actions": listing(_ACTION, 0, AREAS_LIMIT),
}
OPTIONAL: Mapping[str, Check] = {"video": _VIDEO}
