"""``hello`` and ``ping``."""

from typing import Any

from videochat.aws import composition, sockets


def handler(event: sockets.Event, _context: Any) -> sockets.Response:
    """Welcomes a client, or shows it that the socket is alive."""
    return sockets.receive(event, lambda: composition.core().signaling, sockets.HELLO_ACTIONS.__contains__)
