"""A shop that is alive when you open it: invented staff and customers, for trying the program out.

Nothing of it exists while LINE credentials are set. Its people go through the same handlers as
anybody else; only the clock is an earlier one, and nothing is sent.
"""
