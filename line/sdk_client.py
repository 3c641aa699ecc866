"""The SDK's HTTP client made safe: bounded waits, no hidden retries, and answers instead of exceptions.

Importing this costs 1 to 2 s, for the SDK's models: only LineMessenger does, when it is made.
"""

import ssl
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import structlog
import urllib3
from linebot.v3 import messaging as sdk

from line.answers import Answer, read_body
from line.connections import Connections
from line.outcomes import Later

log = structlog.get_logger()

CONNECT_S, READ_S = 3.0, 5.0
"""Time for reaching LINE, and then for its whole answer."""
MOST_CONNECTIONS = 80
"""More than the threads of a worker, so that none has to open a connection anew each time."""
_CHUNK_BYTES = 64 * 1024


class TooMuch(Exception):  # noqa: N818 - the name says what the body was
    """A body is larger than the caller takes."""


class _Client(sdk.ApiClient):  # type: ignore[misc, unused-ignore]
    def call_api(self, *args: Any, **kwargs: Any) -> Any:
        kwargs["_request_timeout"] = (CONNECT_S, READ_S)
        # No models for answers: LINE adds values that they reject, after having done what was asked.
        kwargs["response_types_map"] = {}
        return super().call_api(*args, **kwargs)

    def request(self, *args: Any, **kwargs: Any) -> Any:
        """Keep bodies that are not UTF-8 from failing a request which was accepted."""
        try:
            response = super().request(*args, **kwargs)
        except sdk.ApiException as error:
            if isinstance(error.body, bytes):
                error.body = _readable(error.body)
            raise
        response.data = _readable(response.data)
        response.urllib3_response.headers.discard("content-type")  # may name a charset nobody knows
        return response


def _readable(body: bytes) -> bytes:
    return body.decode("utf-8", "replace").encode()


