"""A short memory in front of a contact store: a relay asks for the same pair with every frame."""

import threading
import time
from collections.abc import Callable

from videochat.adapters.pairs import ids_of
from videochat.core.models import ContactPair, ContactRow
from videochat.core.ports import ContactStore


class CachedContacts:
    """A :class:`~videochat.core.ports.ContactStore` that remembers pairs it has read, safe for threads.

    What is written through it is seen at once; what others write straight to the store behind it, after ``keep_for`` at the latest.

    :param keep_for: seconds.
    :param size: how many pairs at most; the oldest goes first.
    :param clock: seconds on a clock that never goes back.
    """

    def __init__(
        self,
        behind: ContactStore,
        *,
        keep_for: float = 5.0,
        size: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._behind = behind
        self._keep_for = keep_for
        self._size = size
        self._clock = clock
        self._lock = threading.Lock()
        self._writing = 0
        """Writes under way. While there is one, nothing is remembered: it might be what the write replaces."""
        self._writes = 0
        """Grows when a write begins and when it ends: what was being read meanwhile might be stale as well."""
        self._pairs: dict[tuple[str, str], tuple[float, ContactRow | None, ContactRow | None]] = {}
        """By sorted ids: when it was read, and the rows of the first and the second id. Oldest first, as all are kept equally long."""

    def list_of(self, user_id: str) -> list[ContactRow]:
        return self._behind.list_of(user_id)

    def get_pair(self, user_id: str, contact_user_id: str) -> ContactPair:
        key, swapped = _key(user_id, contact_user_id)
        # One look into a dictionary needs no lock: entries are replaced as a whole.
        known = self._pairs.get(key)
        # The clock is read before the store: a pair is as old as the beginning of its reading.
        now = self._clock()
        if known is not None and now - known[0] < self._keep_for:
            _, first, second = known
            return ContactPair(second, first) if swapped else ContactPair(first, second)
        with self._lock:
            writes = self._writes
        pair = self._behind.get_pair(user_id, contact_user_id)
        first, second = (pair.theirs, pair.mine) if swapped else (pair.mine, pair.theirs)
        with self._lock:
            if self._writes == writes and not self._writing:
                self._remember(key, (now, first, second))
        return pair

    def write_pair(self, before: ContactPair, after: ContactPair) -> None:
        key, _ = _key(*ids_of(before, after))
        with self._lock:
            self._writing += 1
            self._writes += 1
            # Whatever comes of the write; a conflict, for one, says that what is remembered is no longer so.
            self._pairs.pop(key, None)
        try:
            self._behind.write_pair(before, after)
        finally:
            with self._lock:
                self._writing -= 1
                self._writes += 1

    def _remember(
        self, key: tuple[str, str], entry: tuple[float, ContactRow | None, ContactRow | None]
    ) -> None:
        self._pairs.pop(key, None)
        while len(self._pairs) >= self._size:
            del self._pairs[next(iter(self._pairs))]
        self._pairs[key] = entry


def _key(user_id: str, contact_user_id: str) -> tuple[tuple[str, str], bool]:
    """The ids in order, and whether that swapped them."""
    if user_id <= contact_user_id:
        return (user_id, contact_user_id), False
    return (contact_user_id, user_id), True
