"""The playbooks that ship, checked once for all tests about them."""

from functools import cache
from pathlib import Path

import pytest

from playbook.check import check
from playbook.schema import Playbook

EXAMPLES = Path(__file__).parents[2] / "examples"


@cache
def _checked(name: str) -> Playbook:
    checked = check(EXAMPLES / name)
    assert checked.faults == ()
    assert checked.playbook is not None
    return checked.playbook


@pytest.fixture(params=["rental", "tea_shop"])
def playbook(request: pytest.FixtureRequest) -> Playbook:
    return _checked(request.param)


@pytest.fixture
def rental() -> Playbook:
    return _checked("rental")


@pytest.fixture
def tea_shop() -> Playbook:
    return _checked("tea_shop")
