"""``signal``: to the connection that a route ticket names. This function may read no table and loads no AWS SDK."""

from functools import cache
from typing import Any

from videochat.adapters.apigateway import ApiGatewayPush
from videochat.aws import process, sockets
from videochat.aws.metrics import CountedPush
from videochat.core import frames
from videochat.core.delivery import Delivery
from videochat.core.errors import Refusal
from videochat.core.frames import Frame
from videochat.core.relay import Signal
from videochat.core.tickets import RouteTickets


def handler(event: sockets.Event, _context: Any) -> sockets.Response:
    """Forwards a frame."""
    return sockets.receive(event, _signaling, sockets.SIGNAL_ACTIONS.__contains__)


class SignalOnly:
    """Takes ``signal`` frames, with nothing behind it but tickets and the push port."""

    def __init__(self, signal: Signal, delivery: Delivery) -> None:
        self._signal = signal
        self._delivery = delivery

    def read(self, connection_id: str, data: bytes | str) -> Frame | None:
        """See :meth:`videochat.core.signaling.Signaling.read`."""
        try:
            return frames.decode(data)
        except Refusal as refusal:
            self.refuse(connection_id, refusal)
            return None

    def handle(self, connection_id: str, frame: Frame) -> None:
        """See :meth:`videochat.core.signaling.Signaling.handle`."""
        try:
            self._signal.signal(connection_id, frame)
        except Refusal as refusal:
            self.refuse(connection_id, refusal, frame)

    def refuse(self, connection_id: str, refusal: Refusal, frame: Frame | None = None) -> None:
        """See :meth:`videochat.core.signaling.Signaling.refuse`."""
        self._delivery.send([connection_id], frames.error(refusal, frame))


@cache
def _signaling() -> SignalOnly:
    push = CountedPush(ApiGatewayPush(process.requests(), process.settings().need("socket_api_url")))
    # What turns out to be gone here is found gone again by a function that may change the table.
    delivery = Delivery(push, None)
    return SignalOnly(Signal(RouteTickets(process.SecretSigner(), process.clock), delivery), delivery)
