"""WebSocket events: one event is one call of the core
(https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integrations.html).
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from videochat.aws import logs, metrics, process
from videochat.core.errors import FrameRefusal, Refusal
from videochat.core.frames import Frame
from videochat.core.handling import FrameHandler
from videochat.core.rate import Limits
from videochat.core.refusals import rate_limited

Event = Mapping[str, Any]
Response = dict[str, Any]

OK: Final[Response] = {"statusCode": 200}

HELLO_ACTIONS: Final = frozenset({"hello", "ping"})
CALL_ACTIONS: Final = frozenset({"invite", "ringing", "accept", "decline", "cancel", "hangup", "route"})
SIGNAL_ACTIONS: Final = frozenset({"signal"})
RELAYED_ACTIONS: Final = SIGNAL_ACTIONS | {"relay"}
ROUTED_ACTIONS: Final = HELLO_ACTIONS | CALL_ACTIONS | SIGNAL_ACTIONS
"""Actions with a route of their own; all others come by ``$default``."""

KEPT_LIMITS: Final = 2_000
"""Sockets whose limit a process remembers: some 600 KB."""


@cache
def limits() -> Limits:
    """The limits of the sockets that this process has heard of."""
    s = process.settings()
    return Limits(s.frame_rate, s.frame_burst, KEPT_LIMITS)


def connection_id(event: Event) -> str:
    """The connection that an event is about."""
    return str(event["requestContext"]["connectionId"])


def begin(event: Event) -> None:
    """Starts the log of an event."""
    context = event["requestContext"]
    logs.begin(
        str(context.get("requestId", "")),
        connection_id=str(context.get("connectionId", "")),
        route=str(context.get("routeKey", "")),
    )


def receive(event: Event, signaling: Callable[[], FrameHandler], accepts: Callable[[str], bool]) -> Response:
    """Hands a client's message to the core. Whatever fails, the client is told by an error frame.

    :param accepts: whether an action is this function's business. API Gateway and we may read the same message differently (a key that
        stands twice); no frame gets to a function that is not made for it.
    """
    begin(event)
    sender = connection_id(event)
    frame: Frame | None = None
    handling: FrameHandler | None = None
    try:
        handling = signaling()
        now = process.clock.now()
        limit = limits().of(sender, now)
        if not limit.take(now):
            if limit.tell(now):
                metrics.count("RateLimited")
                handling.refuse(sender, rate_limited())
            return OK
        if event.get("isBase64Encoded"):
            handling.refuse(sender, FrameRefusal("bad_frame", "Frames are text messages."))
            return OK
        frame = handling.read(sender, event.get("body") or "")
        if frame is None:
            return OK
        if accepts(frame["action"]):
            handling.handle(sender, frame)
            if frame["action"] in RELAYED_ACTIONS:
                metrics.count_relayed(sender)
        else:
            handling.refuse(sender, FrameRefusal("bad_frame", "The field “action” is ambiguous."), frame)
    except Exception as error:  # noqa: BLE001 - whatever fails concerns this frame, not the socket
        logs.failure(error, action=frame and frame["action"][:32])
        _apologize(handling, sender, frame)
    return OK


def _apologize(handling: FrameHandler | None, sender: str, frame: Frame | None) -> None:
    if handling is None:
        return
    try:
        handling.refuse(
            sender, Refusal("server_error", "The server could not do this. Try again.", 503), frame
        )
    except Exception as error:  # noqa: BLE001 - there is nobody left to tell
        logs.failure(error, action="refuse")
