"""One server per data directory: sockets and presence live in its memory, so a second one would not know of half the people."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from videochat.core.errors import VideoChatError

if sys.platform != "win32":
    import fcntl


class AlreadyRunning(VideoChatError):
    """Another server runs on this data directory."""


@contextmanager
def only_server(data: Path) -> Iterator[None]:
    """Holds the directory for this process. The system lets go of it when the process ends, however it ends. On Windows this does nothing.

    :raises AlreadyRunning:
    :raises OSError: the directory cannot be written.
    """
    if sys.platform == "win32":
        yield
        return
    descriptor = os.open(data / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(f"Another server runs on the data directory {data}.") from None
        yield
    finally:
        os.close(descriptor)