class SdkClient:
    """One channel's connections, for the life of the process and for any number of threads."""

    def __init__(self, access_token: str, *, api_base: str, data_api_base: str) -> None:
        self._client = _client(access_token, api_base)
        self._data_client = _client(access_token, data_api_base)
        self._base = self._client.configuration.host
        self._prefix = urlsplit(self._base).path
        self._headers = {
            **self._client.default_headers,
            "Accept": "application/json",
            "Authorization": f"Bearer {access_token}",
            "Content-Type": "application/json",
        }
        self.api = sdk.MessagingApi(self._client)
        self.blob = sdk.MessagingApiBlob(self._data_client)
        self.models = sdk

    def close(self) -> None:
        """Close the connections that nobody uses just now."""
        for client in (self._client, self._data_client):
            client.rest_client.pool_manager.clear()

    def ask(self, endpoint: str, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Answer | Later:
        """Make one call of the SDK's, named `endpoint` in the log."""
        return _logged(endpoint, lambda: _asked(call, *args, **kwargs))

    def post(
        self, endpoint: str, path: str, body: Mapping[str, Any], *, retry_key: str | None = None
    ) -> Answer | Later:
        """Post JSON as it is: the SDK's models would add defaults and drop what they do not know.

        They also take 30 times as long (3.5 ms of 3.6 ms for a card of 3 KB).
        """
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if retry_key is not None:
            headers["X-Line-Retry-Key"] = retry_key
        return self.ask(
            endpoint,
            self._client.call_api,
            path,
            "POST",
            header_params=headers,
            body=body,
            auth_settings=["Bearer"],
        )

    def post_written(
        self, endpoint: str, path: str, body: bytes, *, retry_key: str | None = None
    ) -> Answer | Later:
        """Post JSON that is written already, byte for byte.

        Over the SDK's connections, but without what it does around them: it reads the JSON and writes it
        again, 70 of the 450 µs that a reply with two buttons takes.
        """
        keys = {} if retry_key is None else {"X-Line-Retry-Key": retry_key}
        return _logged(endpoint, lambda: self._posted(path, body, self._headers | keys))

    def _posted(self, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        connections: Connections = self._client.rest_client.pool_manager
        head, answered = connections.ask(
            self._base,
            "POST",
            self._prefix + path,
            body=body,
            headers=headers,
            timeout=urllib3.Timeout(connect=CONNECT_S, read=READ_S),
        )
        return Answer(head.status, head.headers, read_body(_readable(answered)))

    def verify_token(self, access_token: str) -> Answer | Later:
        """Ask about a token: the one address knows the older kinds, the other those of v2.1."""
        answer = self.ask(
            "oauth/verify",
            self._client.call_api,
            "/v2/oauth/verify",
            "POST",
            header_params={"Content-Type": "application/x-www-form-urlencoded"},
            post_params=[("access_token", access_token)],
        )
        if isinstance(answer, Later) or answer.is_accepted:
            return answer
        return self.ask(
            "oauth/v2.1/verify",
            self._client.call_api,
            "/oauth2/v2.1/verify",
            "GET",
            query_params=[("access_token", access_token)],
        )

    def download(
        self, endpoint: str, path: str, into: BinaryIO, *, most_bytes: int, within_s: float
    ) -> Answer | Later:
        """Write a body of the data host into a file, never more than `most_bytes` of it.

        :raises TooMuch: there is more; what was written until then is to be thrown away.
        """
        return _logged(endpoint, lambda: self._downloaded(path, into, most_bytes, within_s))

    def _downloaded(self, path: str, into: BinaryIO, most_bytes: int, within_s: float) -> Answer:
        client = self._data_client
        # The SDK reads whole bodies into memory, so this goes through its connections only.
        response = client.rest_client.pool_manager.request(
            "GET",
            client.configuration.host + path,
            headers=client.default_headers,
            timeout=urllib3.Timeout(connect=CONNECT_S, read=within_s),
            preload_content=False,
        )
        is_whole = False
        try:
            if response.status != HTTPStatus.OK:
                is_whole = True
                return Answer(response.status, response.headers, read_body(response.read(_CHUNK_BYTES)))
            declared = response.headers.get("content-length", "")
            if declared.isdigit() and int(declared) > most_bytes:
                raise TooMuch
            size = 0
            for chunk in response.stream(_CHUNK_BYTES):
                size += len(chunk)
                if size > most_bytes:
                    raise TooMuch
                into.write(chunk)
            is_whole = True
            return Answer(response.status, response.headers)
        finally:
            if not is_whole:
                response.close()  # the rest is not wanted: this connection cannot be used again
            response.release_conn()


def _client(access_token: str, base: str) -> _Client:
    configuration = sdk.Configuration(access_token=access_token, host=base.rstrip("/"))
    client = _Client(configuration)
    client.rest_client.pool_manager = Connections(most=MOST_CONNECTIONS)
    return client


def _asked(call: Callable[..., Any], *args: Any, **kwargs: Any) -> Answer:
    try:
        response = call(*args, **kwargs)
    except sdk.ApiException as error:
        if not error.status:
            raise
        return Answer(error.status, error.headers, read_body(error.body))
    return Answer(response.status_code, response.headers, read_body(response.raw_data))


def _logged(endpoint: str, call: Callable[[], Answer]) -> Answer | Later:
    began = time.perf_counter()
    try:
        answer = call()
    except (urllib3.exceptions.HTTPError, sdk.ApiException) as error:
        later = _unanswered(error)
        log.warning("line.unanswered", endpoint=endpoint, error=later.reason, ms=_ms_since(began))
        return later
    level = log.info if answer.status < HTTPStatus.BAD_REQUEST else log.warning
    level(
        "line.called",
        endpoint=endpoint,
        status=answer.status,
        request_id=answer.request_id,
        ms=_ms_since(began),
    )
    return answer


def _ms_since(began: float) -> int:
    return int((time.perf_counter() - began) * 1000)


def _unanswered(error: Exception) -> Later:
    """Tell a request that certainly never left from one that LINE may have accepted."""
    cause = error.__context__ if isinstance(error, sdk.ApiException) else error
    never_connected = isinstance(
        cause, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError
    )
    not_trusted = cause is not None and any(isinstance(a, ssl.SSLCertVerificationError) for a in cause.args)
    return Later(type(cause or error).__name__, maybe_sent=not (never_connected or not_trusted))
