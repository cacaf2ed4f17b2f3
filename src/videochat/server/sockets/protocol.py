"""One WebSocket connection as uvicorn hands it over: opening handshake, flow control, closing.

An :class:`asyncio.Protocol` without a task of its own. Uvicorn makes one when a request asks for an upgrade, gives it the transport and
the request, and leaves the connection to it; whether there is TLS in between makes no difference.
"""

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import parse_qs

from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol
from websockets.typing import Origin

from videochat.adapters.local.failures import log_failure
from videochat.core import frames
from videochat.core.errors import Refusal, StoreError
from videochat.server.sockets.framing import FrameReader, silent_logger, text_frame
from videochat.server.sockets.session import SocketSession, log

if TYPE_CHECKING:
    from videochat.server.sockets.server import SocketServer

PATH: Final = "/ws"
MAX_EARLY: Final = 64
"""Frames kept for a client whose handshake is not over."""


class SocketProtocol(asyncio.Protocol):
    """One client's connection.

    :param connections: uvicorn's set of what must be closed before it stops.
    """

    __slots__ = (
        "_closing",
        "_connections",
        "_deadline",
        "_early",
        "_heard",
        "_idle_since",
        "_opening",
        "_reader",
        "_server",
        "_session",
        "_stalled",
        "_transport",
        "connection_id",
        "expires_at",
        "user_id",
    )

    def __init__(self, server: "SocketServer", connections: set[Any]) -> None:
        self._server = server
        self._connections = connections
        self._transport: asyncio.Transport = cast(asyncio.Transport, None)
        self._opening: Opening | None = None
        self._early: list[bytes] | None = None
        self._reader: FrameReader | None = None
        self._session: SocketSession | None = None
        self._closing = False
        self._deadline: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self._heard = True
        self._idle_since = 0
        self.connection_id = server.ids.new()
        self.expires_at = 0
        """Milliseconds since the epoch."""
        self.user_id = ""
        """Whose connection this is; empty until that is known."""

    # --- What the transport says

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See :class:`asyncio.Protocol`."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=self._server.settings.stalled_bytes)
        self._connections.add(self)

    def data_received(self, data: bytes) -> None:
        """See :class:`asyncio.Protocol`. First comes the whole upgrade request, in one piece."""
        reader = self._reader
        if reader is not None:
            self._heard = True
            reader.feed(data)
        elif self._opening is None:
            self._open(data)
        else:  # nobody may speak before the handshake is over (RFC 6455, section 4.1)
            self._transport.abort()

    def pause_writing(self) -> None:
        """The client reads too slowly. It gets some time, then it is cut off."""
        if self._stalled is None:
            self._stalled = self._server.later(self._server.settings.stalled_seconds, self._cut_off)

    def resume_writing(self) -> None:
        """The client has caught up."""
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """See :class:`asyncio.Protocol`."""
        self._connections.discard(self)
        self._end()
        self._server.closed(self)
        for handle in (self._deadline, self._stalled):
            if handle is not None:
                handle.cancel()
        if self._session is not None:
            self._session.closed()

    def shutdown(self) -> None:
        """The server stops; called by uvicorn."""
        if self._reader is not None:
            self.close(1012, "The server restarts.")
        elif self._opening is not None and not self._closing:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE)

    # --- Opening handshake

    def _open(self, head: bytes) -> None:
        self._opening = opening = Opening(head, self._server.settings.origins)
        if opening.response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            self._refuse(HTTPStatus(opening.response.status_code), opening.response)
            return
        self._transport.pause_reading()
        # Once the connection is stored, frames for it may come; the client gets them after the handshake.
        self._early = []
        self._server.opened(self)
        self._server.run(self._admit, self._admitted)

    def _admit(self) -> None:
        """Asks the core, in a worker's thread."""
        opening, core = self._opening, self._server.core
        assert opening is not None
        try:
            admission = core.doorkeeper.authenticate(opening.auth, opening.device)
            connection = core.signaling.connect(admission, self.connection_id, opening.device)
            self.expires_at = connection.expires_at
            self.user_id = connection.user_id
        except Refusal as refusal:
            opening.refusal = HTTPStatus(refusal.status)
        except StoreError as error:
            log_failure(log, error, action="connect")
            opening.refusal = HTTPStatus.SERVICE_UNAVAILABLE
        except Exception as error:  # noqa: BLE001 - it concerns this client, not the server
            log_failure(log, error, action="connect")
            opening.refusal = HTTPStatus.INTERNAL_SERVER_ERROR

    def _admitted(self) -> None:
        opening = self._opening
        assert opening is not None
        if opening.refusal is not None:
            self._refuse(opening.refusal)
            return
        server = self._server
        self._session = SocketSession(
            self.connection_id,
            server.core.signaling,
            server.run,
            self._transport,
            server.new_limit(),
            server.monotonic,
        )
        if self._closing:  # it was lost, or the server stops
            self._session.closed()
            return
        self._reader = FrameReader(self, server.settings.max_message_bytes)
        self._transport.write(opening.accept())
        self._opening = None
        early, self._early = self._early, None
        for payload in early or ():
            self.send(payload)
        self._transport.resume_reading()

    def _refuse(self, status: HTTPStatus, response: Response | None = None) -> None:
        opening = self._opening
        assert opening is not None
        if self._closing:
            return
        self._end()
        log.info("socket_refused", status=int(status), client=_client(self._transport))
        self._transport.write(opening.refuse(status, response))
        self._transport.close()

    # --- Messages

    def send(self, payload: bytes) -> None:
        """Sends a text message. On the event loop only; see :class:`videochat.adapters.local.push.Socket`."""
        if self._reader is None:
            if self._early is not None:
                self._early.append(payload)
                if len(self._early) > MAX_EARLY:
                    self._cut_off()
            return
        if not self._closing:
            self._transport.write(text_frame(payload))
            if self._stalled is not None:
                self._limit_unsent()

    def on_text(self, data: bytes) -> None:
        """See :class:`~videochat.server.sockets.framing.FrameHandler`."""
        if self._session is not None and not self._closing:
            self._session.text(data)

    def on_binary(self) -> None:
        """See :class:`~videochat.server.sockets.framing.FrameHandler`."""
        if self._session is not None and not self._closing:
            self._session.binary()

    def on_too_large(self) -> None:
        """See :class:`~videochat.server.sockets.framing.FrameHandler`. Not by way of push, which would be behind the close frame."""
        self.send(frames.encode(frames.error(frames.too_large())))

    def on_other(self) -> None:
        """See :class:`~videochat.server.sockets.framing.FrameHandler`."""
        if self._session is not None and not self._closing and not self._session.other():
            self.close(1008, "Too many frames.")

    # --- Closing

    def close(self, code: int, reason: str) -> None:
        """Starts the closing handshake; a client that does not answer is cut off."""
        if self._reader is not None and not self._closing:
            self._end()
            self._reader.close(code, reason)
            # Whoever waits for the core must still be heard: the client's close frame is among what comes.
            self._transport.resume_reading()
            self._set_deadline()

    def abort(self) -> None:
        """Cuts the connection."""
        self._end()
        self._transport.abort()

    def on_output(self, data: bytes) -> None:
        """See :class:`~videochat.server.sockets.framing.FrameHandler`."""
        self._transport.write(data)
        if self._stalled is not None:
            self._limit_unsent()

    def on_end(self, clean: bool) -> None:
        """See :class:`~videochat.server.sockets.framing.FrameHandler`."""
        self._end()
        if clean or not self._transport.can_write_eof():
            self._transport.close()
        else:
            self._transport.write_eof()
        self._set_deadline()

    def check(self, monotonic: int, now: int) -> None:
        """Closes the connection when it is idle or expired. Called from time to time.

        :param monotonic: milliseconds on the clock for idleness.
        :param now: milliseconds since the epoch.
        """
        if self._heard:
            self._heard = False
            self._idle_since = monotonic
        elif monotonic - self._idle_since >= self._server.settings.idle_ms:
            self.close(1001, "Idle for too long.")
        if self._reader is not None and now >= self.expires_at:
            self.close(1001, "This connection has expired.")

    def _limit_unsent(self) -> None:
        if self._transport.get_write_buffer_size() > self._server.settings.max_buffered_bytes:
            self._cut_off()

    def _end(self) -> None:
        """From now on nothing is sent or taken; for push the connection is gone."""
        self._closing = True
        self._server.unplugged(self)

    def _set_deadline(self) -> None:
        if self._deadline is None:
            self._deadline = self._server.later(self._server.settings.close_seconds, self._transport.abort)

    def _cut_off(self) -> None:
        if not self._transport.is_closing():
            log.info("socket_cut_off", connection=self.connection_id, reason="slow reader")
        self.abort()


