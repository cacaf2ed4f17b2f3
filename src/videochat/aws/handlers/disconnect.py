"""``$disconnect``: a socket has closed. Best effort: what never gets here expires, or turns out to be gone when a frame is sent to it."""

from typing import Any

from videochat.aws import composition, sockets


def handler(event: sockets.Event, _context: Any) -> sockets.Response:
    """Forgets the connection and starts the grace window."""
    sockets.begin(event)
    composition.core().signaling.disconnect(sockets.connection_id(event))
    return sockets.OK
