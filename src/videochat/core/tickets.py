"""Signed tickets: one opens a socket, one opens the next socket of a device, one lets a frame through to one connection without reading any store.

All are ``<body>.<mac>``: base64url of a JSON array, and of its HMAC-SHA-256 under the server's secret. The first item of the body says
what the ticket is for, so one kind can never pass for another.
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, Final

import msgspec
from msgspec import Struct

from videochat.core.errors import FrameRefusal, Unauthorized
from videochat.core.models import Connection
from videochat.core.ports import Clock, Ids, TicketStore

MAX_AUTH: Final = 8192
"""Characters of ``Auth`` that are looked at: many more than a ticket or a token has."""
SOCKET_TICKET_TTL_MS: Final = 60_000
ROUTE_TICKET_TTL_MS: Final = 2 * 3600 * 1000
"""No socket lives longer: API Gateway closes it after 2 hours."""
_OPENED_KEPT: Final = 4096


class SocketTicket(Struct, frozen=True, rename="camel"):
    """The answer of ``POST /tickets``."""

    ticket: str
    expires_in: int
    """Seconds."""


class Admission(Struct, frozen=True):
    """What a ticket that opens a socket says."""

    user_id: str
    device_id: str | None = None
    """A resume ticket's: the only device that it lets in."""
    until: int | None = None
    """A resume ticket's: when the socket ends at the latest."""


class Route(Struct, frozen=True):
    """What a route ticket says."""

    call_id: str
    sender: Connection
    """Only the ids count; the times are zero."""
    to_connection_id: str


class Signer:
    """Signs and checks ticket bodies.

    :param secret: at least 32 random bytes, the same in every process of one installation.
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) < 32:
            raise ValueError("The ticket secret needs at least 32 bytes.")
        self._key = secret

    def sign(self, body: list[Any]) -> str:
        """The ticket for ``body``."""
        encoded = _b64(msgspec.json.encode(body))
        return f"{encoded}.{self._mac(encoded)}"

    def open(self, ticket: str) -> list[Any] | None:
        """The body of a ticket that this secret signed, else ``None``."""
        encoded, _, mac = ticket.partition(".")
        try:
            if not hmac.compare_digest(mac, self._mac(encoded)):
                return None
            body = msgspec.json.decode(urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
        except (ValueError, TypeError, msgspec.DecodeError):
            return None
        return body if isinstance(body, list) else None

    def _mac(self, encoded: str) -> str:
        return _b64(hmac.digest(self._key, encoded.encode(), hashlib.sha256))


class TicketIssuer:
    """Issues one-time tickets that open a socket, so that no long-lived token stands in a URL. Reads no store."""

    def __init__(self, signer: Signer, ids: Ids, clock: Clock) -> None:
        self._signer = signer
        self._ids = ids
        self._clock = clock

    def issue(self, user_id: str) -> SocketTicket:
        """A ticket that lets ``user_id`` open one socket within 60 s."""
        expires_at = self._clock.now() + SOCKET_TICKET_TTL_MS
        ticket = self._signer.sign(["t1", self._ids.new(), user_id, expires_at])
        return SocketTicket(ticket, SOCKET_TICKET_TTL_MS // 1000)


class SocketTickets(TicketIssuer):
    """Issues tickets and uses them up."""

    def __init__(self, signer: Signer, store: TicketStore, ids: Ids, clock: Clock) -> None:
        super().__init__(signer, ids, clock)
        self._store = store

    def resume(self, connection: Connection) -> str:
        """A ticket that opens the next socket of that device, once, without a word to the REST interface.

        That socket ends no later than this one would have: however often a device comes back, it shows who it is every
        :attr:`~videochat.core.services.CoreSettings.connection_ttl_ms`.
        """
        return self._signer.sign(
            [
                "s1",
                self._ids.new(),
                connection.user_id,
                connection.expires_at,
                connection.device_id,
            ]
        )

    def redeem(self, ticket: str, device_id: str | None = None) -> Admission:
        """Uses the ticket up.

        :param device_id: what the client says that it is.
        :raises Unauthorized: forged, late, used before, or another device's.
        """
        ticket_id, admission, expires_at = _open_socket_ticket(self._signer, ticket, self._clock.now())
        if admission.device_id not in (None, device_id):
            raise _no_ticket()
        if not self._store.redeem(ticket_id, expires_at, self._clock.now()):
            raise _no_ticket()
        return admission


class TicketCheck:
    """Checks socket tickets without using them up: for a doorkeeper that reads no store and stands before the one that does."""

    def __init__(self, signer: Signer, clock: Clock) -> None:
        self._signer = signer
        self._clock = clock

    def check(self, ticket: str) -> str:
        """
        :return: the user id.
        :raises Unauthorized: forged or late.
        """
        return _open_socket_ticket(self._signer, ticket, self._clock.now())[1].user_id


class RouteTickets:
    """Tickets that name both ends of a ``signal`` frame."""

    def __init__(self, signer: Signer, clock: Clock) -> None:
        self._signer = signer
        self._clock = clock
        self._opened: dict[str, tuple[Route, int]] = {}
        """Good tickets that have been read, with their expiry: a client presents the same one with every frame."""

    def issue(self, call_id: str, sender: Connection, to: Connection) -> str:
        """A ticket with which ``sender`` may send ``signal`` frames to ``to``."""
        return self._signer.sign(
            [
                "r1",
                call_id,
                sender.connection_id,
                sender.user_id,
                sender.device_id,
                to.connection_id,
                self._clock.now() + ROUTE_TICKET_TTL_MS,
            ]
        )

    def open(self, ticket: str, connection_id: str) -> Route:
        """Reads a ticket that ``connection_id`` presents.

        :raises FrameRefusal: ``bad_ticket``: forged, expired, or another connection's.
        """
        known = self._opened.get(ticket) or self._read(ticket)
        if known is not None:
            route, expires_at = known
            if route.sender.connection_id == connection_id and self._clock.now() < expires_at:
                return route
        raise FrameRefusal("bad_ticket", "This route ticket is expired, forged or another connection's.")

    def _read(self, ticket: str) -> tuple[Route, int] | None:
        match self._signer.open(ticket):
            case [
                "r1",
                str(call_id),
                str(from_id),
                str(user_id),
                str(device_id),
                str(to_id),
                int(expires_at),
            ]:
                known = Route(call_id, Connection(from_id, user_id, device_id, 0, 0), to_id), expires_at
                if len(self._opened) >= _OPENED_KEPT:
                    self._opened = {}
                self._opened[ticket] = known
                return known
        return None


def is_ticket(auth: str) -> bool:
    """Whether ``Auth`` has the form of a ticket, not that of a token of the identity provider: a JWT has two dots (RFC 7519)."""
    return auth.count(".") == 1


def _open_socket_ticket(signer: Signer, ticket: str, now: int) -> tuple[str, Admission, int]:
    """Ticket id, what it says, and when it expires."""
    match signer.open(ticket):
        case ["t1", str(ticket_id), str(user_id), int(expires_at)] if now < expires_at:
            return ticket_id, Admission(user_id), expires_at
        case ["s1", str(ticket_id), str(user_id), int(expires_at), str(device_id)] if now < expires_at:
            return ticket_id, Admission(user_id, device_id, expires_at), expires_at
    raise _no_ticket()


def _no_ticket() -> Unauthorized:
    return Unauthorized("This ticket does not open a socket. Ask for a new one.")


def _b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
