"""Files of our own that browsers load: for ever under an address that names their content, and packed."""

import gzip
from functools import lru_cache
from pathlib import Path

from flask import Response, request

from rendering import STATIC as RENDERING

STATIC = Path(__file__).parent / "static"
FOLDERS = {"console.static": STATIC, "drawn.static": RENDERING}
"""By the endpoint that serves them."""
PACKED = frozenset({".css", ".js", ".svg"})


def is_static() -> bool:
    """Say whether a file of ours was asked for."""
    return request.endpoint in FOLDERS


def finish(response: Response) -> Response:
    """Let browsers keep the file, and pack it for those who can unpack it; pages are left to a proxy."""
    if "v" not in request.args:
        return response
    # The address carries a hash of the content.
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    name = (request.view_args or {}).get("filename", "")
    if Path(name).suffix not in PACKED:
        return response
    response.vary.add("Accept-Encoding")
    if response.status_code == 200 and request.accept_encodings.quality("gzip") > 0:
        response.close()  # the file that Flask has opened
        response.direct_passthrough = False
        path = FOLDERS[request.endpoint or ""] / name
        response.set_data(_packed(path, path.stat().st_mtime_ns))
        response.headers["Content-Encoding"] = "gzip"
        # That one is of the file as it lies here; with an address of its own nobody asks again.
        response.headers.pop("ETag", None)
        response.headers.pop("Accept-Ranges", None)
    return response


@lru_cache(maxsize=100)
def _packed(path: Path, _changed_ns: int) -> bytes:
    return gzip.compress(path.read_bytes(), mtime=0)
