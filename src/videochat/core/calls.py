"""Calls: inviting, ringing every device, who answers first, and every way a call ends.

The stored call decides; frames only tell of it. Each change is saved with compare-and-set first and pushed second, so a frame that is lost
or late never makes two sides believe different things for good.
"""

from typing import Final

from msgspec.structs import replace

from videochat.core import frames
from videochat.core.call_notices import CallNotices
from videochat.core.call_records import ATTEMPTS, TOLERANCE_MS, CallRecords
from videochat.core.delivery import Delivery, newest_per_device
from videochat.core.errors import CallExists, Conflict, FrameRefusal, Refusal, UserBusy
from videochat.core.frames import Frame
from videochat.core.models import Call, CallState, Connection, EndReason
from videochat.core.ports import CallStore, Clock, ConnectionStore, ContactStore, Timers, UserStore
from videochat.core.presence import GRACE_MS, may_come_back
from videochat.core.reach import blocked_unawares, may_reach
from videochat.core.refusals import call_ended, call_not_found, not_allowed, offline, try_again
from videochat.core.tickets import RouteTickets

RING_MS: Final = 60_000
CALLER_GRACE_MS: Final = 10_000
"""How long a caller's device may be away before the call stops ringing."""
MEMBERS_GRACE_MS: Final = 45_000
"""How long both devices of an accepted call may be away: longer than the 30 s in which the devices themselves give up."""


