"""The WebSocket endpoint of the one-machine edition: from bytes to calls of the core and back.

- :mod:`~videochat.server.sockets.framing`: bytes to messages, without I/O.
- :mod:`~videochat.server.sockets.session`: messages to calls of the core, in order; without a socket.
- :mod:`~videochat.server.sockets.protocol`: one connection on an asyncio transport.
- :mod:`~videochat.server.sockets.server`: all connections of the process.
"""

from videochat.server.sockets.server import SocketServer, SocketSettings

__all__ = ["SocketServer", "SocketSettings"]
