"""The socket's three moments: connect, receive, disconnect. One call per message; nothing here holds a socket."""

from collections.abc import Callable, Mapping
from typing import Final

from videochat.core import frames
from videochat.core.calls import Calls
from videochat.core.delivery import Delivery
from videochat.core.errors import FrameRefusal, Unauthorized
from videochat.core.frames import Frame
from videochat.core.handling import FrameHandler
from videochat.core.models import Connection
from videochat.core.ports import Clock, ConnectionStore, TokenVerifier
from videochat.core.presence import GRACE_MS, Presence
from videochat.core.relay import Relay, Signal
from videochat.core.tickets import MAX_AUTH, Admission, SocketTickets, is_ticket
from videochat.core.users import Users

PROTOCOL_VERSION: Final = 1

CHEAP_ACTIONS: Final = frozenset({"ping", "relay", "signal"})
"""Actions that write nothing and read what a single process has in memory, or a row by its key now and then (a contact that is asked for the
first time in seconds, the call of two who are no contacts): an edge that has an event loop may handle them on it.
"""

Handler = Callable[[Connection, Frame], None]


class Doorkeeper:
    """Decides who may open a socket."""

    def __init__(self, tickets: SocketTickets, tokens: TokenVerifier, users: Users, clock: Clock) -> None:
        self._tickets = tickets
        self._tokens = tokens
        self._users = users
        self._clock = clock

    def authenticate(self, auth: str | None, device_id: str | None = None) -> Admission:
        """
        :param auth: the ``Auth`` query parameter: a ticket, or a token of the identity provider.
        :param device_id: the ``Device`` query parameter.
        :raises Unauthorized: missing, forged, expired or used.
        """
        if not auth or len(auth) > MAX_AUTH:
            raise Unauthorized
        if is_ticket(auth):
            return self.redeem(auth, device_id)
        return Admission(self._users.current(self._tokens.verify(auth, self._clock.now())).user_id)

    def redeem(self, ticket: str, device_id: str | None) -> Admission:
        """Uses a ticket up.

        :raises Unauthorized: forged, expired, used, another device's, or of somebody who has been removed since.
        """
        admission = self._tickets.redeem(ticket, device_id)
        # A resume ticket may be hours old; the others are of somebody who has just shown a token.
        if admission.until is not None and not self._users.exists(admission.user_id):
            raise Unauthorized
        return admission


class Signaling(FrameHandler):
    """What happens to connections and their frames."""

    def __init__(
        self,
        connections: ConnectionStore,
        presence: Presence,
        calls: Calls,
        relay: Relay,
        signal: Signal,
        delivery: Delivery,
        tickets: SocketTickets,
        clock: Clock,
        connection_ttl_ms: int,
    ) -> None:
        super().__init__(delivery)
        self._connections = connections
        self._presence = presence
        self._calls = calls
        self._signal = signal
        self._tickets = tickets
        self._clock = clock
        self._connection_ttl_ms = connection_ttl_ms
        self._handlers: Mapping[str, Handler] = {
            "hello": self._hello,
            "relay": relay.relay,
            "invite": calls.invite,
            "ringing": calls.ringing,
            "accept": calls.accept,
            "decline": calls.decline,
            "cancel": calls.cancel,
            "hangup": calls.hangup,
            "route": calls.route,
        }
        delivery.on_gone = presence.went

    def connect(self, admission: Admission, connection_id: str, device_id: str | None = None) -> Connection:
        """A socket has opened. Sends nothing to it: in the cloud nothing can be delivered yet. Whatever this raises, nothing of the
        connection stays.

        :param admission: what :class:`Doorkeeper` found.
        :param device_id: what the client says; without it, or when it is no id, the connection id.
        :raises Refusal: ``too_many_connections``.
        :raises StoreError: a store or the push to the contacts failed.
        """
        now = self._clock.now()
        if device_id is None or not frames.is_id(device_id):
            device_id = connection_id
        expires_at = now + self._connection_ttl_ms
        if admission.until is not None:
            expires_at = min(expires_at, admission.until)
        connection = Connection(connection_id, admission.user_id, device_id, now, expires_at)
        try:
            self._presence.came(connection)
        except BaseException:
            # It may have been stored: nobody must seem to be there, or to have been, who has been turned away.
            self._removed(connection_id, None)
            raise
        return connection

    def receive(self, connection_id: str, data: bytes | str) -> None:
        """A frame has come. Answers, refusals included, go out through the push port.

        :raises StoreError: a store failed; the caller answers ``server_error``.
        """
        frame = self.read(connection_id, data)
        if frame is not None:
            self.handle(connection_id, frame)

    def disconnect(self, connection_id: str) -> None:
        """A socket has closed. May come twice, late, or never."""
        self._removed(connection_id, self._clock.now())

    def on_timer(self, kind: str, key: str) -> None:
        """A timer that the core has scheduled is due. May come twice."""
        if kind == "ring":
            self._calls.ring_timeout(key)
        elif kind == "call_lost":
            self._calls.check_lost(key)
        elif kind == "unreached":
            self._calls.unreached(key)
        elif kind == "hide":
            self._presence.hide_now(key)
        elif kind == "device_gone":
            gone = self._presence.away(key)
            if gone is not None:
                self._presence.settle(gone)
                self._calls.device_gone(gone.user_id, gone.device_id, GRACE_MS)
        else:
            raise ValueError(f"unknown timer {kind!r}")

    def _removed(self, connection_id: str, at: int | None) -> None:
        connection = self._connections.remove(connection_id, at)
        if connection is not None:
            self._presence.went(connection)

    def _act(self, connection_id: str, frame: Frame) -> None:
        action = frame["action"]
        if action == "signal":
            self._signal.signal(connection_id, frame)
        elif action == "ping":
            self._delivery.send([connection_id], frames.answer(frame, "pong", now=self._clock.now()))
        else:
            handler = self._handlers.get(action)
            if handler is None:
                raise FrameRefusal("unknown_action", "There is no such action.")
            handler(self._sender(connection_id), frame)

    def _hello(self, sender: Connection, frame: Frame) -> None:
        welcome = frames.answer(
            frame,
            "welcome",
            connectionId=sender.connection_id,
            userId=sender.user_id,
            deviceId=sender.device_id,
            protocol=PROTOCOL_VERSION,
            now=self._clock.now(),
            expiresAt=sender.expires_at,
            resume=self._tickets.resume(sender),
        )
        call = self._calls.summary(sender)
        if call is not None:
            welcome["call"] = call
        self._delivery.send([sender.connection_id], welcome)

    def _sender(self, connection_id: str) -> Connection:
        connection = self._connections.get(connection_id, self._clock.now())
        if connection is None:
            raise FrameRefusal("not_allowed", "This connection has expired. Open a new one.")
        return connection
