"""``signal``: to the connection that a route ticket names. This function may read no table and loads no AWS SDK."""

from functools import cache
from typing import Any

from videochat.adapters.apigateway import ApiGatewayPush
from videochat.aws import process, sockets
from videochat.aws.metrics import CountedPush
from videochat.core.delivery import Delivery
from videochat.core.frames import Frame
from videochat.core.handling import FrameHandler
from videochat.core.relay import Signal
from videochat.core.tickets import RouteTickets


def handler(event: sockets.Event, _context: Any) -> sockets.Response:
    """Forwards a frame."""
    return sockets.receive(event, _signaling, sockets.SIGNAL_ACTIONS.__contains__)


class SignalOnly(FrameHandler):
    """Takes ``signal`` frames, with nothing behind it but tickets and the push port."""

    def __init__(self, signal: Signal, delivery: Delivery) -> None:
        super().__init__(delivery)
        self._signal = signal

    def _act(self, connection_id: str, frame: Frame) -> None:
        self._signal.signal(connection_id, frame)


@cache
def _signaling() -> SignalOnly:
    push = CountedPush(ApiGatewayPush(process.requests(), process.settings().need("socket_api_url")))
    # What turns out to be gone here is found gone again by a function that may change the table.
    delivery = Delivery(push, None, process.clock)
    return SignalOnly(Signal(RouteTickets(process.SecretSigner(), process.clock), delivery), delivery)
