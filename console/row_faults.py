"""What an import says of a file and its rows, or of LINE's followers, in the language of whoever reads it."""

from console.refusals import Listed
from console.words import sentence

SENTENCES = Listed(
    # the whole file
    sentence("file: is empty"),
    sentence("file: is neither UTF-8, CP932 nor Big5: say which with --encoding"),
    sentence("file: has no header that can be read"),
    sentence("file: has no column %(columns)s: its columns are %(found)s"),
    sentence("file: has %(column)s twice: the columns %(first)s and %(second)s both are"),
    sentence("file: has the column %(column)s: a property is named in small letters a to z, digits and _"),
    sentence("file: has the column %(column)s: a field's name has %(limit)s characters at most"),
    sentence("file: %(path)s cannot be read: No such file or directory"),
    sentence("file: %(path)s cannot be read: Permission denied"),
    sentence("file: %(path)s cannot be read: %(why)s"),
    sentence("file: %(path)s cannot be written: Permission denied"),
    sentence("file: %(path)s cannot be written: %(why)s"),
    sentence("another process has taken this import over"),
    sentence("another process has just taken this very file in"),
    sentence("the import was taken away meanwhile"),
    sentence("%(owner)s is importing this very file at the moment (%(count)s rows)"),
    sentence("stopped; the same command goes on where it was"),
    # what came of it
    sentence("importing %(file)s"),
    sentence("%(file)s is in since %(since)s UTC; --again goes through it anew"),
    sentence("%(count)s rows (after %(earlier)s of an earlier run)"),
    sentence("%(count)s rows"),
    sentence("%(count)s new"),
    sentence("%(count)s changed"),
    sentence("%(count)s same"),
    sentence("%(count)s without a LINE user id"),
    sentence("%(count)s refused, see %(file)s"),
    sentence("row %(number)s"),
    sentence("and %(count)s more"),
    # LINE's list of followers
    sentence("listing followers"),
    sentence("%(count)s followers (after %(earlier)s of an earlier run)"),
    sentence("%(count)s followers"),
    sentence("profiles come while a worker runs"),
    sentence("%(count)s left out: they were erased at their own wish"),
    sentence("another process goes through the followers at the moment"),
    sentence("another process goes through the followers; one that died lets go after ten seconds"),
    sentence(
        "LINE tells the followers of verified and premium accounts only, and this account is neither"
        " (LINE said %(reason)s). Apply for verification in LINE Official Account Manager, under Settings,"
        " Account settings. Until then everybody becomes known as soon as they write, tap or follow"
    ),
    sentence("LINE does not accept the access token (%(reason)s): see `python -m bot doctor`"),
    sentence("LINE does not answer (%(reason)s); the same command goes on where it was"),
    sentence("LINE refuses: %(reason)s"),
    # the row
    sentence("has %(cells)s cells, and the header %(header)s"),
    sentence("has more than %(count)s cells"),
    sentence("holds a NUL"),
    sentence("is not %(encoding)s"),
    sentence("has bytes that are not %(encoding)s"),
    sentence("has a quotation mark that is not closed, or a cell without end"),
    # whom it is about
    sentence("says nobody: line_user_id and customer_id are empty"),
    sentence("is about somebody who was erased at their own wish"),
    sentence("customer_id %(customer)s has no LINE user id yet: import contacts first"),
    # events
    sentence("event_type %(event)s would be one too many: there may be %(count)s"),
    sentence("event_type %(event)s is recorded by the program itself: choose another name"),
    sentence("event_type is written in small letters a to z, digits and _, begins with a letter, at most 60"),
    sentence("properties there are %(found)s, at most %(count)s"),
    sentence("properties names are small letters a to z, digits and _, at most 60"),
    sentence("properties %(name)s is too large a number"),
    sentence("properties %(name)s is neither a text, a number, true, false, nor a list of texts"),
    sentence("properties %(name)s has more than %(count)s characters, or control characters"),
    # any cell
    sentence("%(column)s is empty"),
    sentence("%(column)s is in the future"),
    sentence("%(column)s is past"),
    sentence("%(column)s is negative"),
    sentence("%(column)s is more than the total"),
    sentence("%(column)s is not an amount of money"),
    sentence("%(column)s has more than two digits behind the point"),
    sentence("%(column)s is too large an amount"),
    sentence("%(column)s is not a date such as 2026/11/5 9:05 or 2026-11-05T09:05:00+09:00"),
    sentence("%(column)s is a date or a time that does not exist"),
    sentence("%(column)s is not between the years %(first)s and %(last)s"),
    sentence("%(column)s is neither yes nor no"),
    sentence("%(column)s is not a month from 1 to 12"),
    sentence("%(column)s is not a word for a gender that we know: female, male, other, unknown"),
    sentence("%(column)s is not a LINE user id: U and 32 of 0-9 a-f"),
    sentence("%(column)s is not a JSON object"),
    sentence("%(column)s is none of %(allowed)s"),
    sentence("%(column)s has more than %(count)s names"),
    sentence("%(column)s has a name with a space, a comma, a | or more than %(count)s characters"),
    sentence("%(column)s has more than %(count)s characters"),
    sentence("%(column)s holds characters that cannot be seen"),
    sentence("%(column)s holds a NUL"),
)
"""As facts/rows*.py, facts/events.py, facts/orders.py and bot/import*.py say them, and the command itself."""
