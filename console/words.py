"""Sentences in the language of the page: `_("Saved.")`, `_("Hello, %(name)s", name=...)`.

Babel finds them by these names, and Flask-Babel, which does the work, has no types.
"""

from flask_babel import gettext, lazy_gettext
from flask_babel import ngettext as ngettext_of_page


def _(words: str, **values: object) -> str:
    """Return a sentence in the language of the page."""
    return str(gettext(words, **values))


def ngettext(one: str, many: str, num: int, **values: object) -> str:
    """Return the sentence that fits a number, which it may tell as %(num)s."""
    return str(ngettext_of_page(one, many, num, **values))


def _l(words: str) -> str:
    """Return a sentence for a table made at import, which is put into words when it is shown."""
    lazy: str = lazy_gettext(words)
    return lazy


def sentence(words: str) -> str:
    """Mark a sentence for the catalogue; whoever shows it puts it into words with `_`."""
    return words
