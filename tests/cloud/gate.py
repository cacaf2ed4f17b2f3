"""The front door of the emulated cloud on another network: the emulator itself listens on this machine's loopback interface alone."""

import asyncio
import threading
from collections.abc import Coroutine, Sequence
from functools import partial
from typing import Any, Final

from tests.network.namespaces import PUBLIC_ADDRESS, Namespace

CHUNK: Final = 65536


class Gate:
    """Passes connections on, as the edge of a cloud does: those of a network that is gone stay open on the inside until somebody notices.

    :param namespace: where the network is.
    :param ports: of this machine, by which they are known there, too.
    """

    def __init__(self, namespace: Namespace, ports: Sequence[int]) -> None:
        self._namespace = namespace
        self._ports = ports
        self._opening: _Opening | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def open(self) -> None:
        """From now on connections are let through."""
        if self._opening is None:
            self._run(self._open())

    def shut(self) -> None:
        """Closes all connections, and refuses new ones, as when the server has died."""
        self._run(self._shut())

    def close(self) -> None:
        """Takes it away."""
        self.shut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _open(self) -> None:
        self._opening = _Opening()
        for port in self._ports:
            listener = self._namespace.listen(PUBLIC_ADDRESS, port)
            let_in = partial(self._opening.let_in, port)
            self._opening.servers.append(await asyncio.start_server(let_in, sock=listener))

    async def _shut(self) -> None:
        if self._opening is not None:
            await self._opening.end()
            self._opening = None


class _Opening:
    """The gate from one opening to the next shutting."""

    def __init__(self) -> None:
        self.servers: list[asyncio.Server] = []
        self._over = False
        self._passing: set[asyncio.Task[None]] = set()

    async def let_in(self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Connects somebody with ``port`` until one of the two ends it."""
        task = asyncio.current_task()
        assert task is not None
        self._passing.add(task)
        try:
            # The gate may have been shut between the accepting and now.
            if not self._over:
                await _join(port, reader, writer)
        except (OSError, asyncio.CancelledError):
            return  # Cut off on one side, or by the gate; the other side is, too.
        finally:
            writer.transport.abort()
            self._passing.discard(task)

    async def end(self) -> None:
        """Closes everything."""
        self._over = True
        for server in self.servers:
            server.close()
        for task in self._passing:
            task.cancel()
        await asyncio.gather(*self._passing, return_exceptions=True)


async def _join(port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        await _first_of(_pass_on(reader, inner_writer), _pass_on(inner_reader, writer))
        # What was written last is still sent.
        writer.close()
        await writer.wait_closed()
    finally:
        inner_writer.transport.abort()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(CHUNK):
        writer.write(data)
        await writer.drain()


async def _first_of(*works: Coroutine[Any, Any, None]) -> None:
    """Returns when the first of them does, and ends the others."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
    for outcome in done:
        if isinstance(outcome, OSError):
            raise outcome
