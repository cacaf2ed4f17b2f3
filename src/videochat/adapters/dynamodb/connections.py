"""Open sockets in DynamoDB."""

from collections.abc import Collection, Iterable
from typing import Any, Final

import msgspec

from videochat.adapters.dynamodb import requests
from videochat.adapters.dynamodb.client import DynamoDBClient
from videochat.adapters.dynamodb.items import ALONE, Item, absent, equal, item, plain, value
from videochat.adapters.dynamodb.requests import ATTEMPTS, Cancelled
from videochat.core.errors import Unavailable
from videochat.core.models import Attendance, Connection

_SOCKET: Final = "socket#"
"""How the attributes of a presence item begin that stand for an open socket; the connection id follows."""
_LEFT: Final = "leftAt"
"""The attribute of a presence item that says when one of its sockets was last removed."""
_KEPT_MS: Final = 24 * 3600 * 1000
_unpack: Final = msgspec.json.Decoder(tuple[str, int, int]).decode


class DynamoDBConnections:
    """Implements :class:`videochat.core.ports.ConnectionStore`.

    Each socket stands in two items that change in one transaction: its own, which finds it by its id, and the presence item of its
    user, whose key is known, so that one BatchGetItem answers for 100 users. Both are read consistently: a frame that follows the
    handshake at once finds its connection, which an index does not promise.
    """

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def add(self, connection: Connection) -> None:
        """See the port. Also takes sockets of this user out that have expired unseen."""
        for _ in range(ATTEMPTS):
            known, presence = self._read(connection)
            try:
                requests.transact(self._client, self._additions(connection, known, presence))
                return
            except Cancelled:
                continue
        raise Unavailable("DynamoDB: the connection keeps changing")

    def get(self, connection_id: str, now: int) -> Connection | None:
        """See the port."""
        connection = self._get(connection_id)
        return connection if connection is not None and now <= connection.expires_at else None

    def remove(self, connection_id: str, at: int | None) -> Connection | None:
        """See the port."""
        for _ in range(ATTEMPTS):
            known = self._get(connection_id)
            if known is None:
                return None
            delete = {
                "TableName": self._table,
                "Key": _key(_own(connection_id)),
                **equal(owner=known.user_id).arguments,
            }
            try:
                requests.transact(self._client, [{"Delete": delete}, self._left(known, at)])
                return known
            except Cancelled:
                continue
        raise Unavailable("DynamoDB: the connection keeps changing")

    def of_user(self, user_id: str, now: int) -> list[Connection]:
        """See the port. One GetItem."""
        return self.attendance(user_id, now).connections

    def attendance(self, user_id: str, now: int) -> Attendance:
        """See the port. One GetItem."""
        found = requests.get(self._client, self._table, _key(user_id))
        open_now = [one for one in _sockets(found) if now <= one.expires_at]
        return Attendance(
            sorted(open_now, key=lambda one: (one.connected_at, one.connection_id)), _left_at(found)
        )

    def of_users(self, user_ids: Collection[str], now: int) -> list[Connection]:
        """See the port. One BatchGetItem for every 100 ids."""
        return [
            one for found in self._presences(user_ids) for one in _sockets(found) if now <= one.expires_at
        ]

    def online(self, user_ids: Collection[str], now: int, left_after: int) -> set[str]:
        """See the port. As many requests."""
        return {
            str(found["userId"]["S"])
            for found in self._presences(user_ids)
            if (_left_at(found) or left_after) > left_after
            or any(now <= one.expires_at for one in _sockets(found))
        }

    def _presences(self, user_ids: Collection[str]) -> list[Item]:
        keys = [(("userId", user_id), ("connectionId", ALONE)) for user_id in user_ids]
        return requests.get_all(self._client, self._table, keys)

    def _get(self, connection_id: str) -> Connection | None:
        found = requests.get(self._client, self._table, _key(_own(connection_id)))
        return None if found is None else _connection(found)

    def _read(self, connection: Connection) -> tuple[Connection | None, list[Connection]]:
        own = _own(connection.connection_id)
        keys = [(("userId", text), ("connectionId", ALONE)) for text in (own, connection.user_id)]
        known, presence = None, []
        for found in requests.get_all(self._client, self._table, keys):
            if found["userId"]["S"] == own:
                known = _connection(found)
            else:
                presence = list(_sockets(found))
        return known, presence

    def _additions(
        self, connection: Connection, known: Connection | None, presence: list[Connection]
    ) -> list[dict[str, Any]]:
        seen = absent("userId") if known is None else equal(owner=known.user_id)
        removal = removal_time(connection.expires_at)
        own = item(
            {
                "userId": _own(connection.connection_id),
                "connectionId": ALONE,
                "owner": connection.user_id,
                **_details(connection),
                "removeAt": removal,
            }
        )
        expired = [
            one.connection_id
            for one in presence
            if one.expires_at < connection.connected_at and one.connection_id != connection.connection_id
        ]
        names = {f"#x{n}": _SOCKET + connection_id for n, connection_id in enumerate(expired)}
        arrival = {
            "TableName": self._table,
            "Key": _key(connection.user_id),
            "UpdateExpression": "SET #s = :s, removeAt = :r"
            + (f" REMOVE {', '.join(names)}" if names else ""),
            "ExpressionAttributeNames": {"#s": _SOCKET + connection.connection_id, **names},
            "ExpressionAttributeValues": {":s": value(_packed(connection)), ":r": value(removal)},
        }
        writes = [
            {"Put": {"TableName": self._table, "Item": own, **seen.arguments}},
            {"Update": arrival},
        ]
        if known is not None and known.user_id != connection.user_id:
            writes.append(self._left(known, None))
        return writes

    def _left(self, connection: Connection, at: int | None) -> dict[str, Any]:
        note = {} if at is None else {":l": value(at)}
        return {
            "Update": {
                "TableName": self._table,
                "Key": _key(connection.user_id),
                # The time of removal comes along lest an empty item stays for ever.
                "UpdateExpression": "SET removeAt = if_not_exists(removeAt, :r)"
                + (f", {_LEFT} = :l" if note else "")
                + " REMOVE #s",
                "ExpressionAttributeNames": {"#s": _SOCKET + connection.connection_id},
                "ExpressionAttributeValues": {":r": value(removal_time(connection.expires_at)), **note},
            }
        }


