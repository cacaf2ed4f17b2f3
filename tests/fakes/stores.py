"""Fakes of the stores for users, contacts, connections and tickets."""

from collections.abc import Collection, Mapping

from tests.fakes.faults import Faults

from videochat.core.errors import Conflict, EmailTaken
from videochat.core.models import Attendance, Connection, ContactPair, ContactRow, User


class FakeUsers(Faults):
    """A :class:`~videochat.core.ports.UserStore` in a dictionary."""

    def __init__(self, *users: User) -> None:
        super().__init__()
        self.rows: dict[str, User] = {user.user_id: user for user in users}

    def get(self, user_id: str) -> User | None:
        self._enter("get")
        return self.rows.get(user_id)

    def get_many(self, user_ids: Collection[str]) -> Mapping[str, User]:
        self._enter("get_many")
        return {user_id: self.rows[user_id] for user_id in user_ids if user_id in self.rows}

    def find_by_email(self, email: str) -> User | None:
        self._enter("find_by_email")
        with self._lock:
            return next((user for user in self.rows.values() if user.email == email), None)

    def save(self, user: User) -> None:
        self._enter("save")
        with self._lock:
            if any(row.email == user.email and row.user_id != user.user_id for row in self.rows.values()):
                raise EmailTaken
            self.rows[user.user_id] = user

    def remove(self, user_id: str) -> None:
        self._enter("remove")
        with self._lock:
            self.rows.pop(user_id, None)


class FakeContacts(Faults):
    """A :class:`~videochat.core.ports.ContactStore` in a dictionary.

    ``fail_next(error=Conflict(), on="write_pair")`` loses a race for no reason; ``interfere("write_pair", action)`` loses one for a real
    reason: let ``action`` write other rows.
    """

    def __init__(self, *rows: ContactRow) -> None:
        super().__init__()
        self.rows: dict[tuple[str, str], ContactRow] = {
            (row.user_id, row.contact_user_id): row for row in rows
        }

    def list_of(self, user_id: str) -> list[ContactRow]:
        self._enter("list_of")
        with self._lock:
            rows = [row for row in self.rows.values() if row.user_id == user_id]
        return sorted(rows, key=lambda row: (row.contact_email, row.contact_user_id))

    def get_pair(self, user_id: str, contact_user_id: str) -> ContactPair:
        self._enter("get_pair")
        with self._lock:
            return ContactPair(
                self.rows.get((user_id, contact_user_id)), self.rows.get((contact_user_id, user_id))
            )

    def write_pair(self, before: ContactPair, after: ContactPair) -> None:
        self._enter("write_pair")
        keys = {(row.user_id, row.contact_user_id) for row in (before.mine, after.mine) if row is not None}
        keys |= {
            (row.contact_user_id, row.user_id) for row in (before.theirs, after.theirs) if row is not None
        }
        if len(keys) != 1:
            raise ValueError("the rows are of no pair, or of several")
        ((user_id, contact_user_id),) = keys
        with self._lock:
            mine, theirs = (user_id, contact_user_id), (contact_user_id, user_id)
            if (self.rows.get(mine), self.rows.get(theirs)) != (before.mine, before.theirs):
                raise Conflict("the rows have changed")
            for key, row in ((mine, after.mine), (theirs, after.theirs)):
                self.rows.pop(key, None)
                if row is not None:
                    self.rows[key] = row


class FakeConnections(Faults):
    """A :class:`~videochat.core.ports.ConnectionStore` in a dictionary."""

    def __init__(self, *connections: Connection) -> None:
        super().__init__()
        self.rows: dict[str, Connection] = {row.connection_id: row for row in connections}
        self.left: dict[str, int] = {}
        """When a connection of each user was last removed."""

    def add(self, connection: Connection) -> None:
        self._enter("add")
        with self._lock:
            self.rows[connection.connection_id] = connection

    def get(self, connection_id: str, now: int) -> Connection | None:
        self._enter("get")
        row = self.rows.get(connection_id)
        return row if row is not None and now <= row.expires_at else None

    def remove(self, connection_id: str, at: int | None) -> Connection | None:
        self._enter("remove")
        with self._lock:
            row = self.rows.pop(connection_id, None)
            if row is not None and at is not None:
                self.left[row.user_id] = max(at, self.left.get(row.user_id, at))
            return row

    def of_user(self, user_id: str, now: int) -> list[Connection]:
        self._enter("of_user")
        with self._lock:
            rows = [row for row in self.rows.values() if row.user_id == user_id and now <= row.expires_at]
        return sorted(rows, key=lambda row: (row.connected_at, row.connection_id))

    def attendance(self, user_id: str, now: int) -> Attendance:
        self._enter("attendance")
        with self._lock:
            rows = [row for row in self.rows.values() if row.user_id == user_id and now <= row.expires_at]
            left_at = self.left.get(user_id)
        return Attendance(sorted(rows, key=lambda row: (row.connected_at, row.connection_id)), left_at)

    def of_users(self, user_ids: Collection[str], now: int) -> list[Connection]:
        self._enter("of_users")
        with self._lock:
            return [row for row in self.rows.values() if row.user_id in user_ids and now <= row.expires_at]

    def online(self, user_ids: Collection[str], now: int, left_after: int) -> set[str]:
        self._enter("online")
        with self._lock:
            there = {row.user_id for row in self.rows.values() if now <= row.expires_at}
            there |= {user_id for user_id, left_at in self.left.items() if left_at > left_after}
        return there.intersection(user_ids)


class FakeTickets(Faults):
    """A :class:`~videochat.core.ports.TicketStore` in a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.used: dict[str, int] = {}
        """Expiry by ticket id."""

    def redeem(self, ticket_id: str, expires_at: int, now: int) -> bool:
        self._enter("redeem")
        with self._lock:
            self.used = {known: expiry for known, expiry in self.used.items() if now <= expiry}
            if ticket_id in self.used:
                return False
            self.used[ticket_id] = expires_at
            return True
