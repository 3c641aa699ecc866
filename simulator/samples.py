"""The picture that a person sends when a test or the page does not bring one."""

from functools import cache
from pathlib import Path


@cache
def sample_picture() -> bytes:
    """Return the sample picture, a JPEG drawn for this project."""
    return (Path(__file__).parent / "static" / "sample.jpg").read_bytes()
