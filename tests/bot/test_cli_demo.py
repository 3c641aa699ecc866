"""The invented shop by the command line: only beside a simulated LINE."""

import pytest

from tests.bot.conftest import Run


@pytest.mark.parametrize("what", ["fill", "reset", "welcome"])
def test_beside_a_real_account_nothing_is_invented_and_nobody_is_let_in(
    command: Run, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setenv("LINE_CHANNEL_SECRET", "s" * 32)
    monkeypatch.setenv("LINE_CHANNEL_ACCESS_TOKEN", "t" * 40)
    refused = command("demo", what)
    assert refused.exit_code == 1
    assert refused.stderr.startswith("LINE credentials are set")
    assert refused.stdout == ""
