"""The doors through which the core reaches the world.

Every port is synchronous. Adapters raise :class:`videochat.core.errors.StoreError` and nothing else. Each port has one contract
suite under ``tests/contract/`` which every adapter passes.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from videochat.core.models import (
    Attendance,
    Call,
    CallPage,
    Connection,
    ContactPair,
    ContactRow,
    IceServers,
    Identity,
    User,
)


class Clock(Protocol):
    """Wall-clock time."""

    def now(self) -> int:
        """Milliseconds since the Unix epoch, UTC."""
        ...


class Ids(Protocol):
    """Unguessable identifiers."""

    def new(self) -> str:
        """A fresh id with at least 122 random bits, out of ``A-Z a-z 0-9 _ -``."""
        ...


class UserStore(Protocol):
    """Users, by id and by address."""

    def get(self, user_id: str) -> User | None: ...

    def get_many(self, user_ids: Collection[str]) -> Mapping[str, User]:
        """Those of ``user_ids`` that exist, by id. The ids may repeat and may be none."""
        ...

    def find_by_email(self, email: str) -> User | None:
        """By exact address; addresses are stored in lower case."""
        ...

    def save(self, user: User) -> None:
        """Creates or replaces the user.

        :raises EmailTaken: another user has the address; nothing was written.
        """
        ...

    def remove(self, user_id: str) -> None:
        """Forgets the user. Unknown ids are no error."""
        ...


class ContactStore(Protocol):
    """Relations: two rows, one per direction, that change together or not at all."""

    def list_of(self, user_id: str) -> list[ContactRow]:
        """All rows of ``user_id``, sorted by ``contact_email``, then ``contact_user_id``; :attr:`Relation.NONE` rows included."""
        ...

    def get_pair(self, user_id: str, contact_user_id: str) -> ContactPair:
        """Both directions, read consistently; ``mine`` is the row of ``user_id``."""
        ...

    def write_pair(self, before: ContactPair, after: ContactPair) -> None:
        """Replaces ``before`` by ``after`` in one transaction; ``None`` means no row.

        At least one row of each side or of ``before`` is given, so that the two user ids are known.

        :raises Conflict: the stored rows are not ``before`` any more; nothing was written.
        """
        ...


class ConnectionStore(Protocol):
    """Open sockets. Expired rows are as good as absent, whether or not they have been removed."""

    def add(self, connection: Connection) -> None: ...

    def get(self, connection_id: str, now: int) -> Connection | None: ...

    def remove(self, connection_id: str, at: int | None) -> Connection | None:
        """Forgets it, notes that its user had it until ``at``, and returns what it was; ``None`` when unknown.

        The note is kept for a minute at least. Without a time nothing is noted: as if it had never been there.
        """
        ...

    def of_user(self, user_id: str, now: int) -> list[Connection]:
        """The user's open connections, oldest first."""
        ...

    def attendance(self, user_id: str, now: int) -> Attendance:
        """The same, with the note of the last one that was removed; as many requests."""
        ...

    def of_users(self, user_ids: Collection[str], now: int) -> list[Connection]:
        """The open connections of all of them, in no order. One request per 100 ids at most; the ids may repeat and may be none."""
        ...

    def online(self, user_ids: Collection[str], now: int, left_after: int) -> set[str]:
        """Those of ``user_ids`` with an open connection, or one that was removed after ``left_after``. One request per 100 ids at most."""
        ...


class CallStore(Protocol):
    """Calls: at most one unfinished call per user, and the history of all."""

    def create(self, call: Call) -> None:
        """Stores a new call. One that is not :attr:`CallState.ENDED` claims both users, all or nothing.

        :raises CallExists: the id is taken.
        :raises UserBusy: a member has an unfinished call (the callee is named when both have one); nothing was written.
        """
        ...

    def get(self, call_id: str) -> Call | None: ...

    def unfinished_of(self, user_id: str) -> Call | None:
        """The call that claims ``user_id``."""
        ...

    def update(self, call: Call) -> Call:
        """Replaces the stored call whose version is ``call.version``; ending it releases both users.

        :return: the call as stored, its version one higher.
        :raises Conflict: the stored version is another, or there is no such call; nothing was written.
        """
        ...

    def history(self, user_id: str, limit: int, after: str | None) -> CallPage:
        """The user's calls, newest ``started_at`` first (then by descending call id), unfinished ones included.

        Calls that ended as :attr:`EndReason.BLOCKED` are the caller's alone.

        :param limit: 1 to 100.
        :param after: ``next`` of the page before; one that cannot be read counts as an empty page.
        """
        ...

    def remove_all_of(self, user_id: str) -> None:
        """Forgets the history of ``user_id`` for everyone, and releases who was in a call with them."""
        ...


class TicketStore(Protocol):
    """Remembers which one-time tickets have been used."""

    def redeem(self, ticket_id: str, expires_at: int, now: int) -> bool:
        """``True`` exactly once per id, also under concurrency; the memory of it may go after ``expires_at``."""
        ...


class Push(Protocol):
    """Sends frames to sockets."""

    def send(self, connection_ids: Sequence[str], frame: bytes) -> set[str]:
        """Sends ``frame`` (a UTF-8 JSON text message) to each, in parallel where that helps.

        :return: those that are gone for good.
        """
        ...


class Timers(Protocol):
    """Calls :meth:`videochat.core.signaling.Signaling.on_timer` later, at least once; a restart may lose it."""

    def schedule(self, at: int, kind: str, key: str) -> None:
        """At time ``at`` (milliseconds since the epoch, never more than 15 minutes ahead) with this kind and key."""
        ...


class TokenVerifier(Protocol):
    """Verifies tokens of the identity provider."""

    def verify(self, token: str, now: int) -> Identity:
        """
        :raises Unauthorized: forged, expired, for another audience, of another issuer, or by an algorithm that is not pinned.
        """
        ...


class IceServerSource(Protocol):
    """Knows the STUN and TURN servers."""

    def ice_servers(self, user_id: str, now: int) -> IceServers:
        """What ``user_id`` may use, with credentials that are good for as long as the answer says, from ``now`` (milliseconds) on."""
        ...
