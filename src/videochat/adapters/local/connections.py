"""Open sockets of one process, in memory: a restart closes them all, so there is nothing to keep."""

import threading
from collections.abc import Collection
from typing import Final

from videochat.core.models import Attendance, Connection

_REMEMBERED_MS: Final = 60_000
"""How long it is known when somebody has left."""


class MemoryConnections:
    """A :class:`~videochat.core.ports.ConnectionStore`, safe for threads.

    The connections of a user are an immutable tuple that is replaced as a whole, so that readers, who come with every frame, need
    no lock.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_id: dict[str, Connection] = {}
        self._by_user: dict[str, tuple[Connection, ...]] = {}
        self._left: dict[str, int] = {}
        """When a user's last removed connection went; the longest ago first."""

    def add(self, connection: Connection) -> None:
        with self._lock:
            self._forget(connection.connection_id)
            self._by_id[connection.connection_id] = connection
            others = self._by_user.get(connection.user_id, ())
            self._by_user[connection.user_id] = tuple(sorted((*others, connection), key=_age))

    def get(self, connection_id: str, now: int) -> Connection | None:
        connection = self._by_id.get(connection_id)
        return connection if connection is not None and now <= connection.expires_at else None

    def remove(self, connection_id: str, at: int | None) -> Connection | None:
        with self._lock:
            connection = self._forget(connection_id)
            if connection is not None and at is not None:
                self._note(connection.user_id, at)
            return connection

    def of_user(self, user_id: str, now: int) -> list[Connection]:
        return [connection for connection in self._by_user.get(user_id, ()) if now <= connection.expires_at]

    def attendance(self, user_id: str, now: int) -> Attendance:
        return Attendance(self.of_user(user_id, now), self._left.get(user_id))

    def of_users(self, user_ids: Collection[str], now: int) -> list[Connection]:
        return [connection for user_id in set(user_ids) for connection in self.of_user(user_id, now)]

    def online(self, user_ids: Collection[str], now: int, left_after: int) -> set[str]:
        return {
            user_id
            for user_id in user_ids
            if self.of_user(user_id, now) or self._left.get(user_id, left_after) > left_after
        }

    def _note(self, user_id: str, at: int) -> None:
        # A dictionary keeps the order in which members were put in.
        self._left[user_id] = max(at, self._left.pop(user_id, at))
        while self._left[oldest := next(iter(self._left))] < at - _REMEMBERED_MS:
            del self._left[oldest]

    def _forget(self, connection_id: str) -> Connection | None:
        connection = self._by_id.pop(connection_id, None)
        if connection is not None:
            rest = tuple(
                other for other in self._by_user[connection.user_id] if other.connection_id != connection_id
            )
            if rest:
                self._by_user[connection.user_id] = rest
            else:
                del self._by_user[connection.user_id]
        return connection


def _age(connection: Connection) -> tuple[int, str]:
    return connection.connected_at, connection.connection_id
