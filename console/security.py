"""The headers that keep a page to itself."""

from flask import Response

from console import static_files
from console.parts import Parts

LINE_PICTURES = "https://*.line-scdn.net"
"""Where LINE keeps profile pictures; nothing else is ever loaded from elsewhere."""


def policy(parts: Parts) -> str:
    """Return the Content-Security-Policy: no inline script or style, nothing foreign but profile pictures."""
    phone = f" {parts.simulator_url}" if parts.simulator_url else ""
    rules = {
        "default-src": "'self'",
        # The bot's own pictures stand in messages under the public address, whatever this page was opened by.
        "img-src": f"'self' data: {parts.base_url} {LINE_PICTURES}{phone}",
        "frame-src": f"'self'{phone}",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def harden(response: Response, rules: str) -> Response:
    """Add the headers to an answer of the console."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", rules)  # a customer's file has a stricter one
    headers["X-Content-Type-Options"] = "nosniff"
    headers["X-Frame-Options"] = "DENY"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if static_files.is_static():
        return static_files.finish(response)
    headers["Cache-Control"] = "no-store"
    response.vary.add("HX-Request")
    return response
