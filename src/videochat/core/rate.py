"""How many frames a socket may send, and how often it is told that there were too many. Both editions use this, each with its own figures."""

from typing import Final

TELL_EVERY_MS: Final = 1_000
"""Pause between two answers to dropped frames: to answer each would be an amplifier."""


class Bucket:
    """Lets ``burst`` through at once and ``per_second`` in the long run.

    Kept small on purpose: one stands beside every open socket.
    """

    __slots__ = ("_at", "_burst", "_per_ms", "_tokens")

    def __init__(self, per_second: float, burst: float, now: int) -> None:
        self._per_ms = per_second / 1000
        self._burst = float(burst)
        self._tokens = float(burst)
        self._at = now

    def take(self, now: int) -> bool:
        """Whether one more may pass at ``now`` (milliseconds; a clock that goes back counts as standing still)."""
        if now > self._at:
            self._tokens = min(self._burst, self._tokens + (now - self._at) * self._per_ms)
            self._at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Limit(Bucket):
    """The limit of one socket."""

    __slots__ = ("_told_at",)

    def __init__(self, per_second: float, burst: float, now: int) -> None:
        super().__init__(per_second, burst, now)
        self._told_at: int | None = None

    def tell(self, now: int) -> bool:
        """Whether the client is to be told of a frame that was just dropped: the first time at once, then once in
        :data:`TELL_EVERY_MS`.
        """
        if self._told_at is not None and now - self._told_at < TELL_EVERY_MS:
            return False
        self._told_at = now
        return True


class Limits:
    """The limits of many sockets, for an edge that holds none of them and hears of their end now and then at most.

    :param kept: sockets that are remembered; the one that has been quiet for longest is forgotten first, and has its whole burst again.
    """

    def __init__(self, per_second: float, burst: float, kept: int) -> None:
        self._per_second = per_second
        self._burst = burst
        self._kept = kept
        self._limits: dict[str, Limit] = {}

    def of(self, connection_id: str, now: int) -> Limit:
        """The limit of this socket."""
        # A dictionary keeps the order in which members were put in.
        limit = self._limits.pop(connection_id, None) or Limit(self._per_second, self._burst, now)
        self._limits[connection_id] = limit
        if len(self._limits) > self._kept:
            del self._limits[next(iter(self._limits))]
        return limit

    def __len__(self) -> int:
        return len(self._limits)
