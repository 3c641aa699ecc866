"""Small message bodies with one thing at a time that can be made too long or wrong."""

from typing import Any

from line.limits import check_message

URL = "https://shop.example/p.png"
Body = dict[str, Any]


def template(**template: Any) -> Body:
    return {"type": "template", "altText": "a", "template": template}


def with_action(action: Body) -> Body:
    return template(type="buttons", text="a", actions=[action])


def column(**changes: Any) -> Body:
    return {"text": "a", "actions": [say()], **changes}


def say(label: str = "a", text: str = "a") -> Body:
    return {"type": "message", "label": label, "text": text}


def flex(**body: Any) -> Body:
    return {"type": "flex", "altText": "a", "contents": bubble(**body)}


def bubble(**component: Any) -> Body:
    contents = [component] if component else []
    return {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": contents}}


def flex_carousel(*bubbles: Body) -> Body:
    return {"type": "flex", "altText": "a", "contents": {"type": "carousel", "contents": list(bubbles)}}


def quick_reply(action: Body, count: int = 1) -> Body:
    return {
        "type": "text",
        "text": "a",
        "quickReply": {"items": [{"type": "action", "action": action}] * count},
    }


def imagemap(*actions: Body, **changes: Any) -> Body:
    size = {"width": 1040, "height": 1040}
    return {
        "type": "imagemap",
        "baseUrl": "https://a.example/m",
        "altText": "a",
        "baseSize": size,
        **changes,
    } | {"actions": list(actions)}


def area(**action: Any) -> Body:
    return {**action, "area": {"x": 0, "y": 0, "width": 1, "height": 1}}


def playing(label: str) -> Body:
    return {
        **area(originalContentUrl=URL, previewImageUrl=URL),
        "externalLink": {"linkUri": "https://a.example", "label": label},
    }


def fields(body: Body) -> list[str]:
    return [fault.field for fault in check_message(body)]
