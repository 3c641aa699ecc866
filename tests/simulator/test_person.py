"""Person against a tiny bot that repeats what it hears."""

from simulator.server import Simulator


def test_a_text_is_answered_through_the_reply_token(echo: Simulator) -> None:
    mina = echo.person("Mina")
    mina.follows()
    mina.says("hello")
    assert mina.sees == ["welcome", "echo: hello"]
