"""Frames from one client to another, stamped with who sent them."""

from videochat.core import frames
from videochat.core.delivery import Delivery
from videochat.core.errors import FrameRefusal
from videochat.core.frames import Frame
from videochat.core.models import CallState, Connection
from videochat.core.ports import CallStore, Clock, ConnectionStore, ContactStore
from videochat.core.reach import blocked_unawares, may_reach
from videochat.core.refusals import not_allowed, offline
from videochat.core.tickets import RouteTickets


class Relay:
    """``relay``: to a user or connection, if the two may reach each other."""

    def __init__(
        self,
        connections: ConnectionStore,
        contacts: ContactStore,
        calls: CallStore,
        delivery: Delivery,
        clock: Clock,
    ) -> None:
        self._connections = connections
        self._contacts = contacts
        self._calls = calls
        self._delivery = delivery
        self._clock = clock

    def relay(self, sender: Connection, frame: Frame) -> None:
        """Forwards ``frame``.

        :raises FrameRefusal: ``bad_frame``, ``not_allowed``, ``offline``.
        """
        to = frames.text(frame, "to")
        if "payload" not in frame:
            raise FrameRefusal("bad_frame", "The field “payload” is missing.")
        if "callId" in frame:
            frames.call_id(frame)
        now = self._clock.now()
        connection = self._connections.get(to, now)
        user_id = connection.user_id if connection else to
        self._check(sender, user_id, frame)
        if connection:
            targets = [to]
        else:
            targets = [target.connection_id for target in self._connections.of_user(user_id, now)]
        if not targets or not self._delivery.send(targets, _stamped(frame, frames.sender(sender), "id")):
            raise offline()

    def _check(self, sender: Connection, user_id: str, frame: Frame) -> None:
        mine = self._contacts.get_pair(sender.user_id, user_id).mine
        if may_reach(mine) or self._same_call(sender, user_id, frame):
            return
        raise offline() if blocked_unawares(mine) else not_allowed()

    def _same_call(self, sender: Connection, user_id: str, frame: Frame) -> bool:
        if "callId" not in frame or user_id == sender.user_id:
            return False
        call = self._calls.get(frames.call_id(frame))
        return (
            call is not None
            and call.state is CallState.ACCEPTED
            and call.is_member(sender.user_id)
            and call.is_member(user_id)
        )


class Signal:
    """``signal``: to the connection that a route ticket names. Reads no store at all."""

    def __init__(self, routes: RouteTickets, delivery: Delivery) -> None:
        self._routes = routes
        self._delivery = delivery

    def signal(self, connection_id: str, frame: Frame) -> None:
        """Forwards ``frame``.

        :raises FrameRefusal: ``bad_frame``, ``bad_ticket``, ``offline``.
        """
        ticket = frame.get("ticket")
        if not isinstance(ticket, str):
            raise FrameRefusal("bad_frame", "The field “ticket” is missing or not a string.")
        if "payload" not in frame:
            raise FrameRefusal("bad_frame", "The field “payload” is missing.")
        route = self._routes.open(ticket, connection_id)
        stamped = _stamped(frame, frames.sender(route.sender), "id", "ticket")
        stamped["callId"] = route.call_id
        if not self._delivery.send([route.to_connection_id], stamped):
            raise FrameRefusal("offline", "That connection is gone.", connectionId=route.to_connection_id)


def _stamped(frame: Frame, sender: dict[str, str], *left_out: str) -> Frame:
    """A copy of ``frame`` for the receiver: whatever it claimed to be from is replaced."""
    copy = frame.copy()
    for name in left_out:
        copy.pop(name, None)
    copy["from"] = sender
    return copy
