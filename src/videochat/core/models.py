"""The data the core decides about. Every time is an integer: milliseconds since the Unix epoch, UTC."""

from enum import StrEnum

from msgspec import Struct


class Identity(Struct, frozen=True):
    """Who a verified token says its bearer is."""

    user_id: str
    """The token's ``sub``."""
    email: str
    """Lower case. A name, not a proof, unless the identity provider verifies addresses."""
    name: str


class User(Struct, frozen=True):
    """A person with an account, as others may find them."""

    user_id: str
    email: str
    name: str
    created_at: int


class Relation(StrEnum):
    """What stands between a user and a contact, seen from the user's side."""

    NONE = "none"
    """Nothing. Only ever stored with ``blocked``, to keep a block after the other side has gone."""
    PENDING_SENT = "pending_sent"
    PENDING_RECEIVED = "pending_received"
    ACCEPTED = "accepted"


class ContactRow(Struct, frozen=True):
    """One direction of a relation: what ``user_id`` has with ``contact_user_id``.

    Blocking is beside the relation, not a value of it: the other side's row stays as it is (blocking is silent), and lifting
    the block brings back whatever the relation has become in the meantime.
    """

    user_id: str
    contact_user_id: str
    contact_email: str
    contact_name: str
    relation: Relation
    blocked: bool = False
    """``user_id`` has blocked the contact."""
    blocked_by_contact: bool = False
    """The contact has blocked ``user_id``: kept here too, in the same transaction, so that one row answers who may reach whom. Never shown."""
    updated_at: int = 0


class ContactPair(Struct, frozen=True):
    """Both directions of one relation, read and written together."""

    mine: ContactRow | None
    theirs: ContactRow | None


class Connection(Struct, frozen=True):
    """An open socket."""

    connection_id: str
    user_id: str
    device_id: str
    """One browser tab, across reloads and reconnects."""
    connected_at: int
    expires_at: int
    """After this the row counts for nothing, whether or not a disconnect was ever seen."""


class Attendance(Struct, frozen=True):
    """Whether a user is there, and since when not."""

    connections: list[Connection]
    """The open ones, oldest first."""
    left_at: int | None
    """When a connection of this user was last removed, though others may have stayed; ``None`` when that is not known any more."""


class CallState(StrEnum):
    """Where a call stands, as the server sees it."""

    RINGING = "ringing"
    ACCEPTED = "accepted"
    ENDED = "ended"


class EndReason(StrEnum):
    """Why a call is over."""

    HANGUP = "hangup"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    TIMEOUT = "timeout"
    """Rang for 60 s."""
    BUSY = "busy"
    OFFLINE = "offline"
    LOST = "lost"
    """A side went away without a word."""
    BLOCKED = "blocked"
    """The callee has blocked the caller. Only the caller knows of this call, and as one that found nobody: see :attr:`told`."""

    @property
    def told(self) -> str:
        """The reason as people hear of it."""
        return (EndReason.OFFLINE if self is EndReason.BLOCKED else self).value


class Call(Struct, frozen=True):
    """A call between two users, from the invite to the end, and after that its history."""

    call_id: str
    caller_id: str
    caller_device: str
    callee_id: str
    started_at: int
    ring_until: int
    """When an unanswered call stops ringing."""
    state: CallState = CallState.RINGING
    video: bool = True
    callee_device: str | None = None
    """The device that accepted."""
    answered_at: int | None = None
    ended_at: int | None = None
    reason: EndReason | None = None
    version: int = 0
    """Counts the saves: :meth:`videochat.core.ports.CallStore.update` compares it."""

    def is_member(self, user_id: str) -> bool:
        """Whether ``user_id`` takes part in this call."""
        return user_id in (self.caller_id, self.callee_id)

    def other(self, user_id: str) -> str:
        """The member who is not ``user_id``."""
        return self.callee_id if user_id == self.caller_id else self.caller_id


class CallPage(Struct, frozen=True):
    """A stretch of somebody's call history, newest first."""

    calls: list[Call]
    next: str | None
    """Opaque: hand it back to get what follows; ``None`` at the end."""


class IceServer(Struct, frozen=True, omit_defaults=True):
    """An entry for ``RTCConfiguration.iceServers`` (W3C WebRTC, section 4.2.4)."""

    urls: list[str]
    username: str | None = None
    credential: str | None = None


class IceServers(Struct, frozen=True, rename="camel"):
    """The answer of ``GET /ice-servers``."""

    ice_servers: list[IceServer]
    ttl: int
    """Seconds for which this answer may be used."""
