"""The socket endpoint behind uvicorn on a loopback port, in a thread of its own."""

import asyncio
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from tests.edge.socket_world import KEY, SocketWorld
from websockets.sync.client import ClientConnection, connect

from videochat.server.asgi import Receive, Scope, Send
from videochat.server.sockets import SocketSettings

SECONDS = 20
"""How long anything may take before a test gives up."""


class Network:
    """A running server."""

    def __init__(
        self, world: SocketWorld, server: uvicorn.Server, port: int, thread: threading.Thread
    ) -> None:
        self.world = world
        self.port = port
        self._server = server
        self._thread = thread

    def url(self, user: str, device: str | None = None, scheme: str = "ws") -> str:
        """Where ``user`` connects."""
        query = f"Auth=token.of.{user}" + (f"&Device={device}" if device else "")
        return f"{scheme}://127.0.0.1:{self.port}/ws?{query}"

    def connect(self, user: str, device: str | None = None) -> ClientConnection:
        """Opens a WebSocket; to be used as a context manager."""
        return connect(self.url(user, device), proxy=None, open_timeout=SECONDS, compression=None)

    def raw(self, user: str) -> socket.socket:
        """A TCP connection on which the WebSocket of ``user`` has been opened."""
        raw = self.tcp()
        raw.sendall(request(f"/ws?Auth=token.of.{user}"))
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += raw.recv(1)
        assert head.startswith(b"HTTP/1.1 101 ")
        return raw

    def tcp(self) -> socket.socket:
        """A TCP connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS)

    def stop(self) -> None:
        """Asks the server to stop, as SIGTERM does; returns at once."""
        self._server.should_exit = True

    def join(self) -> None:
        """Waits for the end of the server."""
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()


@contextmanager
def serving(
    settings: SocketSettings | None = None, cert: Path | None = None, key: Path | None = None
) -> Iterator[Network]:
    """Runs the endpoint for Ada and Grace, who are contacts. Checks in the end that no connection is left."""
    world = SocketWorld(settings or SocketSettings())
    world.people("ada", "grace")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            world.server.start()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await world.server.stop()
            await send({"type": "lifespan.shutdown.complete"})

    config = uvicorn.Config(
        app,
        ws=world.server.protocol_class,
        lifespan="on",
        log_config=None,
        ssl_certfile=cert,
        ssl_keyfile=key,
        timeout_graceful_shutdown=SECONDS,
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(config)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
        thread.start()
        network = Network(world, server, listener.getsockname()[1], thread)
        try:
            wait_for(lambda: server.started)
            yield network
        finally:
            network.stop()
            network.join()
    assert world.connections.rows == {}


def request(target: str) -> bytes:
    """An upgrade request."""
    return (
        f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n\r\n"
    ).encode()


def send(connection: ClientConnection, action: str, **fields: Any) -> None:
    """Sends a frame."""
    connection.send(json.dumps({"action": action, **fields}))


def receive(connection: ClientConnection, action: str) -> Any:
    """The next ``action``, whatever comes before it."""
    while True:
        frame = json.loads(connection.recv(timeout=SECONDS))
        if frame["action"] == action:
            return frame


def reset(raw: socket.socket) -> None:
    """Drops a connection without a word: the other side gets a TCP reset."""
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raw.close()


def wait_for(condition: Callable[[], bool]) -> None:
    """Waits until ``condition()`` holds."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)
