"""Who is there: tells accepted contacts when somebody comes and when somebody has really gone."""

from typing import Final

from videochat.core.delivery import Delivery
from videochat.core.errors import Refusal
from videochat.core.models import Connection
from videochat.core.ports import Clock, ConnectionStore, ContactStore, Timers
from videochat.core.reach import may_reach

GRACE_MS: Final = 5_000
"""A device that is back within this time was never away: a page reload takes less."""

REPLACED_MS: Final = 20_000
"""A connection that has lasted so long has replaced the older ones of its device: clients are done with that earlier (protocol/README.md)."""


class Presence:
    """Presence of users, made out of their connections.

    :param max_connections: open connections that a user may have.
    """

    def __init__(
        self,
        connections: ConnectionStore,
        contacts: ContactStore,
        delivery: Delivery,
        timers: Timers,
        clock: Clock,
        max_connections: int,
    ) -> None:
        self._connections = connections
        self._contacts = contacts
        self._delivery = delivery
        self._timers = timers
        self._clock = clock
        self._max_connections = max_connections

    def came(self, connection: Connection) -> None:
        """Stores a new connection and, when it is the user's only one, tells the contacts.

        :raises Refusal: ``too_many_connections``: the user has as many as one may have.
        """
        now = self._clock.now()
        others = self._connections.of_user(connection.user_id, now)
        if len(others) >= self._max_connections:
            raise Refusal("too_many_connections", "This user has too many open connections.", 429)
        self._connections.add(connection)
        if not others:
            self._announce(connection.user_id, online=True, now=now)

    def went(self, connection: Connection) -> None:
        """Starts the grace window after a connection has been removed; :meth:`away` looks again at its end."""
        now = self._clock.now()
        key = f"{connection.user_id} {connection.device_id}"
        if now - connection.connected_at >= REPLACED_MS:
            key += f" {connection.connected_at}"
        self._timers.schedule(now + GRACE_MS, "device_gone", key)

    def away(self, key: str) -> tuple[str, str] | None:
        """The end of the grace window: the user id and device id when the device is still away.

        A socket that dies with its network, as when a phone leaves the Wi-Fi, is not seen to close. So whatever is left of the device that is
        older than what has replaced it goes as well.

        :param key: as :meth:`went` scheduled it.
        """
        user_id, device_id, *since = key.split(" ")
        left = [
            connection
            for connection in self._connections.of_user(user_id, self._clock.now())
            if connection.device_id == device_id
        ]
        dead = [each for each in left if since and each.connected_at < int(since[0])]
        for connection in dead:
            self._connections.remove(connection.connection_id)
        return None if len(left) > len(dead) else (user_id, device_id)

    def settle(self, user_id: str) -> None:
        """At the end of the grace window: tells the contacts if the user has no connection left."""
        now = self._clock.now()
        if not self._connections.of_user(user_id, now):
            self._announce(user_id, online=False, now=now)

    def _announce(self, user_id: str, online: bool, now: int) -> None:
        rows = self._contacts.list_of(user_id)
        reachable = [row.contact_user_id for row in rows if may_reach(row)]
        if not reachable:
            return
        targets = [connection.connection_id for connection in self._connections.of_users(reachable, now)]
        self._delivery.send(targets, {"action": "presence", "userId": user_id, "online": online, "at": now})
