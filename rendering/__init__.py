"""LINE messages as safe HTML: one renderer for the staff console and the simulator.

Whatever is in a message, the markup is balanced, everything in it is escaped, and there is neither
script nor `style=` in it: a page serves it under `default-src 'self'`. The page loads
`messages.css` and `messages.js` from `STATIC`.
"""

from pathlib import Path

from rendering.incoming import render_incoming
from rendering.messages import render_message, render_quick_replies
from rendering.still import still
from rendering.wording import Word, Wording, worded

STATIC = Path(__file__).parent / "static"
"""The folder of `messages.css` and `messages.js`."""

__all__ = [
    "STATIC",
    "Word",
    "Wording",
    "render_incoming",
    "render_message",
    "render_quick_replies",
    "still",
    "worded",
]
