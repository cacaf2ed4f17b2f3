"""All WebSockets of this process: what they share, when they are looked after, how they stop."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from msgspec import Struct

from videochat.adapters.local.failures import log_failure
from videochat.adapters.local.ids import RandomIds
from videochat.adapters.local.push import LocalPush
from videochat.adapters.local.timers import LocalTimers
from videochat.core.errors import StoreError
from videochat.core.ports import Ids
from videochat.core.rate import Limit
from videochat.core.services import Core
from videochat.server.sockets.protocol import SocketProtocol
from videochat.server.sockets.session import log


class SocketSettings(Struct, frozen=True, kw_only=True):
    """Limits of the socket endpoint."""

    origins: tuple[str, ...] = ()
    """Origins from which browsers may connect."""
    frame_rate: float = 400
    """Frames a second that one socket may send in the long run, …"""
    frame_burst: float = 400
    """… and at once."""
    idle_ms: int = 600_000
    """A socket that has sent nothing for so long is closed: 10 minutes, as API Gateway does."""
    max_message_bytes: int = 128 * 1024
    """A larger message closes the connection with 1009: API Gateway's limit. The protocol's own limit is an error frame's business."""
    stalled_bytes: int = 64 * 1024
    """With so much unsent data a client counts as a slow reader, …"""
    stalled_seconds: float = 10
    """… and is cut off unless it catches up in this time, …"""
    max_buffered_bytes: int = 1024 * 1024
    """… or as soon as there is so much of it."""
    close_seconds: float = 5
    """How long a client may take to answer a close frame."""
    check_seconds: float = 15
    """How often sockets are looked for that are idle, expired, or of removed users."""
    workers: int = 8
    """Threads for what may block."""


class SocketServer:
    """The socket endpoint at ``/ws``.

    Everything but :attr:`protocol_class` belongs to the event loop. Duties of the caller: :meth:`start` in the event loop before uvicorn
    accepts connections, ``Config(ws=protocol_class)``, and :meth:`stop` after it has closed them, which it does through their
    ``shutdown``.

    :param core: on top of ``push`` and ``timers``.
    """

    def __init__(
        self,
        core: Core,
        push: LocalPush,
        timers: LocalTimers,
        settings: SocketSettings | None = None,
        ids: Ids | None = None,
    ) -> None:
        self.core: Final = core
        self.settings: Final = settings or SocketSettings()
        self.ids: Final[Ids] = ids or RandomIds()
        self.protocol_class: Final = _protocol_class(self)
        """For uvicorn's ``Config(ws=…)``."""
        self._push = push
        self._timers = timers
        self._open: set[SocketProtocol] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._next_check: asyncio.TimerHandle | None = None
        self._asking = False
        """Whether a worker is finding out whose accounts are gone."""
        self._emptied: asyncio.Future[None] | None = None
        """Who waits for the last connection to go."""

    def start(self) -> None:
        """Gets ready for connections; also starts push and timers."""
        self._loop = asyncio.get_running_loop()
        self._pool = ThreadPoolExecutor(self.settings.workers, "videochat-socket")
        self._push.attach(self._loop)
        self._timers.start(self.core.signaling.on_timer)
        self._next_check = self.later(self.settings.check_seconds, self._check)

    async def stop(self) -> None:
        """Cuts off what is still open, waits for work under way and stops push and timers. Twice is once."""
        if self._pool is None:
            return
        if self._next_check is not None:
            self._next_check.cancel()
        for protocol in list(self._open):
            protocol.abort()
        if self._open:
            self._emptied = asyncio.get_running_loop().create_future()
            await self._emptied
        pool, self._pool = self._pool, None
        await asyncio.get_running_loop().run_in_executor(None, pool.shutdown)
        await self._timers.stop()

    def shutdown(self) -> None:
        """Starts to close all connections with 1012, service restart. Uvicorn does the same through their ``shutdown``."""
        for protocol in list(self._open):
            protocol.shutdown()

    def __len__(self) -> int:
        """How many connections are open or opening."""
        return len(self._open)

    # --- For the connections

    def opened(self, protocol: SocketProtocol) -> None:
        """From now on ``protocol`` gets the frames for its connection id."""
        self._open.add(protocol)
        self._push.add(protocol.connection_id, protocol)

    def unplugged(self, protocol: SocketProtocol) -> None:
        """From now on ``protocol`` gets no frames: push says that it is gone. Twice is once."""
        self._push.remove(protocol.connection_id)

    def closed(self, protocol: SocketProtocol) -> None:
        """The connection of ``protocol``, which has been unplugged, is gone."""
        self._open.discard(protocol)
        if self._emptied is not None and not self._open and not self._emptied.done():
            self._emptied.set_result(None)

    def run(self, job: Callable[[], None], done: Callable[[], None]) -> None:
        """Runs ``job`` in another thread, then ``done`` on the event loop."""
        loop, pool = self._loop, self._pool
        assert loop is not None
        if pool is None:  # stopped: the last disconnects
            job()
            done()
            return

        def work() -> None:
            try:
                job()
            except BaseException as error:  # noqa: BLE001 - it must not be lost in a future that nobody reads
                log_failure(log, error)
            finally:
                loop.call_soon_threadsafe(done)

        pool.submit(work)

    def later(self, seconds: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        """Calls ``callback`` on the event loop."""
        assert self._loop is not None
        return self._loop.call_later(seconds, callback)

    def new_limit(self) -> Limit:
        """The rate limit of a new connection."""
        return Limit(self.settings.frame_rate, self.settings.frame_burst, self.monotonic())

    @staticmethod
    def monotonic() -> int:
        """Milliseconds on a clock that never goes back."""
        return time.monotonic_ns() // 1_000_000

    def _check(self) -> None:
        monotonic, now = self.monotonic(), self.core.clock.now()
        for protocol in list(self._open):
            protocol.check(monotonic, now)
        self._close_removed()
        self._next_check = self.later(self.settings.check_seconds, self._check)

    def _close_removed(self) -> None:
        """Closes the connections of users who have been removed, which another process (an operator's command) may have done."""
        present = {protocol.user_id for protocol in self._open} - {""}
        if not present or self._asking:
            return
        removed: set[str] = set()

        def find() -> None:
            try:
                removed.update(present - self.core.users.existing(present))
            except StoreError as error:
                log_failure(log, error, action="check")

        def close() -> None:
            self._asking = False
            for protocol in list(self._open):
                if protocol.user_id in removed:
                    protocol.close(1008, "This account is gone.")

        self._asking = True
        self.run(find, close)


def _protocol_class(server: SocketServer) -> type[asyncio.Protocol]:
    class BoundSocketProtocol(SocketProtocol):
        """What uvicorn makes for each upgrade, by its own call convention."""

        __slots__ = ()

        def __init__(self, *, server_state: Any, **_: Any) -> None:
            super().__init__(server, server_state.connections)

    return BoundSocketProtocol
