"""A TCP proxy that can delay what passes through it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_CHUNK = 65_536


class DelayProxy:
    """Hands bytes on in both directions, each :attr:`delay` after it came, in order.

    Belongs to the event loop in which :meth:`running` is entered, :attr:`delay` apart, which any thread may set.

    :param port: of the loopback interface, free.
    :param upstream: the port that it stands in front of.
    """

    def __init__(self, port: int, upstream: int) -> None:
        self.delay = 0.0
        """Seconds that each direction takes longer."""
        self.port = port
        self._upstream = upstream
        self._connections: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listens on :attr:`port`; at the end everything that goes through is cut off."""
        server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
        async with server:
            yield
            server.close()
            for task in self._connections:
                task.cancel()
            await asyncio.gather(*self._connections, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            their_reader, their_writer = await asyncio.open_connection("127.0.0.1", self._upstream)
            try:
                async with asyncio.TaskGroup() as directions:
                    directions.create_task(self._direction(reader, their_writer))
                    directions.create_task(self._direction(their_reader, writer))
            finally:
                their_writer.close()
        except* OSError:
            pass  # One end is gone: closing the other tells it.
        except* asyncio.CancelledError:
            pass  # asyncio's stream server would report the cancelled task as an error.
        finally:
            writer.close()
            self._connections.discard(task)

    async def _direction(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        async with asyncio.TaskGroup() as both:
            both.create_task(self._take(reader, waiting))
            both.create_task(self._give(waiting, writer))

    async def _take(self, reader: asyncio.StreamReader, waiting: asyncio.Queue[tuple[float, bytes]]) -> None:
        loop = asyncio.get_running_loop()
        while data := await reader.read(_CHUNK):
            waiting.put_nowait((loop.time() + self.delay, data))
        waiting.put_nowait((loop.time() + self.delay, b""))

    async def _give(self, waiting: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due, data = await waiting.get()
            if (remaining := due - loop.time()) > 0:
                await asyncio.sleep(remaining)
            if not data:
                # The other direction may go on, as TCP allows.
                writer.write_eof()
                return
            writer.write(data)
            await writer.drain()
