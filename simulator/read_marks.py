"""Read marks: tokens that tell by themselves which message they mark."""

import re

_TOKEN = re.compile(r"([0-9a-f]{32})([0-9]{1,20})")


def read_token(user_id: str, message_id: str) -> str:
    """Return the `markAsReadToken` of a message in a person's chat."""
    return f"{user_id.removeprefix('U')}{message_id}"


def marked_by(token: str) -> tuple[str, str] | None:
    """Return the user id and message id that a token stands for, None for a forged one."""
    found = _TOKEN.fullmatch(token)
    return None if found is None else (f"U{found[1]}", found[2])
