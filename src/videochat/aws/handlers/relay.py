"""``$default``: ``relay``, and whatever has no route, which is refused."""

from typing import Any

from videochat.aws import composition, sockets


def handler(event: sockets.Event, _context: Any) -> sockets.Response:
    """Forwards a frame to somebody whom the sender may reach."""
    return sockets.receive(
        event,
        lambda: composition.core().signaling,
        lambda action: action not in sockets.ROUTED_ACTIONS,
    )
