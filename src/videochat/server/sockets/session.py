"""What a client's messages do: in order, at a bounded rate, on the event loop or beside it. Knows no socket."""

from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

import structlog

from videochat.adapters.local.failures import log_failure
from videochat.core.errors import FrameRefusal, Refusal
from videochat.core.frames import Frame
from videochat.core.rate import Limit
from videochat.core.refusals import rate_limited
from videochat.core.signaling import CHEAP_ACTIONS, Signaling

MAX_WAITING: Final = 16
"""Messages that wait for the one being worked on before the socket is not read any further."""

log: Final = structlog.stdlib.get_logger("videochat.server.sockets")


class Worker(Protocol):
    """Runs what may block."""

    def __call__(self, job: Callable[[], None], done: Callable[[], None]) -> None:
        """Runs ``job``, which raises nothing, in another thread, then ``done`` on the event loop."""
        ...


class Intake(Protocol):
    """Where the messages come from."""

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class SocketSession:
    """Carries one connection's messages to the core, one after the other.

    Its methods belong to the event loop. Cheap frames are handled at once; the others, which may wait for a disk, by ``worker``, and
    what comes meanwhile waits for its turn.

    :param now: milliseconds on a clock that never goes back.
    """

    __slots__ = (
        "_busy",
        "_closed",
        "_intake",
        "_limit",
        "_now",
        "_signaling",
        "_waiting",
        "_worker",
        "connection_id",
    )

    def __init__(
        self,
        connection_id: str,
        signaling: Signaling,
        worker: Worker,
        intake: Intake,
        limit: Limit,
        now: Callable[[], int],
    ) -> None:
        self.connection_id = connection_id
        self._signaling = signaling
        self._worker = worker
        self._intake = intake
        self._limit = limit
        self._now = now
        self._busy = False
        self._closed = False
        self._waiting: deque[bytes] | None = None

    def text(self, data: bytes) -> None:
        """A text message has come."""
        if self._closed:
            return
        now = self._now()
        if not self._limit.take(now):
            self._drop(now)
            return
        if not self._busy:
            self._process(data)
            return
        if self._waiting is None:
            self._waiting = deque()
        self._waiting.append(data)
        if len(self._waiting) == MAX_WAITING:
            self._intake.pause_reading()

    def binary(self) -> None:
        """A binary message has come, which the protocol does not have."""
        if self._closed:
            return
        now = self._now()
        if self._limit.take(now):
            self._refuse(FrameRefusal("bad_frame", "Frames are text messages."))
        else:
            self._drop(now)

    def other(self) -> bool:
        """A frame has come that is no message. Returns whether one more is within the limit: they cannot be dropped one by one, as messages are."""
        return self._limit.take(self._now())

    def closed(self) -> None:
        """The socket is gone: lets the core know once the message being worked on is done; what waits is dropped."""
        if not self._closed:
            self._closed = True
            self._waiting = None
            if not self._busy:
                self._disconnect()

    def _drop(self, now: int) -> None:
        if self._limit.tell(now):
            self._refuse(rate_limited())

    def _process(self, data: bytes) -> None:
        frame: Frame | None = None
        try:
            frame = self._signaling.read(self.connection_id, data)
            if frame is None:
                return
            if frame["action"] in CHEAP_ACTIONS:
                self._signaling.handle(self.connection_id, frame)
                return
        except Exception as error:  # noqa: BLE001 - whatever fails in the core concerns this frame, not the server
            self._failed(error, frame)
            return
        self._busy = True
        self._worker(_Job(self, frame), self._done)

    def handle(self, frame: Frame) -> None:
        """Has the core handle ``frame``; for the worker's thread."""
        try:
            self._signaling.handle(self.connection_id, frame)
        except Exception as error:  # noqa: BLE001 - as above
            self._failed(error, frame)

    def _done(self) -> None:
        self._busy = False
        if self._closed:
            self._disconnect()
            return
        waiting = self._waiting
        if waiting is None:
            return
        full = len(waiting) >= MAX_WAITING
        while waiting and not self._busy:
            self._process(waiting.popleft())
        if full and len(waiting) < MAX_WAITING:
            self._intake.resume_reading()
        if not waiting:
            self._waiting = None

    def _disconnect(self) -> None:
        def job() -> None:
            try:
                self._signaling.disconnect(self.connection_id)
            except Exception as error:  # noqa: BLE001 - the row is as good as gone: it expires
                log_failure(log, error, connection=self.connection_id, action="disconnect")

        self._worker(job, _nothing)

    def _failed(self, error: Exception, frame: Frame | None) -> None:
        log_failure(log, error, connection=self.connection_id, action=frame and frame["action"][:32])
        self._refuse(Refusal("server_error", "The server could not do this. Try again.", 503), frame)

    def _refuse(self, refusal: Refusal, frame: Frame | None = None) -> None:
        try:
            self._signaling.refuse(self.connection_id, refusal, frame)
        except Exception as error:  # noqa: BLE001 - there is nobody left to tell
            log_failure(log, error, connection=self.connection_id, action="refuse")


class _Job:
    """One frame for the worker's thread."""

    __slots__ = ("_frame", "_session")

    def __init__(self, session: SocketSession, frame: Frame) -> None:
        self._session = session
        self._frame = frame

    def __call__(self) -> None:
        self._session.handle(self._frame)


def _nothing() -> None:
    pass