class Opening:
    """An opening handshake under way (RFC 6455, section 4.2).

    :param head: the upgrade request without a body, well-formed: uvicorn has parsed it before.
    :param origins: what ``Origin`` may be when there is one. Browsers always send it, and scripts on other sites cannot change it.
    """

    __slots__ = ("_codec", "auth", "device", "refusal", "response")

    def __init__(self, head: bytes, origins: tuple[str, ...]) -> None:
        request = _request(head)
        path, _, query = request.path.partition("?")
        self._codec = ServerProtocol(origins=[None, *map(Origin, origins)], logger=silent_logger)
        self.auth: str | None = None
        self.device: str | None = None
        self.refusal: HTTPStatus | None = None
        if path != PATH:
            self.response = self._codec.reject(HTTPStatus.NOT_FOUND, "There is no WebSocket here.\n")
            return
        try:
            fields = parse_qs(query, max_num_fields=16)
        except ValueError:
            self.response = self._codec.reject(HTTPStatus.BAD_REQUEST, "Too many query parameters.\n")
            return
        self.auth = fields.get("Auth", [None])[0]
        self.device = fields.get("Device", [None])[0]
        self.response = self._codec.accept(request)

    def accept(self) -> bytes:
        """The answer that opens the WebSocket."""
        return self._serialize(self.response)

    def refuse(self, status: HTTPStatus, response: Response | None = None) -> bytes:
        """The answer that refuses it."""
        return self._serialize(response or self._codec.reject(status, f"{status.phrase}\n"))

    def _serialize(self, response: Response) -> bytes:
        self._codec.send_response(response)
        return b"".join(self._codec.data_to_send())


def _request(head: bytes) -> Request:
    first, *rest = head.decode("latin-1").split("\r\n")
    headers = Headers()
    for line in rest:
        if line:
            name, _, value = line.partition(":")
            headers[name] = value.strip(" \t")
    return Request(first.split(" ")[1], headers)


def _client(transport: asyncio.BaseTransport) -> str:
    peer = transport.get_extra_info("peername")
    return str(peer[0]) if isinstance(peer, tuple) else ""
