"""Frames to the sockets of this process."""

import asyncio
import threading
from collections.abc import Sequence
from typing import Protocol


class Socket(Protocol):
    """An open socket, as far as push is concerned."""

    def send(self, payload: bytes) -> None:
        """Sends a UTF-8 text message without waiting. Called on the event loop only; a closed socket ignores it."""
        ...


class LocalPush:
    """A :class:`~videochat.core.ports.Push` that any thread may use.

    Sockets belong to the event loop: on it :meth:`send` writes at once, from other threads it leaves that to the loop. What one thread
    sends arrives in its order, and so does what follows from it: nobody can answer a frame before it has been written.
    """

    def __init__(self) -> None:
        self._sockets: dict[str, Socket] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: int | None = None

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Tells which loop the sockets belong to; called on it, before :meth:`add`."""
        self._loop = loop
        self._thread = threading.get_ident()

    def add(self, connection_id: str, socket: Socket) -> None:
        """From now on ``socket`` takes what is sent to ``connection_id``."""
        self._sockets[connection_id] = socket

    def remove(self, connection_id: str) -> None:
        """From now on ``connection_id`` is gone. Unknown ids are no error."""
        self._sockets.pop(connection_id, None)

    def send(self, connection_ids: Sequence[str], frame: bytes) -> set[str]:
        """See :meth:`videochat.core.ports.Push.send`."""
        gone: set[str] = set()
        if threading.get_ident() == self._thread:
            for connection_id in connection_ids:
                socket = self._sockets.get(connection_id)
                if socket is None:
                    gone.add(connection_id)
                else:
                    socket.send(frame)
            return gone
        there: list[Socket] = []
        for connection_id in connection_ids:
            socket = self._sockets.get(connection_id)
            if socket is None:
                gone.add(connection_id)
            else:
                there.append(socket)
        if there:
            assert self._loop is not None
            try:
                self._loop.call_soon_threadsafe(_send_all, there, frame)
            except RuntimeError:  # the loop has been closed, and every socket with it
                gone.update(connection_ids)
        return gone


def _send_all(sockets: list[Socket], frame: bytes) -> None:
    for socket in sockets:
        socket.send(frame)
