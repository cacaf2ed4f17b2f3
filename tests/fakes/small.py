"""A clock that is moved by hand, and ids that can be read."""

from tests.fakes.faults import Faults


class FakeClock:
    """Stands still until it is moved."""

    def __init__(self, now: int = 1_800_000_000_000) -> None:
        self.time = now
        """Milliseconds since the epoch; may be set."""

    def now(self) -> int:
        return self.time

    def advance(self, milliseconds: int) -> int:
        """Moves on (or back) and returns the new time."""
        self.time += milliseconds
        return self.time


class FakeIds(Faults):
    """Hands out ``id-1``, ``id-2``, …, or what :meth:`prepare` was given first."""

    def __init__(self, prefix: str = "id") -> None:
        super().__init__()
        self._prefix = prefix
        self._count = 0
        self._prepared: list[str] = []

    def prepare(self, *ids: str) -> None:
        """The next ids, in this order."""
        self._prepared.extend(ids)

    def new(self) -> str:
        self._enter("new")
        with self._lock:
            if self._prepared:
                return self._prepared.pop(0)
            self._count += 1
            return f"{self._prefix}-{self._count}"
