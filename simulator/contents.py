"""The files that people sent: bytes by message id, as the content endpoints serve them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.wire import Answer, Call, Refusal, answer_json

if TYPE_CHECKING:
    from simulator.state import Line

_KEPT_MS = 14 * 24 * 60 * 60 * 1000
_PREPARED = frozenset({"video", "audio"})


@dataclass(slots=True)
class Content:
    """One file. Films and recordings are not ready at once."""

    kind: str
    """`image`, `video`, `audio` or `file`."""
    media_type: str
    body: bytes
    sent_at_ms: int
    ready_at_ms: int
    is_unsent: bool = False


class Contents:
    """What people sent, for a fortnight (how long LINE keeps it is not published)."""

    def __init__(self, line: "Line") -> None:
        self._line = line
        self.by_message: dict[str, Content] = {}
        self.preparation_ms = 0
        """How long a film or recording takes to be ready."""

    def keep(self, message_id: str, kind: str, media_type: str, body: bytes) -> None:
        """Store what a person sent."""
        now = self._line.clock.now_ms()
        ready = now + self.preparation_ms if kind in _PREPARED else now
        self.by_message[message_id] = Content(kind, media_type, body, now, ready)

    def find(self, message_id: str) -> Content | None:
        """Return what a message holds, for the phone's own screen."""
        return self.by_message.get(message_id)

    def unsend(self, message_id: str) -> None:
        """Drop the bytes of an unsent message; from now on the answer is 410."""
        content = self.by_message.get(message_id)
        if content is not None:
            content.is_unsent = True
            content.body = b""

    def serve(self, call: Call) -> Answer:
        """Answer with the bytes."""
        content = self._known(call.args[0])
        if self._line.clock.now_ms() < content.ready_at_ms:
            return Answer(202, b"")
        return Answer(200, content.body, content.media_type)

    def serve_preview(self, call: Call) -> Answer:
        """Answer with a smaller picture; the simulator does not shrink it."""
        content = self._known(call.args[0])
        if content.kind not in ("image", "video"):
            raise Refusal(404, "Not found")
        if content.kind == "video":
            return Answer(200, b"\xff\xd8\xff\xd9", "image/jpeg")
        return Answer(200, content.body, content.media_type)

    def serve_transcoding(self, call: Call) -> Answer:
        """Answer whether a film or recording is ready."""
        content = self._known(call.args[0])
        if content.kind not in _PREPARED:
            raise Refusal(404, "Not found")
        is_ready = self._line.clock.now_ms() >= content.ready_at_ms
        return answer_json({"status": "succeeded" if is_ready else "processing"})

    def _known(self, message_id: str) -> Content:
        content = self.by_message.get(message_id)
        if content is None or self._line.clock.now_ms() - content.sent_at_ms > _KEPT_MS:
            raise Refusal(404, "Not found")
        if content.is_unsent:
            raise Refusal(410, "The content is gone")
        return content
