"""HTTP connections on which an answer has one time limit for all of it, and one for its size.

urllib3 waits anew for every byte: an answer that trickles would keep its thread for good.
"""

import http.client
import io
import socket
from time import monotonic
from typing import Any

import urllib3

SILENCE_S = 5.0
"""How long nothing at all may come, also where the whole answer has more time."""
ANSWER_LIMIT_BYTES = 1024 * 1024
"""LINE's longest answer, 1,000 menus, has half of it."""
_CHUNK_BYTES = 64 * 1024


class Connections(urllib3.PoolManager):
    """A pool in which a request's read timeout is the time for its whole answer, headers and body."""

    def __init__(self, *, most: int) -> None:
        super().__init__(maxsize=most, retries=False)
        self.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
        self._of: dict[str, urllib3.HTTPConnectionPool] = {}

    def clear(self) -> None:
        """Close the connections that nobody uses just now."""
        self._of.clear()
        super().clear()

    def urlopen(self, method: str, url: str, **kw: Any) -> Any:  # type: ignore[override]
        """Ask, and read the answer at once, unless `preload_content` says that the caller reads it.

        :raises urllib3.exceptions.HTTPError: no answer, or one that is too slow or too large.
        """
        caller_reads = not kw.get("preload_content", True)
        response = super().urlopen(method, url, **(kw | {"redirect": False, "preload_content": False}))
        return response if caller_reads else _read(response)

    def ask(
        self, base: str, method: str, path: str, *, body: bytes, headers: Any, timeout: urllib3.Timeout
    ) -> tuple[urllib3.BaseHTTPResponse, bytes]:
        """Ask one server again and again: as `urlopen`, without working out anew each time which one it is.

        Returns the answer's head, and its body.
        :raises urllib3.exceptions.HTTPError: no answer, or one that is too slow or too large.
        """
        pool = self._of.get(base)
        if pool is None:
            pool = self._of[base] = self.connection_from_url(base)
        response = pool.urlopen(
            method,
            path,
            body=body,
            headers=headers,
            timeout=timeout,
            redirect=False,
            assert_same_host=False,
            preload_content=False,
        )
        return response, _body(response).getvalue()


def _read(response: urllib3.BaseHTTPResponse) -> urllib3.HTTPResponse:
    return urllib3.HTTPResponse(
        body=_body(response),
        headers=response.headers,
        status=response.status,
        reason=response.reason,
        decode_content=False,
    )


def _body(response: urllib3.BaseHTTPResponse) -> io.BytesIO:
    body, is_whole = io.BytesIO(), False
    try:
        # As it came: we ask for nothing compressed, and a thousandfold body must not unfold here.
        for chunk in response.stream(_CHUNK_BYTES, decode_content=False):
            body.write(chunk)
            if body.tell() > ANSWER_LIMIT_BYTES:
                break
        else:
            is_whole = True
    finally:
        if not is_whole:
            response.close()  # the rest is not wanted: this connection cannot be used again
        response.release_conn()
    if not is_whole:
        raise urllib3.exceptions.ProtocolError("the answer is too large")
    body.seek(0)
    return body


class _PunctualFile(io.RawIOBase):
    """What a socket receives, until a moment that reading does not put off."""

    def __init__(self, received: io.RawIOBase, sock: socket.socket) -> None:
        self._received = received
        self._socket = sock
        # What urllib3 has just set, for it asks with the request's read timeout.
        self._ends = monotonic() + (sock.gettimeout() or SILENCE_S)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._ends - monotonic()
        if left <= 0:
            raise TimeoutError("the answer takes too long")
        self._socket.settimeout(min(left, SILENCE_S))
        return self._received.readinto(buffer)

    def close(self) -> None:
        self._received.close()
        super().close()


class _PunctualResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        received: Any = self.fp
        self.fp = io.BufferedReader(_PunctualFile(received.detach(), sock))


class _InOnePiece(urllib3.connection.HTTPConnection):
    """Sends a request's head and body together.

    By itself Python sends them one after the other: two packets to LINE, and once more letting go of the
    global lock, which beside busy threads takes longer to win back than the request to write.
    """

    _pieces: list[Any] | None = None

    def request(self, *args: Any, **kwargs: Any) -> None:
        pieces: list[Any] = []
        self._pieces = pieces
        try:
            super().request(*args, **kwargs)
        finally:
            self._pieces = None
        self.send(b"".join(pieces))

    def send(self, data: Any) -> None:
        if self._pieces is None:
            super().send(data)
        else:
            self._pieces.append(data)


class _Connection(_InOnePiece):
    response_class = _PunctualResponse


class _SecureConnection(_InOnePiece, urllib3.connection.HTTPSConnection):
    response_class = _PunctualResponse


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _SecureConnection
