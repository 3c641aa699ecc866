"""LINE as a server, for tests and for the browser: the bot cannot tell it from the real one."""
