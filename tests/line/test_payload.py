"""Numbers that no column takes read as absent."""

import pytest

from line.payload import Payload


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (2**63 - 1, 2**63 - 1),
        (-(2**63), -(2**63)),
        ("7", 7),
        (2**63, None),
        (1e300, None),
        ("9" * 30, None),
        (float("inf"), None),
        (True, None),
    ],
)
def test_a_whole_number_has_64_bits(given: object, read: int | None) -> None:
    assert Payload({"fileSize": given}).integer("fileSize") == read
