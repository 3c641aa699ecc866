"""Messages that are looked at, not used."""

from markupsafe import Markup

_BUTTON = Markup("<button ")
_STILL = Markup('<button tabindex="-1" aria-disabled="true" ')


def still(drawn: Markup) -> Markup:
    """Take the buttons of a drawn message out of the keyboard's way; the page makes them deaf to clicks."""
    # Whatever a message says is escaped, so that only a tag of ours begins like this.
    return drawn.replace(_BUTTON, _STILL)