class Calls:
    """The life of calls on the server."""

    def __init__(
        self,
        store: CallStore,
        connections: ConnectionStore,
        contacts: ContactStore,
        users: UserStore,
        routes: RouteTickets,
        delivery: Delivery,
        timers: Timers,
        clock: Clock,
        ring_ms: int = RING_MS,
    ) -> None:
        self._store = store
        self._connections = connections
        self._contacts = contacts
        self._users = users
        self._timers = timers
        self._clock = clock
        self._ring_ms = ring_ms
        self._records = CallRecords(store, connections, clock)
        self._notices = CallNotices(self._records, connections, routes, delivery, clock)

    # -- frames from clients ------------------------------------------------------------------------------------

    def invite(self, sender: Connection, frame: Frame) -> None:
        """Starts a call: claims both users and rings every device of the callee."""
        call_id = frames.call_id(frame)
        callee_id = frames.text(frame, "to")
        video = frames.flag(frame, "video", default=True)
        mine = self._contacts.get_pair(sender.user_id, callee_id).mine
        blocked = blocked_unawares(mine)
        if not (blocked or may_reach(mine)):
            raise not_allowed()
        now = self._clock.now()
        call = Call(
            call_id=call_id,
            caller_id=sender.user_id,
            caller_device=sender.device_id,
            callee_id=callee_id,
            started_at=now,
            ring_until=now + self._ring_ms,
            video=video,
        )
        if blocked:
            self._record_missed(call, EndReason.BLOCKED)
            raise offline()
        there = self._connections.attendance(callee_id, now)
        if not there.connections and not may_come_back(there, now):
            self._record_missed(call, EndReason.OFFLINE)
            raise offline()
        match self._records.claim(call, self._stale):
            case UserBusy():
                self._record_missed(call, EndReason.BUSY)
                self._notices.reply(sender, frame, "busy", callId=call_id)
                return
            case Call() as stored:
                call = stored
        self._timers.schedule(call.ring_until, "ring", call_id)
        user = self._users.get(sender.user_id)
        # Who has come back while the call was being saved may have asked too early for it.
        devices = newest_per_device(there.connections) or self._records.devices(callee_id, None)
        rung = self._notices.invite(call, sender, user.name if user else "", devices)
        if not rung:
            self._await_callee(call)
        self._notices.reply(sender, frame, "invited", callId=call_id, ringUntil=call.ring_until, devices=rung)

    def ringing(self, sender: Connection, frame: Frame) -> None:
        """A device of the callee says that it rings: the caller may now negotiate with it."""
        call = self._call_of_callee(sender, frame)
        if call.state is CallState.ACCEPTED and call.callee_device == sender.device_id:
            return  # its accept has overtaken it, and has told the caller all of it
        if call.state is not CallState.RINGING:
            raise call_ended(call, sender)
        self._notices.ringing(call, sender)

    def accept(self, sender: Connection, frame: Frame) -> None:
        """The first device of the callee to accept gets the call; the others stop ringing.

        With ``ago`` it was accepted earlier, when the server could not be told.
        """
        answered_at = self._clock.now() - (frames.milliseconds(frame, "ago") or 0)
        for _ in range(ATTEMPTS):
            call = self._call_of_callee(sender, frame, answered_at)
            if call.state is CallState.ACCEPTED and call.callee_device == sender.device_id:
                break  # said twice, say after a reconnect: the answer is the same
            if call.state is not CallState.RINGING:
                raise call_ended(call, sender)
            try:
                call = self._store.update(
                    replace(
                        call,
                        state=CallState.ACCEPTED,
                        callee_device=sender.device_id,
                        answered_at=max(answered_at, call.started_at),
                    )
                )
                break
            except Conflict:
                continue
        else:
            raise try_again()
        self._notices.accepted(call, sender, frame)

    def decline(self, sender: Connection, frame: Frame) -> None:
        """A device of the callee refuses for all of them."""
        call = self._call_of_callee(sender, frame)
        if call.state is CallState.ACCEPTED and call.callee_device == sender.device_id:
            self._hang_up(call, sender)
        elif call.state is CallState.RINGING:
            self._decline(call, sender)
        else:
            raise call_ended(call, sender)

    def cancel(self, sender: Connection, frame: Frame) -> None:
        """The caller gives up before anybody has accepted."""
        call = self._call_of_member(sender, frame)
        if call.caller_id != sender.user_id:
            raise call_not_found()
        if call.state is not CallState.RINGING:
            raise call_ended(call, sender)
        self._cancel(call, sender)

    def hangup(self, sender: Connection, frame: Frame) -> None:
        """Ends the call, whatever its state; with the reason ``lost`` when the way between the devices could not be kept.

        With ``ago`` it ended earlier, when the server could not be told; with ``answeredAgo`` the accept could not be told either.
        """
        reason = EndReason.LOST if frames.says_lost(frame) else EndReason.HANGUP
        ago = frames.milliseconds(frame, "ago") or 0
        answered_ago = frames.milliseconds(frame, "answeredAgo")
        call = self._call_of_member(sender, frame)
        if (
            answered_ago is not None
            and sender.user_id == call.callee_id
            and self._records.unheard(call, answered_ago)
        ):
            self._hang_up_unheard(call, sender, reason, answered_ago, ago)
            return
        if call.state is CallState.ENDED:
            raise call_ended(call, sender)
        if call.state is CallState.ACCEPTED:
            mine = call.caller_device if sender.user_id == call.caller_id else call.callee_device
            elsewhere = mine != sender.device_id
            if elsewhere and (answered_ago is not None or self._records.devices(sender.user_id, mine)):
                raise call_ended(call, sender)  # another device of this user is in the call, and there
            self._hang_up(call, sender, reason, ago)
        elif sender.user_id == call.caller_id:
            self._cancel(call, sender, ago)
        else:
            self._decline(call, sender)

    def route(self, sender: Connection, frame: Frame) -> None:
        """Hands out new route tickets after a socket has been replaced, to the asker and to the peers."""
        call = self._call_of_member(sender, frame)
        if call.state is CallState.ENDED:
            raise call_ended(call, sender)
        is_caller = sender.user_id == call.caller_id
        if is_caller:
            allowed = sender.device_id == call.caller_device
        else:
            allowed = call.callee_device in (None, sender.device_id)
        if not allowed:
            raise call_ended(call, sender)
        peers = self._records.devices(
            call.other(sender.user_id), call.callee_device if is_caller else call.caller_device
        )
        self._notices.routes(call, sender, frame, peers)

    # -- without a frame ----------------------------------------------------------------------------------------

    def summary(self, connection: Connection) -> Frame | None:
        """What ``welcome`` says of the unfinished call of this user, if there is one."""
        call = self._store.unfinished_of(connection.user_id)
        if call is None or self._records.over(call) is not None:
            return None
        is_caller = call.caller_id == connection.user_id
        other = self._users.get(call.other(connection.user_id))
        summary: Frame = {
            "callId": call.call_id,
            "state": call.state.value,
            "role": "caller" if is_caller else "callee",
            "peer": {"userId": call.other(connection.user_id), "name": other.name if other else ""},
            "video": call.video,
            "ringUntil": call.ring_until,
        }
        device = call.caller_device if is_caller else call.callee_device
        if device is not None:
            summary["deviceId"] = device
        return summary

    def ring_timeout(self, call_id: str) -> None:
        """Nobody has answered in time."""
        call = self._store.get(call_id)
        if call is None or call.state is not CallState.RINGING:
            return
        if self._records.finish(call, EndReason.TIMEOUT) is None:
            return
        self._notices.timed_out(call)
        self._notices.history(call)

    def unreached(self, key: str) -> None:
        """The callee was in the middle of a reload, it seemed, and should be back by now: otherwise nobody is there.

        :param key: as :meth:`invite` scheduled it.
        """
        call_id, left_at = key.split(" ")
        call = self._store.get(call_id)
        if call is None or call.state is not CallState.RINGING:
            return
        there = self._connections.attendance(call.callee_id, self._clock.now())
        # Whoever comes learns from ``welcome`` that it rings, and may have come and left again.
        came = bool(there.connections) or (there.left_at is not None and there.left_at > int(left_at))
        if not came and self._records.finish(call, EndReason.OFFLINE) is not None:
            self._notices.nobody_there(call)
            self._notices.history(call)

    def part(self, user_id: str, other_id: str, *, accepted_too: bool) -> bool:
        """``user_id`` wants nothing more to do with ``other_id``: ends what rings between them, as if it had been done by hand.

        :param accepted_too: ends the call as well that they are talking in.
        :return: whether there was one.
        :raises Refusal: ``try_again``: the call is being changed by others at the same time.
        """
        for _ in range(ATTEMPTS):
            call = self._store.unfinished_of(user_id)
            if call is None or not call.is_member(other_id):
                return False
            if call.state is CallState.ACCEPTED and not accepted_too:
                return False
            if self._part(call, user_id):
                self._notices.history(call)
                return True
        raise Refusal("try_again", "The call is being changed by others at the same time. Try again.", 503)

    def device_gone(self, user_id: str, device_id: str, already_ms: int) -> None:
        """A device has been away for ``already_ms``: arranges the second look when it was part of a call."""
        call = self._store.unfinished_of(user_id)
        if call is None:
            return
        now = self._clock.now()
        if call.state is CallState.RINGING:
            if (user_id, device_id) == (call.caller_id, call.caller_device):
                self._timers.schedule(now + CALLER_GRACE_MS - already_ms, "call_lost", call.call_id)
        elif device_id in (call.caller_device, call.callee_device):
            self._timers.schedule(now + MEMBERS_GRACE_MS - already_ms, "call_lost", call.call_id)

    def check_lost(self, call_id: str) -> None:
        """Ends the call when those whom it needs are still away."""
        call = self._store.get(call_id)
        if call is None or call.state is CallState.ENDED:
            return
        caller_there = bool(self._records.devices(call.caller_id, call.caller_device))
        needed = caller_there or (
            call.state is CallState.ACCEPTED
            and bool(self._records.devices(call.callee_id, call.callee_device))
        )
        if needed or self._records.finish(call, EndReason.LOST) is None:
            return
        if call.state is CallState.RINGING:
            self._notices.caller_lost(call)
        self._notices.history(call)

    def resume(self, call: Call) -> None:
        """Takes up an unfinished call in a process that has neither the timers nor the connections of the one before."""
        if call.state is CallState.RINGING:
            self._timers.schedule(call.ring_until, "ring", call.call_id)
        # Clients come back at random times within 30 s, so that they do not all come at once: the caller's grace would be too short.
        self._timers.schedule(self._clock.now() + MEMBERS_GRACE_MS, "call_lost", call.call_id)

    # -- inside -------------------------------------------------------------------------------------------------

    def _await_callee(self, call: Call) -> None:
        """Looks again when the grace window of the callee, who has no connection, is over."""
        there = self._connections.attendance(call.callee_id, self._clock.now())
        left_at = self._clock.now() if there.left_at is None else there.left_at
        self._timers.schedule(left_at + GRACE_MS, "unreached", f"{call.call_id} {left_at}")

    def _part(self, call: Call, user_id: str) -> bool:
        """Ends the call for ``user_id``; not when somebody else has changed it first.

        What the other side hears and finds in the history is what it would from a device of this user.
        """
        is_caller = user_id == call.caller_id
        device_id = call.caller_device if is_caller else call.callee_device
        devices = self._records.devices(user_id, device_id)
        if call.state is CallState.ACCEPTED:
            if self._records.finish(call, EndReason.HANGUP) is None:
                return False
            # The device in the call may be connected to the other one alone.
            mine = device_id or ""
            by = devices[0] if devices else Connection(mine, user_id, mine, 0, 0)
            self._notices.hung_up(call, by, EndReason.HANGUP, itself=True)
        elif is_caller:
            if self._records.finish(call, EndReason.CANCELLED if devices else EndReason.LOST) is None:
                return False
            if devices:
                self._notices.cancelled(call, devices[0], itself=True)
            else:
                self._notices.caller_lost(call)
        else:
            if self._records.finish(call, EndReason.DECLINED if devices else EndReason.OFFLINE) is None:
                return False
            if devices:
                self._notices.declined(call, devices[-1], itself=True)
            else:
                self._notices.nobody_there(call)
        return True

    def _stale(self, call: Call) -> None:
        if call.state is CallState.RINGING:
            self._notices.caller_lost(call)
        self._notices.history(call)

    def _record_missed(self, call: Call, reason: EndReason) -> None:
        try:
            call = replace(call, state=CallState.ENDED, ended_at=call.started_at, reason=reason)
            self._store.create(call)
        except CallExists:
            raise FrameRefusal("call_exists", "That call id has been used.") from None
        self._notices.history(call)

    def _decline(self, call: Call, sender: Connection) -> None:
        if self._records.finish(call, EndReason.DECLINED) is None:
            raise self._overtaken(call, sender)
        self._notices.declined(call, sender)
        self._notices.history(call)

    def _cancel(self, call: Call, sender: Connection, ago: int = 0) -> None:
        if self._records.finish(call, EndReason.CANCELLED, ago) is None:
            raise self._overtaken(call, sender)
        self._notices.cancelled(call, sender)
        self._notices.history(call)

    def _hang_up_unheard(
        self, call: Call, sender: Connection, reason: EndReason, answered_ago: int, ago: int
    ) -> None:
        """The callee's word that it has answered stands above what was stored for want of it."""
        ended = self._records.finish_unheard(call, sender.device_id, reason, answered_ago, ago)
        if ended is None:
            raise try_again()
        if call.state is CallState.RINGING:
            self._notices.hung_up(ended, sender, reason)
            self._notices.answered_elsewhere(ended, sender)
        self._notices.history(call)

    def _hang_up(
        self, call: Call, sender: Connection, reason: EndReason = EndReason.HANGUP, ago: int = 0
    ) -> None:
        if self._records.finish(call, reason, ago) is None:
            raise self._overtaken(call, sender)
        self._notices.hung_up(call, sender, reason)
        self._notices.history(call)

    def _overtaken(self, call: Call, sender: Connection) -> FrameRefusal:
        now = self._store.get(call.call_id)
        return call_ended(now, sender) if now else call_not_found()

    def _call_of_member(self, sender: Connection, frame: Frame, at: int | None = None) -> Call:
        """The call that ``frame`` is about; over when it has rung too long at ``at``, which is now by default."""
        call = self._store.get(frames.call_id(frame))
        if call is None or not call.is_member(sender.user_id):
            raise call_not_found()
        said_at = self._clock.now() if at is None else at
        if call.state is CallState.RINGING and said_at > call.ring_until + TOLERANCE_MS:
            # The timer was lost, say in a restart.
            self.ring_timeout(call.call_id)
            call = self._store.get(call.call_id) or call
        return call

    def _call_of_callee(self, sender: Connection, frame: Frame, at: int | None = None) -> Call:
        call = self._call_of_member(sender, frame, at)
        if call.callee_id != sender.user_id:
            raise call_not_found()
        return call