def removal_time(expires_at: int) -> int:
    """When DynamoDB's time to live may remove an item, in seconds since the epoch: a day after it has expired, so that a presence item
    outlives all sockets in it.
    """
    return (expires_at + _KEPT_MS) // 1000


def _key(partition: str) -> Item:
    return item({"userId": partition, "connectionId": ALONE})


def _own(connection_id: str) -> str:
    return f"#connection#{connection_id}"


def _details(connection: Connection) -> dict[str, Any]:
    return {
        "deviceId": connection.device_id,
        "connectedAt": connection.connected_at,
        "expiresAt": connection.expires_at,
    }


def _packed(connection: Connection) -> str:
    # One text instead of a map: presence items are read by the hundred, and are paid and transferred by size.
    return msgspec.json.encode(
        [connection.device_id, connection.connected_at, connection.expires_at]
    ).decode()


def _connection(stored: Item) -> Connection:
    fields = plain(stored)
    connection_id = fields["userId"].removeprefix("#connection#")
    return Connection(
        connection_id, fields["owner"], fields["deviceId"], fields["connectedAt"], fields["expiresAt"]
    )


def _left_at(stored: Item | None) -> int | None:
    return int(stored[_LEFT]["N"]) if stored is not None and _LEFT in stored else None


def _sockets(stored: Item | None) -> Iterable[Connection]:
    if stored is None:
        return
    fields = plain(stored)
    for name, packed in fields.items():
        if name.startswith(_SOCKET):
            device_id, connected_at, expires_at = _unpack(packed)
            yield Connection(
                name.removeprefix(_SOCKET), fields["userId"], device_id, connected_at, expires_at
            )
