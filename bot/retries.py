"""When work that LINE did not take is tried again."""

from datetime import timedelta

from line.outcomes import Later, TokenRefused

FIRST = timedelta(seconds=5)
LONGEST = timedelta(minutes=10)


def pause(failure: Later | TokenRefused, *, attempts: int) -> timedelta:
    """Return how long to wait after so many attempts: what LINE asks for, else doubling from five seconds."""
    if isinstance(failure, TokenRefused):
        return LONGEST
    if failure.after is not None:
        return failure.after
    return min(FIRST * (1 << min(max(attempts, 1) - 1, 12)), LONGEST)
