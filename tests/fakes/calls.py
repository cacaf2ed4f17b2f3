"""A fake of the call store."""

from msgspec.structs import replace
from tests.fakes.faults import Faults

from videochat.core.errors import CallExists, Conflict, UserBusy
from videochat.core.models import Call, CallPage, CallState, EndReason


class FakeCalls(Faults):
    """A :class:`~videochat.core.ports.CallStore` in dictionaries.

    ``interfere("update", action)`` makes a real conflict when ``action`` updates the same call.
    """

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, Call] = {}
        self.claims: dict[str, str] = {}
        """The unfinished call of each user who is in one."""

    def create(self, call: Call) -> None:
        self._enter("create")
        with self._lock:
            if call.call_id in self.rows:
                raise CallExists
            if call.state != CallState.ENDED:
                for user_id in (call.callee_id, call.caller_id):
                    if user_id in self.claims:
                        raise UserBusy(user_id)
                self.claims |= {call.caller_id: call.call_id, call.callee_id: call.call_id}
            self.rows[call.call_id] = call

    def get(self, call_id: str) -> Call | None:
        self._enter("get")
        return self.rows.get(call_id)

    def unfinished_of(self, user_id: str) -> Call | None:
        self._enter("unfinished_of")
        with self._lock:
            call_id = self.claims.get(user_id)
            return None if call_id is None else self.rows[call_id]

    def update(self, call: Call) -> Call:
        self._enter("update")
        with self._lock:
            known = self.rows.get(call.call_id)
            if known is None or known.version != call.version:
                raise Conflict("the call has changed")
            stored = replace(call, version=call.version + 1)
            self.rows[call.call_id] = stored
            if call.state == CallState.ENDED:
                self._release(call.call_id)
            return stored

    def history(self, user_id: str, limit: int, after: str | None) -> CallPage:
        self._enter("history")
        with self._lock:
            calls = [call for call in self.rows.values() if _listed(call, user_id)]
        calls.sort(key=_order, reverse=True)
        if after is not None:
            time, _, call_id = after.partition("/")
            if not time.isdecimal() or not call_id:
                return CallPage([], None)
            calls = [call for call in calls if _order(call) < (int(time), call_id)]
        page = calls[:limit]
        more = len(calls) > limit
        return CallPage(page, f"{page[-1].started_at}/{page[-1].call_id}" if more else None)

    def remove_all_of(self, user_id: str) -> None:
        self._enter("remove_all_of")
        with self._lock:
            for call in [call for call in self.rows.values() if call.is_member(user_id)]:
                del self.rows[call.call_id]
                self._release(call.call_id)

    def _release(self, call_id: str) -> None:
        self.claims = {user_id: claim for user_id, claim in self.claims.items() if claim != call_id}


def _listed(call: Call, user_id: str) -> bool:
    return user_id == call.caller_id or (user_id == call.callee_id and call.reason is not EndReason.BLOCKED)


def _order(call: Call) -> tuple[int, str]:
    return call.started_at, call.call_id
