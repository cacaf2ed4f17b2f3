"""The call history as its owner sees it."""

from msgspec import Struct

from videochat.core.models import Call, CallState, EndReason, User
from videochat.core.ports import CallStore, Clock, UserStore

_MISSED = frozenset(
    {EndReason.TIMEOUT, EndReason.CANCELLED, EndReason.BUSY, EndReason.OFFLINE, EndReason.LOST}
)


class PastCall(Struct, frozen=True, rename="camel"):
    """One call. Times are milliseconds since the Unix epoch."""

    call_id: str
    direction: str
    """``incoming`` or ``outgoing``."""
    contact_id: str
    email: str
    """Empty when that user is gone, like ``name``."""
    name: str
    video: bool
    started_at: int
    answered_at: int | None
    ended_at: int | None
    outcome: str | None
    """How it ended (see ``protocol/README.md``); ``None`` while it goes on."""
    missed: bool
    """Incoming and never answered, though nobody declined it."""


class CallHistory(Struct, frozen=True):
    """A page of ``GET /calls``, newest first."""

    calls: list[PastCall]
    next: str | None


class History:
    """Reads call histories."""

    def __init__(self, store: CallStore, users: UserStore, clock: Clock) -> None:
        self._store = store
        self._users = users
        self._clock = clock

    def page(self, user_id: str, limit: int = 50, after: str | None = None) -> CallHistory:
        """The calls of ``user_id``.

        :param limit: 1 to 100.
        :param after: ``next`` of the page before.
        """
        page = self._store.history(user_id, limit, after)
        others = self._users.get_many({call.other(user_id) for call in page.calls})
        now = self._clock.now()
        return CallHistory(
            [_view(call, user_id, others.get(call.other(user_id)), now) for call in page.calls], page.next
        )


def _view(call: Call, user_id: str, other: User | None, now: int) -> PastCall:
    reason, ended_at = call.reason, call.ended_at
    if call.state is CallState.RINGING and now > call.ring_until:
        # Its timer was lost; the record is put right when the next call needs it.
        reason, ended_at = EndReason.TIMEOUT, call.ring_until
    incoming = call.callee_id == user_id
    return PastCall(
        call_id=call.call_id,
        direction="incoming" if incoming else "outgoing",
        contact_id=call.other(user_id),
        email=other.email if other else "",
        name=other.name if other else "",
        video=call.video,
        started_at=call.started_at,
        answered_at=call.answered_at,
        ended_at=ended_at,
        outcome=reason.told if reason else None,
        missed=incoming and call.answered_at is None and reason in _MISSED,
    )
