"""Ports for programs that a test starts."""

import socket
from random import SystemRandom

BELOW_THE_SYSTEMS_OWN = range(20_000, 32_000, 2)
"""Linux gives connections ports from 32,768 on: one taken there between our look and our start would clash."""


def two_free_ports() -> int:
    """Return a free port whose next one is free, too."""
    while True:
        port = SystemRandom().choice(BELOW_THE_SYSTEMS_OWN)
        try:
            with socket.create_server(("127.0.0.1", port)), socket.create_server(("127.0.0.1", port + 1)):
                return port
        except OSError:
            continue
