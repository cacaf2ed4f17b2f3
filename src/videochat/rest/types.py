"""What the REST API takes and gives: the schemas of ``/api/openapi.json``."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

ContactState = Literal["pending_sent", "pending_received", "accepted", "blocked"]
Outcome = Literal["hangup", "declined", "cancelled", "timeout", "busy", "offline", "lost"]

Time = Annotated[int, Meta(description="Milliseconds since the Unix epoch, UTC.")]


class UserProfile(Struct, frozen=True, rename="camel"):
    """The user whose token was sent."""

    user_id: str
    email: str
    name: str


class Contact(Struct, frozen=True, rename="camel"):
    """A contact, as its owner sees it."""

    contact_id: Annotated[str, Meta(description="The contact's user id.")]
    email: str
    name: str
    state: ContactState
    online: Annotated[bool, Meta(description="Only ever true for accepted contacts.")]


class ContactList(Struct, frozen=True, rename="camel"):
    """Everybody on the user's list, sorted by email."""

    contacts: list[Contact]


class NewContact(Struct, frozen=True, rename="camel"):
    """Whom to ask."""

    email: str


class ContactChange(Struct, frozen=True, rename="camel"):
    """`accepted` accepts a request or lifts the user's block; `blocked` blocks."""

    state: Literal["accepted", "blocked"]


class IceServer(Struct, frozen=True):
    """An entry for `RTCConfiguration.iceServers`."""

    urls: list[str]
    username: str | UnsetType = UNSET
    credential: str | UnsetType = UNSET


class IceServerList(Struct, frozen=True, rename="camel"):
    """STUN and TURN servers."""

    ice_servers: list[IceServer]
    ttl: Annotated[int, Meta(description="Seconds for which this answer may be used.", ge=0)]


class SocketTicket(Struct, frozen=True, rename="camel"):
    """Opens one WebSocket."""

    ticket: Annotated[str, Meta(description="Opaque; goes into `?Auth=` of the socket's URL.")]
    expires_in: Annotated[int, Meta(description="Seconds.", ge=0)]


class PastCall(Struct, frozen=True, rename="camel"):
    """One call in the user's history."""

    call_id: str
    direction: Literal["incoming", "outgoing"]
    contact_id: str
    email: Annotated[str, Meta(description="Empty when that user is gone, like `name`.")]
    name: str
    video: bool
    started_at: Time
    answered_at: Time | None
    ended_at: Time | None
    outcome: Annotated[Outcome | None, Meta(description="How it ended; null while it goes on.")]
    missed: Annotated[bool, Meta(description="Incoming and never answered, though nobody declined it.")]


class CallHistory(Struct, frozen=True, rename="camel"):
    """A page of the call history, newest first."""

    calls: list[PastCall]
    next: Annotated[
        str | None, Meta(description="Goes into `?after=` for the page that follows; null at the end.")
    ]
