"""A token bucket: how often somebody may do something."""


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
