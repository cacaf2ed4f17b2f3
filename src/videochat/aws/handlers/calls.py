"""Call control: ``invite``, ``ringing``, ``accept``, ``decline``, ``cancel``, ``hangup``, ``route``."""

from typing import Any

from videochat.aws import composition, sockets


def handler(event: sockets.Event, _context: Any) -> sockets.Response:
    """What a client says about a call."""
    return sockets.receive(event, lambda: composition.core().signaling, sockets.CALL_ACTIONS.__contains__)
