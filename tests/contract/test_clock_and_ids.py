"""The machine's clock and random ids."""

import re
import time

from videochat.adapters.local.clock import SystemClock
from videochat.adapters.local.ids import RandomIds


def test_the_clock_tells_milliseconds_since_the_epoch() -> None:
    before = time.time()
    told = SystemClock().now()
    after = time.time()
    assert isinstance(told, int)
    assert int(before * 1000) <= told <= after * 1000


def test_ids_are_long_distinct_and_made_of_safe_characters() -> None:
    ids = [RandomIds().new() for _ in range(10_000)]
    assert len(set(ids)) == len(ids)
    # 22 characters out of 64 hold 128 bits.
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", one) for one in ids)
