"""The load generator for machines without wrk: `python -m bench.sockets PORT CONNECTIONS SECONDS`.

Half as fast as wrk, and still several times faster than any server measured here. Prints what requests.lua does.
"""

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import orjson


class _Count:
    def __init__(self) -> None:
        self.took: list[float] = []
        self.refused = 0
        self.broken = 0


def _requests(path: Path) -> Iterator[bytes]:
    lines = path.read_bytes().splitlines()
    for signature, body in zip(lines[::2], lines[1::2], strict=True):
        yield (
            b"POST /callback HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json; charset=utf-8\r\n"
            b"User-Agent: LineBotWebhook/2.0\r\nX-Line-Signature: %b\r\nContent-Length: %d\r\n\r\n%b"
            % (signature, len(body), body)
        )


async def _connection(port: int, requests: Iterator[bytes], until: float, count: _Count) -> None:
    reader = writer = None
    for request in requests:
        began = perf_counter()
        if began >= until:
            break
        try:
            if reader is None or writer is None:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            closes = b"connection: close" in head.lower()
            await reader.readexactly(int(head.lower().split(b"content-length:")[1].split(b"\r")[0]))
        except (OSError, asyncio.IncompleteReadError):
            count.broken += 1
            reader = writer = None
            continue
        count.took.append(perf_counter() - began)
        count.refused += not head.startswith(b"HTTP/1.1 2")
        if closes:
            writer.close()
            reader = writer = None
    if writer is not None:
        writer.close()


async def _press(port: int, connections: int, seconds: float) -> None:
    # Shared: each request is sent by whichever connection comes to it.
    requests = iter(list(_requests(Path(os.environ["BENCH_REQUESTS"]))))
    count = _Count()
    began = perf_counter()
    await asyncio.gather(*(_connection(port, requests, began + seconds, count) for _ in range(connections)))
    took = sorted(count.took) or [0.0]
    told = {
        "requests": len(count.took),
        "us": int((perf_counter() - began) * 1e6),
        "p50_us": took[len(took) // 2] * 1e6,
        "p99_us": took[int(len(took) * 0.99)] * 1e6,
        "max_us": took[-1] * 1e6,
        "refused": count.refused,
        "broken": count.broken,
    }
    print(orjson.dumps(told).decode())


if __name__ == "__main__":
    asyncio.run(_press(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
