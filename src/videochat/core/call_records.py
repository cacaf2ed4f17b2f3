"""The stored calls: who is in one, which of them are over although nobody said so, and where a member's device is connected."""

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from videochat.core.delivery import newest_per_device
from videochat.core.errors import CallExists, Conflict, FrameRefusal, UserBusy
from videochat.core.models import Call, CallState, Connection, EndReason
from videochat.core.ports import CallStore, Clock, ConnectionStore
from videochat.core.refusals import in_call, try_again

ATTEMPTS: Final = 8
"""How often a change that others overtook is decided anew."""
TOLERANCE_MS: Final = 1_000
"""How much later than :attr:`Call.ring_until` a word about a ringing call may be: it was on its way."""


_NEVER_RANG: Final = frozenset({EndReason.BUSY, EndReason.OFFLINE, EndReason.BLOCKED})


class CallRecords:
    """Claims users for calls and ends calls, over a :class:`CallStore`."""

    def __init__(self, store: CallStore, connections: ConnectionStore, clock: Clock) -> None:
        self._store = store
        self._connections = connections
        self._clock = clock

    def claim(self, call: Call, on_stale: Callable[[Call], None]) -> Call | UserBusy:
        """Stores a new call, ending stale ones that stand in its way.

        :param on_stale: told of each call that was ended, as it was before.
        :return: the stored call (an earlier one when the same invite came twice), or who is busy.
        :raises FrameRefusal: ``call_exists``, ``in_call``, ``glare``.
        """
        for _ in range(ATTEMPTS):
            try:
                self._store.create(call)
                return call
            except CallExists:
                known = self._store.get(call.call_id)
                if (
                    known is not None
                    and known.state is CallState.RINGING
                    and (known.caller_id, known.caller_device, known.callee_id)
                    == (call.caller_id, call.caller_device, call.callee_id)
                ):
                    return known
                raise FrameRefusal("call_exists", "That call id has been used.") from None
            except UserBusy as busy:
                active = self._store.unfinished_of(busy.user_id)
                if active is None:
                    continue
                reason = self.over(active, call)
                if reason is not None:
                    if self.finish(active, reason) is not None:
                        on_stale(active)
                    continue
                if active.is_member(call.caller_id):
                    if active.state is CallState.RINGING and active.caller_id == call.callee_id:
                        raise FrameRefusal(
                            "glare",
                            "The other side is calling you: accept that call.",
                            activeCallId=active.call_id,
                        ) from None
                    raise in_call(active) from None
                own = self._store.unfinished_of(call.caller_id)
                if own is not None and self.over(own, call) is None:
                    raise in_call(own) from None
                return busy
        raise try_again()

    def over(self, call: Call, new: Call | None = None) -> EndReason | None:
        """Why a call that is stored as unfinished is over all the same; ``None`` when it is not.

        Nobody may stay busy for ever because a timer or a disconnect was lost.
        """
        if call.state is CallState.RINGING:
            if self._clock.now() > call.ring_until:
                return EndReason.TIMEOUT
            if new is not None and new.caller_id == call.caller_id:
                # The caller starts anew: the old call goes when the device that made it is gone.
                gone = not self.devices(call.caller_id, call.caller_device)
                return EndReason.CANCELLED if gone else None
            return None
        there = self.devices(call.caller_id, call.caller_device) or self.devices(
            call.callee_id, call.callee_device
        )
        return None if there else EndReason.LOST

    def finish(self, call: Call, reason: EndReason, ago: int = 0) -> Call | None:
        """Saves the end of a call; ``None`` when somebody else changed it first.

        :param ago: milliseconds since it ended.
        """
        now = self._clock.now()
        ended_at = min(now, call.ring_until) if reason is EndReason.TIMEOUT else now - ago
        return self._end(call, reason, max(ended_at, call.answered_at or call.started_at))

    def finish_unheard(
        self, call: Call, device_id: str, reason: EndReason, answered_ago: int, ago: int
    ) -> Call | None:
        """Saves a call that was answered and ended while this could not be told.

        :param call: as stored; :meth:`unheard` says that it may be so.
        :param device_id: the device of the callee that answered.
        :param answered_ago: milliseconds since then.
        :param ago: milliseconds since it ended.
        :return: ``None`` when somebody else changed it first.
        """
        now = self._clock.now()
        answered_at = max(now - answered_ago, call.started_at)
        answered = replace(call, callee_device=device_id, answered_at=answered_at)
        return self._end(answered, reason, max(now - ago, answered_at))

    def unheard(self, call: Call, answered_ago: int) -> bool:
        """Whether this call can have been answered so long ago without having been stored as answered.

        Whoever ended it, or gave it up, did not know. Only what was rung can have been answered.
        """
        in_time = self._clock.now() - answered_ago <= call.ring_until + TOLERANCE_MS
        return in_time and call.answered_at is None and call.reason not in _NEVER_RANG

    def _end(self, call: Call, reason: EndReason, ended_at: int) -> Call | None:
        try:
            return self._store.update(replace(call, state=CallState.ENDED, ended_at=ended_at, reason=reason))
        except Conflict:
            return None

    def devices(self, user_id: str, device_id: str | None) -> list[Connection]:
        """The newest connection of that device (a list of one or none), or of each device when ``None``."""
        connections = newest_per_device(self._connections.of_user(user_id, self._clock.now()))
        return [c for c in connections if device_id is None or c.device_id == device_id]
