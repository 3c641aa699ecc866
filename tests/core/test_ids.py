"""Public ids and shards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import SHARDS, new_public_id, shard_of


def test_public_ids_are_readable_aloud_and_do_not_repeat() -> None:
    ids = {new_public_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(len(id_) == 12 and not set(id_) & set("01oilOIL") for id_ in ids)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_every_lane_has_one_of_the_shards(key: str) -> None:
    assert 0 <= shard_of(key) < SHARDS


@pytest.mark.parametrize(("key", "shard"), [("-", 56), ("U4af4980629", 10), ("group:C1", 31)])
def test_the_shard_of_a_lane_never_changes(key: str, shard: int) -> None:
    """Rows store it: another number would tear a contact's rows apart."""
    assert shard_of(key) == shard
