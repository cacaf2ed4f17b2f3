"""The machine's clock."""

import time


class SystemClock:
    """A :class:`~videochat.core.ports.Clock`."""

    def now(self) -> int:
        return time.time_ns() // 1_000_000
