"""HTTP/1.1 as uvicorn speaks it, except that a request has to arrive in bounded time.

Uvicorn waits for ever for the rest of a request's head or body. A client that sends a byte now and then would hold its connection, and
thousands of such clients all of them.
"""

import asyncio
from typing import ClassVar, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle


class PromptRequests(H11Protocol):
    """Closes a connection on which a request has begun, or could have, and is not complete after :attr:`request_seconds`.

    For uvicorn's ``Config(http=…)``.
    """

    request_seconds: ClassVar[float] = 30

    farewell_seconds: ClassVar[float] = 2

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in the base class
        """A client has connected: its first request is awaited."""
        super().connection_made(transport)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        self._unwatch()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some of a request has come."""
        super().data_received(data)
        self._watch()

    def shutdown(self) -> None:
        """The server stops. A client that has vanished gets :attr:`farewell_seconds` for the end of TLS instead of 30 s, so that the stop
        need not wait for it.
        """
        super().shutdown()
        if self.transport.is_closing():
            self.loop.call_later(self.farewell_seconds, self.transport.abort)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """From here on the connection is another protocol's."""
        self._unwatch()
        super().handle_websocket_upgrade(event)

    def _watch(self) -> None:
        """Starts the clock when part of a request is missing, and stops it otherwise; what trickles in does not set it back."""
        # The base class calls it never None, and begins with None.
        cycle = cast(RequestResponseCycle | None, self.cycle)
        complete = cycle is not None and not cycle.more_body and not cycle.response_complete
        if complete or self.transport.is_closing() or self.transport.get_protocol() is not self:
            self._unwatch()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(self.request_seconds, self.transport.close)

    def _unwatch(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
