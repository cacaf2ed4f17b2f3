"""Who is told what of a call: the frames that the members' devices get. Decides nothing and saves nothing."""

from collections.abc import Sequence
from typing import Any

from videochat.core import frames
from videochat.core.call_records import CallRecords
from videochat.core.delivery import Delivery
from videochat.core.frames import Frame
from videochat.core.models import Call, Connection, EndReason
from videochat.core.ports import Clock, ConnectionStore
from videochat.core.refusals import offline
from videochat.core.tickets import RouteTickets


class CallNotices:
    """Tells devices of calls. What is told has been saved before.

    ``by`` is the device that did it. It knows already, and is told only with ``itself``: when somebody did it for its user in another way.
    """

    def __init__(
        self,
        records: CallRecords,
        connections: ConnectionStore,
        routes: RouteTickets,
        delivery: Delivery,
        clock: Clock,
    ) -> None:
        self._records = records
        self._connections = connections
        self._routes = routes
        self._delivery = delivery
        self._clock = clock

    # -- while it rings -----------------------------------------------------------------------------------------

    def invite(self, call: Call, caller: Connection, name: str, devices: Sequence[Connection]) -> int:
        """Rings each of ``devices``.

        :param name: the caller's.
        :return: how many were told.
        """
        return sum(
            self._delivery.send(
                [device.connection_id],
                {
                    "action": "invite",
                    "callId": call.call_id,
                    "from": frames.sender(caller),
                    "name": name,
                    "video": call.video,
                    "route": self._routes.issue(call.call_id, device, caller),
                    "ringUntil": call.ring_until,
                },
            )
            for device in devices
        )

    def ringing(self, call: Call, by: Connection) -> None:
        """The caller may now negotiate with the device that rings."""
        self._tell_caller(call, "ringing", by)

    # -- the answer ---------------------------------------------------------------------------------------------

    def accepted(self, call: Call, by: Connection, frame: Frame) -> None:
        """The caller, the device whose ``frame`` has accepted, and the callee's others, which stop ringing."""
        caller = self._tell_caller(call, "accept", by)
        fields: dict[str, Any] = {"callId": call.call_id}
        if caller is not None:
            fields["peer"] = frames.sender(caller)
            fields["route"] = self._routes.issue(call.call_id, by, caller)
        self.reply(by, frame, "accepted", **fields)
        self.answered_elsewhere(call, by)

    def answered_elsewhere(self, call: Call, by: Connection) -> None:
        """The callee's other devices stop ringing."""
        self._to_user(call.callee_id, {"action": "answered_elsewhere", "callId": call.call_id}, but=by)

    # -- the end ------------------------------------------------------------------------------------------------

    def declined(self, call: Call, by: Connection, *, itself: bool = False) -> None:
        """The caller's device and the callee's."""
        frame = {"action": "decline", "callId": call.call_id, "from": frames.sender(by)}
        self._to_caller(call, frame)
        self._to_user(call.callee_id, frame, but=None if itself else by)

    def cancelled(self, call: Call, by: Connection, *, itself: bool = False) -> None:
        """The callee's devices, and the caller's."""
        frame = {"action": "cancel", "callId": call.call_id, "from": frames.sender(by)}
        self._to_user(call.callee_id, frame)
        if itself or by.device_id != call.caller_device:
            self._to_caller(call, frame)

    def caller_lost(self, call: Call) -> None:
        """The callee's devices stop ringing for somebody who has gone."""
        self._to_user(call.callee_id, {"action": "cancel", "callId": call.call_id, "reason": "lost"})

    def hung_up(self, call: Call, by: Connection, reason: EndReason, *, itself: bool = False) -> None:
        """The devices in the call."""
        members = [
            *self._records.devices(call.caller_id, call.caller_device),
            *self._records.devices(call.callee_id, call.callee_device),
        ]
        self._send(
            [member for member in members if itself or member.device_id != by.device_id],
            {
                "action": "hangup",
                "callId": call.call_id,
                "from": frames.sender(by),
                **({} if reason is EndReason.HANGUP else {"reason": reason.value}),
            },
        )

    def nobody_there(self, call: Call) -> None:
        """The caller: the invite has found nobody. The same frame as if it had been refused at once."""
        invite = {"action": "invite", "callId": call.call_id}
        self._to_caller(call, frames.error(offline(), invite))

    def timed_out(self, call: Call) -> None:
        """Both sides: nobody has answered."""
        caller = self._records.devices(call.caller_id, call.caller_device)
        callee = self._connections.of_user(call.callee_id, self._clock.now())
        self._send([*caller, *callee], {"action": "timeout", "callId": call.call_id})

    def history(self, call: Call) -> None:
        """Both histories have a new entry; of a call to somebody who has blocked the caller, the caller's alone."""
        if call.reason is not EndReason.BLOCKED:
            self._to_user(call.callee_id, {"action": "calls"})
        self._to_user(call.caller_id, {"action": "calls"})

    # -- the way to each other ----------------------------------------------------------------------------------

    def routes(self, call: Call, by: Connection, frame: Frame, peers: Sequence[Connection]) -> None:
        """The asker learns of ``peers``, and they of the asker."""
        self.reply(
            by, frame, "route", callId=call.call_id, peers=[self._peer(call, by, peer) for peer in peers]
        )
        for peer in peers:
            self._send(
                [peer], {"action": "route", "callId": call.call_id, "peers": [self._peer(call, peer, by)]}
            )

    def reply(self, by: Connection, frame: Frame, action: str, **fields: Any) -> None:
        """The direct answer to ``frame``."""
        self._send([by], frames.answer(frame, action, **fields))

    # -- inside -------------------------------------------------------------------------------------------------

    def _tell_caller(self, call: Call, action: str, by: Connection) -> Connection | None:
        """Tells the caller's device of the callee's device, with the way to it; the caller's connection, if there is one."""
        callers = self._records.devices(call.caller_id, call.caller_device)
        for caller in callers:
            self._send(
                [caller],
                {
                    "action": action,
                    "callId": call.call_id,
                    "from": frames.sender(by),
                    "route": self._routes.issue(call.call_id, caller, by),
                },
            )
        return callers[0] if callers else None

    def _peer(self, call: Call, asker: Connection, peer: Connection) -> Frame:
        return {**frames.sender(peer), "route": self._routes.issue(call.call_id, asker, peer)}

    def _to_caller(self, call: Call, frame: Frame) -> None:
        self._send(self._records.devices(call.caller_id, call.caller_device), frame)

    def _to_user(self, user_id: str, frame: Frame, but: Connection | None = None) -> None:
        connections = self._connections.of_user(user_id, self._clock.now())
        self._send([one for one in connections if but is None or one.device_id != but.device_id], frame)

    def _send(self, connections: Sequence[Connection], frame: Frame) -> None:
        self._delivery.send([connection.connection_id for connection in connections], frame)
