"""The client end of a WebSocket, cheap enough never to be what is measured.

Messages to send are made into frames once, with a fixed mask: in front of a server one does not trust, a mask has to be unpredictable
(RFC 6455, section 10.3); here it only has to be there.
"""

import asyncio
from collections.abc import Callable
from typing import Final, cast

from websockets.frames import Frame, Opcode

_MASK: Final = b"\x12\x34\x56\x78"
OnMessage = Callable[["Client", bytes], None]


def masked_text(payload: bytes) -> bytes:
    """The frame in which a client sends ``payload``."""
    head = Frame(Opcode.TEXT, payload).serialize(mask=False)[: -len(payload) or None]
    body = bytes(byte ^ _MASK[index % 4] for index, byte in enumerate(payload))
    return head[:1] + bytes([head[1] | 0x80]) + head[2:] + _MASK + body


class Client(asyncio.Protocol):
    """One WebSocket.

    :param target: path and query of the handshake.
    :param on_message: called with each text message; may be changed.
    """

    def __init__(self, target: str, on_message: OnMessage) -> None:
        self._target = target
        self.on_message = on_message
        self._transport = cast(asyncio.Transport, None)
        self._held = b""
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.lost = False
        self._is_open = False

    async def open(self, port: int) -> None:
        """Connects to a port of this machine and waits for the end of the handshake.

        :raises ConnectionError: the server refused.
        """
        await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", port)
        await self.opened

    def send(self, frame: bytes) -> None:
        """Sends what :func:`masked_text` made."""
        self._transport.write(frame)

    def close(self) -> None:
        """Cuts the connection."""
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See :class:`asyncio.Protocol`."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(
            f"GET {self._target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )

    def connection_lost(self, exc: Exception | None) -> None:
        """See :class:`asyncio.Protocol`."""
        self.lost = True
        if not self.opened.done():
            self.opened.set_exception(
                exc or ConnectionError("The connection was closed during the handshake.")
            )

    def data_received(self, data: bytes) -> None:
        """See :class:`asyncio.Protocol`."""
        if self._held:
            data = self._held + data
        position = 0 if self._is_open else self._handshake(data)
        size = len(data)
        while size - position >= 2:
            length, start = data[position + 1], position + 2
            if length >= 126:
                start += 2 if length == 126 else 8
                if size < start:
                    break
                length = int.from_bytes(data[position + 2 : start], "big")
            end = start + length
            if size < end:
                break
            if data[position] == 0x81:
                self.on_message(self, data[start:end])
            position = end
        self._held = data[position:]

    def _handshake(self, data: bytes) -> int:
        head, separator, _ = data.partition(b"\r\n\r\n")
        if not separator:
            return 0
        if not head.startswith(b"HTTP/1.1 101 "):
            self.opened.set_exception(ConnectionError(head.split(b"\r\n")[0].decode("latin-1")))
            self._transport.abort()
            return len(data)
        self._is_open = True
        self.opened.set_result(None)
        return len(head) + 4
