"""The refusals that more than one kind of frame can meet."""

from videochat.core.errors import FrameRefusal
from videochat.core.models import Call, CallState, Connection


def call_ended(call: Call, sender: Connection) -> FrameRefusal:
    """``call_ended``, with why, as far as the sender's device is concerned."""
    if call.state is CallState.ENDED and call.reason is not None:
        reason = call.reason.told
    elif sender.user_id == call.callee_id and call.callee_device != sender.device_id:
        reason = "answered_elsewhere"
    else:
        reason = "accepted"
    return FrameRefusal(
        "call_ended", "This call is over or has been answered.", callId=call.call_id, reason=reason
    )


def in_call(active: Call) -> FrameRefusal:
    """``in_call``: the caller has an unfinished call."""
    return FrameRefusal("in_call", "You are in a call already.", activeCallId=active.call_id)


def call_not_found() -> FrameRefusal:
    """``call_not_found``."""
    return FrameRefusal("call_not_found", "There is no such call, or you are no member of it.")


def not_allowed() -> FrameRefusal:
    """``not_allowed``."""
    return FrameRefusal("not_allowed", "Only accepted contacts can reach each other.")


def offline() -> FrameRefusal:
    """``offline``: also what the blocked are told."""
    return FrameRefusal("offline", "Nobody is there.")


def try_again() -> FrameRefusal:
    """``server_error``: too many changes at once; nothing was changed."""
    return FrameRefusal("server_error", "The call is being changed by others at the same time. Try again.")


def rate_limited() -> FrameRefusal:
    """``rate_limited``."""
    return FrameRefusal("rate_limited", "Too many frames; some were dropped.")
