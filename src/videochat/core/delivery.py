"""Getting frames to sockets, and tidying up after those that are gone: the one place where that is done."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from videochat.core.frames import encode
from videochat.core.models import Connection
from videochat.core.ports import Clock, ConnectionStore, Push


class Delivery:
    """Sends frames through the push port.

    :param connections: what to tidy; ``None`` where that is left to others.
    """

    def __init__(self, push: Push, connections: ConnectionStore | None, clock: Clock) -> None:
        self._push = push
        self._connections = connections
        self._clock = clock
        self.on_gone: Callable[[Connection], None] = lambda _: None
        """Called for each connection that turned out to be gone, after its row has been removed."""

    def send(self, connection_ids: list[str], frame: Mapping[str, Any]) -> int:
        """Sends ``frame`` to each connection.

        :return: how many took it.
        """
        if not connection_ids:
            return 0
        gone = self._push.send(connection_ids, encode(frame))
        if self._connections is not None:
            for connection_id in gone:
                connection = self._connections.remove(connection_id, self._clock.now())
                if connection is not None:
                    self.on_gone(connection)
        return len(connection_ids) - len(gone)


def newest_per_device(connections: Iterable[Connection]) -> list[Connection]:
    """One connection per device: while a socket is being replaced a device has two, and only the newer one stays."""
    newest: dict[str, Connection] = {}
    for connection in connections:
        known = newest.get(connection.device_id)
        if known is None or connection.connected_at >= known.connected_at:
            newest[connection.device_id] = connection
    return list(newest.values())
