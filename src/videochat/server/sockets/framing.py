"""WebSocket messages out of a byte stream and back (RFC 6455, section 5), without any I/O.

The common frame, a whole masked text message, is taken apart here. Everything else (fragments, binary and control frames, closing,
whatever breaks the protocol) goes to the ``websockets`` library, in a codec that exists only while it is needed: an idle connection
costs a few hundred bytes. Reasons and numbers: ``docs/decisions/0060-socket-transport.md``.
"""

import logging
from typing import Final, Protocol

from websockets.exceptions import PayloadTooBig
from websockets.frames import Frame, Opcode
from websockets.protocol import SERVER, State
from websockets.protocol import Protocol as Codec

try:
    from websockets.speedups import apply_mask
except ImportError:  # built without its C extension
    from websockets.utils import apply_mask

_FINAL_TEXT: Final = 0x81
_MASKED: Final = 0x80
_ONE_MESSAGE: Final = b"\x81\xfe"
"""A whole masked text message with a length of two bytes."""
_LENGTH: Final = 0x7F

# The codec logs payloads at its debug level. This logger hangs below no other, so that no configuration can switch that on.
silent_logger: Final = logging.Logger("websockets.silent", logging.CRITICAL + 1)


def text_frame(payload: bytes) -> bytes:
    """The frame that carries ``payload``, which must be UTF-8, from a server to a client."""
    length = len(payload)
    if length < 126:
        return b"\x81" + length.to_bytes(1, "big") + payload
    if length < 1 << 16:
        return b"\x81\x7e" + length.to_bytes(2, "big") + payload
    return b"\x81\x7f" + length.to_bytes(8, "big") + payload


class FrameHandler(Protocol):
    """Takes what a :class:`FrameReader` finds. Calls come in the order of the stream."""

    def on_text(self, data: bytes) -> None:
        """A text message; whether it is UTF-8 has not been checked."""
        ...

    def on_binary(self) -> None:
        """A binary message."""
        ...

    def on_other(self) -> None:
        """A frame that is no message by itself: a ping, a pong, a fragment that does not end its message."""
        ...

    def on_too_large(self) -> None:
        """A message above the limit; the close frame for it comes next."""
        ...

    def on_output(self, data: bytes) -> None:
        """Bytes of the WebSocket protocol itself (a pong, a close frame) that must go out."""
        ...

    def on_end(self, clean: bool) -> None:
        """Nothing may be written any more, and what still comes is thrown away.

        :param clean: both sides have sent their close frame. Otherwise the client broke the protocol, and what it is still sending must
            be read for a while: closing with unread data resets the connection, and the close frame with the reason would be lost.
        """
        ...


class FrameReader:
    """Reads one client's stream after the opening handshake.

    :param max_size: bytes that a message may have, fragments together; above, the connection is closed with 1009.
    """

    __slots__ = ("_codec", "_ended", "_handler", "_held", "_max_size", "_needed", "_parts", "_text")

    def __init__(self, handler: FrameHandler, max_size: int) -> None:
        self._handler = handler
        self._max_size = max_size
        self._held: bytearray | None = None
        """The beginning of a frame whose end has not come yet, …"""
        self._needed = 0
        """… and how many bytes it takes to go on."""
        self._codec: Codec | None = None
        self._parts: bytearray | None = None
        """An unfinished message, as far as its fragments have come; ``_text`` says of which kind it is."""
        self._text = False
        self._ended = False

    def feed(self, data: bytes) -> None:
        """Takes the next bytes of the stream, in any portions."""
        if self._held is not None:
            self._held += data
            if len(self._held) < self._needed:
                return
            data = bytes(self._held)
            self._held = None
        position, size = 0, len(data)
        # Nearly always one message of middling size has come, and nothing else.
        if (
            data.startswith(_ONE_MESSAGE)
            and int.from_bytes(data[2:4], "big") == size - 8 <= self._max_size
            and self._codec is None
        ):
            self._handler.on_text(apply_mask(data[8:], data[4:8]))
            return
        while position < size:
            payload, end = self._bounds(data, position, size)
            if end > size:
                self._held = bytearray(data[position:])
                self._needed = end - position
                return
            if payload > position and data[position] == _FINAL_TEXT and self._codec is None:
                self._handler.on_text(apply_mask(data[payload:end], data[payload - 4 : payload]))
            else:
                self._delegate(data[position:end])
            position = end

    def close(self, code: int, reason: str) -> None:
        """Starts the closing handshake, unless it has been started (RFC 6455, section 7.1.2)."""
        codec = self._codec or self._new_codec()
        if codec.state is State.OPEN:
            codec.send_close(code, reason)
            self._flush(codec)

    def _bounds(self, data: bytes, position: int, size: int) -> tuple[int, int]:
        """Where the payload of the frame at ``position`` begins and ends.

        While its header is not complete, the end is how far to read before asking again. What the codec is going to refuse must get
        there at once: it begins at ``position`` and reaches to the end of ``data``.
        """
        if self._ended:
            return position, size
        if size - position < 2:
            return position, position + 2
        second = data[position + 1]
        length = second & _LENGTH
        if not second & _MASKED:
            return position, size
        start = position + 2
        if length >= 126:
            start += 2 if length == 126 else 8
            if size < start:
                return position, start
            length = int.from_bytes(data[position + 2 : start], "big")
            if length > self._max_size:
                return position, size
        start += 4
        return start, start + length

    def _delegate(self, frame: bytes) -> None:
        codec = self._codec or self._new_codec()
        codec.receive_data(frame)
        for event in codec.events_received():
            assert isinstance(event, Frame)
            self._take(event)
        self._flush(codec)
        # At the end of a frame the codec remembers nothing but an unfinished message and the state of closing.
        if self._parts is None and codec.state is State.OPEN:
            self._codec = None

    def _take(self, frame: Frame) -> None:
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY):
            self._text = frame.opcode is Opcode.TEXT
            self._parts = bytearray()
        elif frame.opcode is not Opcode.CONT:
            if frame.opcode is not Opcode.CLOSE:
                self._handler.on_other()
            return
        assert self._parts is not None
        self._parts += frame.data
        if frame.fin:
            data = bytes(self._parts)
            self._parts = None
            if self._text:
                self._handler.on_text(data)
            else:
                self._handler.on_binary()
        else:
            self._handler.on_other()

    def _flush(self, codec: Codec) -> None:
        if isinstance(codec.parser_exc, PayloadTooBig) and not self._ended:
            self._handler.on_too_large()
        for data in codec.data_to_send():
            if data:
                self._handler.on_output(data)
            else:
                self._ended = True
                self._handler.on_end(codec.close_rcvd is not None and codec.parser_exc is None)

    def _new_codec(self) -> Codec:
        self._codec = Codec(SERVER, state=State.OPEN, max_size=self._max_size, logger=silent_logger)
        return self._codec
