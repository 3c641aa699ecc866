"""Talking to LINE: what a worker may ask for, and the one real way of asking."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from line.account_calls import AccountCalls
from line.answers import Accepted, Answer, Failure, accepted, expected, failure, judge_send, text_at
from line.menu_calls import MenuCalls
from line.outbox import Sending
from line.outcomes import Later, Outcome

DOWNLOAD_WITHIN_S = 45.0
"""Time for one file, below the minute for which its row is leased."""


@dataclass(frozen=True, slots=True)
class LineProfile:
    """What LINE tells about a user who lets it."""

    display_name: str
    picture_url: str | None = None
    status_message: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A file is written, whole."""

    content_type: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class NotReady:
    """202: LINE still prepares the file."""


@dataclass(frozen=True, slots=True)
class Gone:
    """LINE no longer has the file, or its sender took it back."""


@dataclass(frozen=True, slots=True)
class TooLarge:
    """The file is larger than we take."""


Content = Downloaded | NotReady | Gone | TooLarge | Failure


class Messenger(Protocol):
    """What a worker asks of LINE. Nothing here raises for what LINE or the network does."""

    @property
    def menus(self) -> MenuCalls: ...

    @property
    def account(self) -> AccountCalls: ...

    def send(self, sending: Sending) -> Outcome:
        """Make one attempt at a leased row, with its frozen body and its one identity."""
        ...

    def profile(self, user_id: str) -> LineProfile | Failure:
        """Ask who somebody is; Missing when LINE does not tell: blocked, unknown or no consent."""
        ...

    def content(self, message_id: str, into: BinaryIO, *, most_bytes: int) -> Content:
        """Write a customer's file into `into`; unless Downloaded comes back, what was written is worthless."""
        ...

    def show_loading(self, user_id: str, *, seconds: int = 20) -> Accepted | Failure:
        """Show the typing sign until our next message; 5 to 60 seconds in steps of five."""
        ...

    def mark_as_read(self, token: str) -> Accepted | Failure:
        """Mark a message, and all before it, as read."""
        ...


class LineMessenger:
    """LINE over HTTPS, or whatever answers at the addresses given. For any number of threads.

    Making one imports the SDK, 1 to 2 s of work: a worker does it beside its other preparations.
    """

    def __init__(
        self,
        access_token: str,
        *,
        api_base: str,
        data_api_base: str,
        heed: Callable[[int, str, Outcome], None] = lambda _channel_id, _endpoint, _outcome: None,
    ) -> None:
        """:param heed: is told the outcome of every message, by channel and endpoint: the governor's ear."""
        from line.sdk_client import SdkClient

        self._heed = heed
        self._client: SdkClient = SdkClient(access_token, api_base=api_base, data_api_base=data_api_base)
        self.menus = MenuCalls(self._client)
        self.account = AccountCalls(self._client, access_token)

    def close(self) -> None:
        """Close the connections; what is under way ends by itself."""
        self._client.close()

    def send(self, sending: Sending) -> Outcome:
        """Make one attempt at a leased row; line/answers.py says what LINE's answer means for it."""
        answer = self._client.post_written(
            f"message/{sending.kind}",
            f"/v2/bot/message/{sending.kind}",
            sending.body,
            retry_key=sending.retry_key,
        )
        outcome = judge_send(answer) if isinstance(answer, Answer) else answer
        self._heed(sending.channel_id, f"message/{sending.kind}", outcome)
        return outcome

    def profile(self, user_id: str) -> LineProfile | Failure:
        """Ask who somebody is."""
        answer = expected(self._client.ask("profile", self._client.api.get_profile_with_http_info, user_id))
        if not isinstance(answer, Answer):
            return answer
        return LineProfile(
            display_name=text_at(answer, "displayName") or "",
            picture_url=text_at(answer, "pictureUrl"),
            status_message=text_at(answer, "statusMessage"),
            language=text_at(answer, "language"),
        )

    def content(self, message_id: str, into: BinaryIO, *, most_bytes: int) -> Content:
        """Write a customer's file into `into`, piece by piece."""
        from line.sdk_client import TooMuch

        if not (message_id.isalnum() and message_id.isascii()):
            return Gone()  # never LINE's: it must not become part of an address
        path = f"/v2/bot/message/{message_id}/content"
        began = into.tell()
        try:
            answer = self._client.download(
                "message/content", path, into, most_bytes=most_bytes, within_s=DOWNLOAD_WITHIN_S
            )
        except TooMuch:
            return TooLarge()
        return _judge_content(answer, size_bytes=into.tell() - began)

    def show_loading(self, user_id: str, *, seconds: int = 20) -> Accepted | Failure:
        """Show the typing sign until our next message."""
        body = {"chatId": user_id, "loadingSeconds": seconds}
        return accepted(self._client.post("chat/loading", "/v2/bot/chat/loading/start", body))

    def mark_as_read(self, token: str) -> Accepted | Failure:
        """Mark a message, and all before it, as read."""
        body = {"markAsReadToken": token}
        return accepted(self._client.post("chat/markAsRead", "/v2/bot/chat/markAsRead", body))


def _judge_content(answer: Answer | Later, *, size_bytes: int) -> Content:
    if isinstance(answer, Later):
        return answer
    match answer.status:
        case 200:
            return Downloaded(answer.headers.get("content-type") or "", size_bytes)
        case 202:
            return NotReady()
        case 404 | 410:
            return Gone()
        case _:
            return failure(answer)
