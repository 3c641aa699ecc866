"""Ways in which a webhook's bytes may differ without meaning anything else, and ways to spoil them."""

import json
from enum import StrEnum
from threading import Lock
from typing import Any

import orjson


class Spoil(StrEnum):
    """What is wrong with a webhook's signature."""

    NOTHING = "nothing"
    WRONG_SECRET = "wrong_secret"  # noqa: S105 - a name, not a secret
    TAMPERED = "tampered"
    """The body was changed after it was signed."""
    NO_SIGNATURE = "no_signature"

    def secret(self, real: str) -> str:
        """Return the secret to sign with."""
        return real[::-1] + "0" if self is Spoil.WRONG_SECRET else real


class Disguise:
    """How bodies and headers look.

    With `varies` on, every other webhook has spaced JSON, another key order and other header-name
    case, all of which LINE reserves the right to do.
    """

    def __init__(self) -> None:
        self.varies = False
        self._turn = 0
        self._spoils: list[Spoil] = []
        self._lock = Lock()

    def spoil(self, how: Spoil | str, *, times: int = 1) -> None:
        """Spoil the signature of the next webhooks."""
        with self._lock:
            self._spoils.extend([Spoil(how)] * times)

    def clear(self) -> None:
        """Go back to plain, right webhooks."""
        with self._lock:
            self._spoils.clear()
            self.varies = False

    def take_spoil(self) -> Spoil:
        """Return what to do to the next webhook."""
        with self._lock:
            return self._spoils.pop(0) if self._spoils else Spoil.NOTHING

    def write(self, body: dict[str, Any]) -> bytes:
        """Return the body as bytes."""
        self._turn += 1
        if self.varies and self._turn % 2:
            turned = {key: body[key] for key in reversed(body)}
            return json.dumps(turned, ensure_ascii=True, separators=(", ", ": ")).encode()
        try:
            return orjson.dumps(body)
        except orjson.JSONEncodeError:
            # A text with half of a surrogate pair is not UTF-8, but JSON can spell it as an escape.
            return json.dumps(body, ensure_ascii=True).encode()

    def headers(self, signature: str | None) -> dict[str, str]:
        """Return the headers of a webhook."""
        name = "X-Line-Signature" if self.varies and self._turn % 2 else "x-line-signature"
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "LineBotWebhook/2.0"}
        if signature is not None:
            headers[name] = signature
        return headers
