"""Whether an address to listen on is free."""

import errno
import socket

from core.errors import Rejected


class PortTaken(Rejected):
    """Somebody listens there already."""


def require_free(host: str, port: int) -> None:
    """Make sure that we can listen on a port: the server itself would share it without a word.

    :raises PortTaken: we cannot.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortTaken(
                    f"port {port} on {host} is taken: stop what uses it, or set PORT to another"
                ) from None
            raise PortTaken(f"cannot listen on port {port} of {host}: {error.strerror}") from None
