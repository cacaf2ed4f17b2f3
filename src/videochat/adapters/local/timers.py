"""Timers of this process, on its event loop. A restart loses them."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import structlog

from videochat.adapters.local.failures import log_failure
from videochat.core.errors import StoreError
from videochat.core.ports import Clock

RETRY_SECONDS: Final = (1.0, 2.0, 5.0, 15.0, 60.0)
"""A timer that a store's failure stopped comes again after these times; then it is given up."""

log: Final = structlog.stdlib.get_logger("videochat.timers")

OnTimer = Callable[[str, str], None]


class LocalTimers:
    """:class:`~videochat.core.ports.Timers` that any thread may set.

    They fire one after the other in a thread of their own, so that a slow store holds up neither the event loop nor the sockets. What is
    scheduled before :meth:`start` waits for it; what is still to come at :meth:`stop` is lost.

    :param retry_seconds: see :data:`RETRY_SECONDS`.
    """

    def __init__(self, clock: Clock, retry_seconds: tuple[float, ...] = RETRY_SECONDS) -> None:
        self._clock = clock
        self._retry_seconds = retry_seconds
        self._loop: asyncio.AbstractEventLoop | None = None
        self._on_timer: OnTimer | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._handles: set[asyncio.TimerHandle] = set()
        self._early: list[tuple[int, str, str]] = []

    def start(self, on_timer: OnTimer) -> None:
        """Begins to fire.

        :param on_timer: called with kind and key, in the timers' thread.
        """
        self._on_timer = on_timer
        self._pool = ThreadPoolExecutor(1, "videochat-timers")
        self._loop = asyncio.get_running_loop()
        early, self._early = self._early, []
        for at, kind, key in early:
            self._add(at, kind, key)

    async def stop(self) -> None:
        """Forgets what is still to come and waits for the one that is being worked on. Twice is once."""
        pool, self._pool = self._pool, None
        for handle in self._handles:
            handle.cancel()
        self._handles.clear()
        if pool is not None:
            await asyncio.get_running_loop().run_in_executor(None, lambda: pool.shutdown(cancel_futures=True))

    def schedule(self, at: int, kind: str, key: str) -> None:
        """See :meth:`videochat.core.ports.Timers.schedule`."""
        if self._loop is None:
            self._early.append((at, kind, key))
        else:
            self._loop.call_soon_threadsafe(self._add, at, kind, key)

    def _add(self, at: int, kind: str, key: str) -> None:
        self._later(max(0, at - self._clock.now()) / 1000, kind, key, 0)

    def _later(self, seconds: float, kind: str, key: str, attempt: int) -> None:
        if self._pool is None:
            return

        def due() -> None:
            self._handles.discard(handle)
            if self._pool is not None:
                self._pool.submit(self._fire, kind, key, attempt)

        assert self._loop is not None
        handle = self._loop.call_later(seconds, due)
        self._handles.add(handle)

    def _fire(self, kind: str, key: str, attempt: int) -> None:
        assert self._on_timer is not None
        assert self._loop is not None
        try:
            self._on_timer(kind, key)
        except StoreError as error:
            again = attempt < len(self._retry_seconds)
            log_failure(log, error, timer=kind, again=again)
            if again:
                self._loop.call_soon_threadsafe(
                    self._later, self._retry_seconds[attempt], kind, key, attempt + 1
                )
        except Exception as error:  # noqa: BLE001 - it concerns this timer, not the others
            log_failure(log, error, timer=kind)
