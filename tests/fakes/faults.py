"""Fault switches that every fake has."""

import threading
from collections import Counter
from collections.abc import Callable

from videochat.core.errors import Unavailable, VideoChatError


class Faults:
    """Base of the fakes: counts calls, raises on demand, lets somebody else come in between.

    Every port method calls :meth:`_enter` with its own name first, so a fault strikes before anything is changed.
    """

    def __init__(self) -> None:
        self._failures: list[tuple[str | None, VideoChatError]] = []
        self._interferences: list[tuple[str, Callable[[], object]]] = []
        self._lock = threading.RLock()
        """Held by the fakes while they read or change their data, so that threads may race on them."""
        self.calls_of: Counter[str] = Counter()
        """How often each port method was called, failed calls included."""

    def fail_next(
        self, times: int = 1, error: VideoChatError | None = None, *, on: str | None = None
    ) -> None:
        """The next ``times`` calls raise ``error`` and change nothing.

        :param error: :class:`~videochat.core.errors.Unavailable` unless given; ``Conflict()`` makes a lost race.
        :param on: the method to fail; any method unless given.
        """
        self._require_method(on)
        self._failures.extend([(on, error or Unavailable("switched off by the test"))] * times)

    def interfere(self, on: str, action: Callable[[], object]) -> None:
        """Runs ``action`` once, just before the next call of the method ``on``: what somebody else did between two steps of the code
        under test. ``action`` may call this fake again; those calls are not interfered with.
        """
        self._require_method(on)
        self._interferences.append((on, action))

    def heal(self) -> None:
        """Forgets the failures and interferences that have not struck yet."""
        self._failures.clear()
        self._interferences.clear()

    @property
    def faults_left(self) -> int:
        """Failures and interferences that have not struck yet: 0 proves that the code under test met them all."""
        return len(self._failures) + len(self._interferences)

    def _enter(self, method: str) -> None:
        with self._lock:
            self.calls_of[method] += 1
            due = [entry for entry in self._interferences if entry[0] == method]
            self._interferences = [entry for entry in self._interferences if entry[0] != method]
        for _, action in due:
            action()
        with self._lock:
            for index, (on, error) in enumerate(self._failures):
                if on in (None, method):
                    del self._failures[index]
                    raise error

    def _require_method(self, name: str | None) -> None:
        # A misspelt name would be a test that cannot fail.
        if name is not None and (name.startswith("_") or not callable(getattr(self, name, None))):
            raise ValueError(f"{type(self).__name__} has no method {name!r}")
