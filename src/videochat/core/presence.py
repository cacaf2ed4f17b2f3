"""Who is there: tells accepted contacts when somebody comes and when somebody has really gone."""

from typing import Final

from msgspec import Struct

from videochat.core.delivery import Delivery
from videochat.core.errors import Refusal
from videochat.core.models import Attendance, Connection
from videochat.core.ports import Clock, ConnectionStore, ContactStore, Timers
from videochat.core.reach import may_reach

GRACE_MS: Final = 5_000
"""A device that is back within this time was never away: a page reload takes less."""

REPLACED_MS: Final = 20_000
"""A connection that has lasted so long has replaced the older ones of its device: clients are done with that earlier (protocol/README.md)."""


class Departure(Struct, frozen=True):
    """A device whose connection was removed, at the end of its grace window."""

    user_id: str
    device_id: str
    at: int
    """When the connection was removed."""
    since: int | None
    """When it had been opened, if it lasted long enough to have replaced the older ones of its device."""


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

    # -- connections come and go --------------------------------------------------------------------------------

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
        key = f"{connection.user_id} {connection.device_id} {now}"
        if now - connection.connected_at >= REPLACED_MS:
            key += f" {connection.connected_at}"
        self._timers.schedule(now + GRACE_MS, "device_gone", key)

    def away(self, key: str) -> Departure | None:
        """The end of the grace window: who has gone, when the device is still away.

        A socket that dies with its network, as when a phone leaves the Wi-Fi, is not seen to close. So whatever is left of the device that is
        older than what has replaced it goes as well.

        :param key: as :meth:`went` scheduled it.
        """
        user_id, device_id, at, *since = key.split(" ")
        gone = Departure(user_id, device_id, int(at), int(since[0]) if since else None)
        there = self._connections.attendance(user_id, self._clock.now())
        left = [connection for connection in there.connections if connection.device_id == device_id]
        dead = [each for each in left if gone.since is not None and each.connected_at < gone.since]
        for connection in dead:
            # They went no later than what has replaced them: nobody is to be seen for longer because of them.
            self._connections.remove(connection.connection_id, max(gone.at, there.left_at or 0))
        return None if len(left) > len(dead) else gone

    def settle(self, gone: Departure) -> None:
        """At the end of the grace window: tells the contacts if the user has no connection left, and had none since ``gone``."""
        now = self._clock.now()
        there = self._connections.attendance(gone.user_id, now)
        # Whoever has come and left again has a window that began later.
        if not there.connections and (there.left_at is None or there.left_at <= gone.at):
            self._announce(gone.user_id, online=False, now=now)

    # -- what others see ----------------------------------------------------------------------------------------

    def shown(self, user_ids: list[str]) -> set[str]:
        """Those of ``user_ids`` who show as online: whoever has left a moment ago still does."""
        if not user_ids:
            return set()
        now = self._clock.now()
        return self._connections.online(user_ids, now, now - GRACE_MS)

    def is_shown(self, user_id: str) -> bool:
        """Whether this one does."""
        now = self._clock.now()
        there = self._connections.attendance(user_id, now)
        return bool(there.connections) or may_come_back(there, now)

    def show(self, user_id: str, contact_id: str) -> None:
        """The contact may see the user from now on: says so if there is anything to see."""
        if self.is_shown(user_id):
            self._tell(user_id, contact_id, online=True)

    def hide(self, user_id: str, contact_id: str, *, later: bool = False) -> None:
        """The contact may not see the user from now on: says that they have gone, if they were to be seen.

        :param later: as late as if the user left now (:meth:`hide_now`).
        """
        if not self.is_shown(user_id):
            return
        if later:
            self._timers.schedule(self._clock.now() + GRACE_MS, "hide", f"{user_id} {contact_id}")
        else:
            self._tell(user_id, contact_id, online=False)

    def hide_now(self, key: str) -> None:
        """What :meth:`hide` has put off, unless the two may see each other again by now."""
        user_id, contact_id = key.split(" ")
        if not may_reach(self._contacts.get_pair(user_id, contact_id).mine):
            self._tell(user_id, contact_id, online=False)

    # -- inside -------------------------------------------------------------------------------------------------

    def _tell(self, user_id: str, contact_id: str, online: bool) -> None:
        now = self._clock.now()
        targets = [connection.connection_id for connection in self._connections.of_user(contact_id, now)]
        self._delivery.send(targets, {"action": "presence", "userId": user_id, "online": online, "at": now})

    def _announce(self, user_id: str, online: bool, now: int) -> None:
        rows = self._contacts.list_of(user_id)
        reachable = [row.contact_user_id for row in rows if may_reach(row)]
        if not reachable:
            return
        targets = [connection.connection_id for connection in self._connections.of_users(reachable, now)]
        self._delivery.send(targets, {"action": "presence", "userId": user_id, "online": online, "at": now})


def may_come_back(there: Attendance, now: int) -> bool:
    """Whether somebody without a connection may be in the middle of a reload, and still shows as online."""
    return there.left_at is not None and there.left_at + GRACE_MS > now
