"""The calls about the account itself: who it is, what is left of its quota, where its webhooks go."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from line.answers import Answer, Failure, expected, text_at

if TYPE_CHECKING:
    from line.sdk_client import SdkClient


MOST_FOLLOWERS = 1000
"""In a page."""


@dataclass(frozen=True, slots=True)
class BotInfo:
    user_id: str
    """`destination` of the account's webhooks."""
    basic_id: str
    """The @-name that people search for and entry links carry."""
    display_name: str
    chat_mode: str
    """`chat` when staff can answer in LINE's own web tool, else `bot`."""


@dataclass(frozen=True, slots=True)
class Quota:
    limit: int | None
    """Recipients a month; None: no limit."""


@dataclass(frozen=True, slots=True)
class Consumption:
    used: int
    """This month's recipients, as LINE counts them: roughly, and with what staff sent by themselves."""


@dataclass(frozen=True, slots=True)
class WebhookEndpoint:
    url: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class WebhookTest:
    """How our webhook answered LINE."""

    succeeded: bool
    status: int
    """0 or below: no answer came."""
    reason: str
    """OK, COULD_NOT_CONNECT, REQUEST_TIMEOUT, ERROR_STATUS_CODE or UNCLASSIFIED."""
    detail: str


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token that LINE knows."""

    channel_id: str
    expires_in_s: int | None


@dataclass(frozen=True, slots=True)
class Followers:
    """A page of those who follow the account, and have agreed to be known."""

    user_ids: tuple[str, ...]
    next: str | None
    """Where the next page begins, for 24 hours; None: this was the last, however short others were."""


class AccountCalls:
    """What `doctor` and the console want to know."""

    def __init__(self, client: "SdkClient", access_token: str) -> None:
        self._client = client
        self._api = client.api
        self._access_token = access_token

    def info(self) -> BotInfo | Failure:
        answer = expected(self._client.ask("info", self._api.get_bot_info_with_http_info))
        if not isinstance(answer, Answer):
            return answer
        return BotInfo(
            user_id=text_at(answer, "userId") or "",
            basic_id=text_at(answer, "basicId") or "",
            display_name=text_at(answer, "displayName") or "",
            chat_mode=text_at(answer, "chatMode") or "",
        )

    def quota(self) -> Quota | Failure:
        answer = expected(self._client.ask("message/quota", self._api.get_message_quota_with_http_info))
        if not isinstance(answer, Answer):
            return answer
        value = answer.body.get("value")
        return Quota(value if answer.body.get("type") == "limited" and isinstance(value, int) else None)

    def consumption(self) -> Consumption | Failure:
        call = self._api.get_message_quota_consumption_with_http_info
        answer = expected(self._client.ask("message/quota/consumption", call))
        if not isinstance(answer, Answer):
            return answer
        used = answer.body.get("totalUsage")
        return Consumption(used if isinstance(used, int) else 0)

    def followers(self, start: str | None = None) -> Followers | Failure:
        """List a page of followers; 403 for accounts that are neither verified nor premium."""
        call = self._api.get_followers_with_http_info
        answer = expected(self._client.ask("followers", call, start=start, limit=MOST_FOLLOWERS))
        if not isinstance(answer, Answer):
            return answer
        ids = answer.body.get("userIds")
        found = tuple(one for one in ids if isinstance(one, str)) if isinstance(ids, list) else ()
        return Followers(found, text_at(answer, "next"))

    def webhook_endpoint(self) -> WebhookEndpoint | Failure:
        """Return where LINE sends webhooks; Missing when nowhere."""
        answer = expected(self._client.ask("webhook/endpoint", self._api.get_webhook_endpoint_with_http_info))
        if not isinstance(answer, Answer):
            return answer
        return WebhookEndpoint(text_at(answer, "endpoint") or "", answer.body.get("active") is True)

    def test_webhook(self) -> WebhookTest | Failure:
        """Let LINE send an empty webhook to the address it has, and say what came back. 60 an hour."""
        answer = expected(self._client.ask("webhook/test", self._api.test_webhook_endpoint_with_http_info))
        if not isinstance(answer, Answer):
            return answer
        status = answer.body.get("statusCode")
        return WebhookTest(
            succeeded=answer.body.get("success") is True,
            status=status if isinstance(status, int) else 0,
            reason=text_at(answer, "reason") or "",
            detail=text_at(answer, "detail") or "",
        )

    def verify_token(self) -> AccessToken | Failure:
        """Ask LINE about our access token, of whichever kind it is."""
        answer = expected(self._client.verify_token(self._access_token))
        if not isinstance(answer, Answer):
            return answer
        expires_in = answer.body.get("expires_in")
        return AccessToken(
            channel_id=text_at(answer, "client_id") or "",
            expires_in_s=expires_in if isinstance(expires_in, int) else None,
        )
